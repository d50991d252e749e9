"""Pairs from a dataset on the Hugging Face Hub, or from the local cache if that is unreachable."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import datasets
import pyarrow as pa
from huggingface_hub import constants

from seq2seq.data.corpus.pair_table import pair_table
from seq2seq.errors import DataError
from seq2seq.runtime.hub_reach import reachable, why_unreachable

LOGGER = logging.getLogger("seq2seq.data")

_ROWS = 10_000
"""Rows that are read at a time."""


def hub_tables(
    name: str,
    config: str | None,
    split: str | None,
    source: str | None,
    target: str | None,
    *,
    references: bool = False,
    streaming: bool = False,
) -> Iterator[pa.Table]:
    """Yield one split of a Hub dataset as pair tables (see `pair_table`).

    Args:
        name: Name of the dataset.
        config: Its configuration, if it has several.
        split: Its split; None for 'train'.
        source: Name of the column of the source; None for 'source'.
        target: Name of the column of the target; None for 'target'.
        references: Add a column of references.
        streaming: Fetch rows as they are asked for and keep none. A dataset in the cache is read
            from its files there.

    Yields:
        Pair tables.

    Raises:
        DataError: Neither the Hub nor the cache has the dataset, or it has no such configuration,
            split or columns.
    """
    rows = 0
    repaired = Counter[str]()
    dataset = _load(name, config, split, streaming)
    try:
        for table in dataset.with_format("arrow").iter(_ROWS):
            pairs, problems = pair_table(
                table, source or "source", target or "target", references, name, rows
            )
            rows += len(pairs)
            repaired.update(problems)
            yield pairs
    except (OSError, datasets.exceptions.DatasetsError) as error:
        raise DataError(
            f"{name}: cannot be read from row {rows + 1:,}: {' '.join(str(error).split())}"
        ) from error
    for problem, count in repaired.items():
        LOGGER.warning("%s: %s in rows: %s (kept, as a blank)", name, problem, f"{count:,}")
    if not rows:
        raise DataError(f"{name}: holds no pairs")


def _load(
    name: str, config: str | None, split: str | None, streaming: bool
) -> datasets.Dataset | datasets.IterableDataset:
    offline = not reachable()
    options = {"streaming": True} if streaming and not offline else {}
    try:
        with offline_only() if offline else nullcontext():
            return datasets.load_dataset(name, config, split=split or "train", **options)
    except (OSError, ValueError, RuntimeError, datasets.exceptions.DatasetsError) as error:
        if offline and isinstance(error, ConnectionError):
            raise DataError(
                f"{name}: there is no such file here, and the dataset can neither be fetched from "
                f"the Hugging Face Hub ({why_unreachable()}) nor found in the local cache"
            ) from error
        place = "in the local cache" if offline else "on the Hugging Face Hub"
        raise DataError(
            f"{name}: no such file here, and {place}: {' '.join(str(error).split())}"
        ) from error


@contextmanager
def offline_only() -> Iterator[None]:
    """Make `datasets` and the Hub's client look only into their caches.

    Both keep the setting in a module constant.
    """
    hub = constants.HF_HUB_OFFLINE
    library = datasets.config.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = True
    datasets.config.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = hub
        datasets.config.HF_HUB_OFFLINE = library
