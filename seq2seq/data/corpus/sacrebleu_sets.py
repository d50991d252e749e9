"""Test sets by sacreBLEU's names, such as "sacrebleu:wmt13/es-en", which it downloads once."""

from __future__ import annotations

import contextlib
import itertools
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from seq2seq.data.corpus.lines import open_binary, read_lines
from seq2seq.data.corpus.readers import Column, Row
from seq2seq.errors import DataError
from seq2seq.registry import suggestion
from seq2seq.runtime.extras import advice

if TYPE_CHECKING:
    from sacrebleu.dataset.base import Dataset

PREFIX = "sacrebleu:"
"""Begins the name of a test set."""

_PATIENCE = 30.0
"""Seconds to wait for a server."""


def sacrebleu_rows(place: str, source: Column = None, target: Column = None) -> Iterator[Row]:
    """Yield the sources and references of a test set, as sacreBLEU scores them.

    Args:
        place: Name of the set and of its language pair, such as "sacrebleu:wmt13/es-en".
        source: Must be None: the sets have no columns.
        target: The same.

    Yields:
        A source, its reference, and further references.

    Raises:
        DataError: There is no such set, or it can neither be found here nor downloaded.
    """
    if source is not None or target is not None:
        raise DataError(f"{place}: has no columns to choose; leave them out")
    dataset, pair = _find(place)
    files = _files(place, dataset, pair)
    with contextlib.ExitStack() as stack:
        streams = [read_lines(stack.enter_context(open_binary(path))) for path in files]
        for lines in itertools.zip_longest(*streams):
            if None in lines:
                raise DataError(f"{place}: {files[0]} and its references differ in length")
            text, reference, *others = (line.text.strip() for line in lines)
            yield text, reference, others


def _find(place: str) -> tuple[Dataset, str]:
    """Return the test set and the language pair that a name means."""
    try:
        from sacrebleu.dataset import DATASETS
    except ModuleNotFoundError:
        raise DataError(f"{place}: needs sacrebleu: {advice('evaluate')}") from None

    name, _, pair = place.removeprefix(PREFIX).rpartition("/")
    if name not in DATASETS:
        wrong = f"{place}: sacreBLEU has no test set {name!r}" if name else f"{place}: no test set"
        raise DataError(f"{wrong}{suggestion(name, DATASETS)}; write {PREFIX}wmt13/es-en")
    pairs = DATASETS[name].langpairs
    if pair not in pairs:
        raise DataError(f"{place}: {name} has no language pair {pair!r}{suggestion(pair, pairs)}")
    return DATASETS[name], pair


def _files(place: str, dataset: Dataset, pair: str) -> list[str]:
    """Return the files of the sources and of each reference, after downloading them if needed."""
    patience = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_PATIENCE)  # sacreBLEU waits without end
    try:
        untyped: Any = dataset
        return [untyped.get_source_file(pair), *untyped.get_reference_files(pair)]
    except (Exception, SystemExit) as error:  # whatever a library raises that exits on an error
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(
            f"{place}: is not on this computer and cannot be downloaded ({reason}); run `sacrebleu "
            f"-t {dataset.name} -l {pair} --echo src` where there is a network, and copy "
            f"~/.sacrebleu/{dataset.name} from there"
        ) from error
    finally:
        socket.setdefaulttimeout(patience)
