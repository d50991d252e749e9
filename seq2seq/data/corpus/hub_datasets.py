"""Pairs from a dataset on the Hugging Face Hub, or from its copy in the local cache when the Hub
cannot be reached.

Knows nothing of local files.
"""

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

_ROWS = 10_000  # at a time


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
    """Yield one split ('train' unless said otherwise) of a Hub dataset as pair tables (see
    text_columns).

    With `streaming` rows are fetched as they are asked for, and nothing is kept; of a dataset in
    the cache they are read from its files there.

    Raises:
        DataError: if neither the Hub nor the cache has it, or it has no such configuration, split
            or columns.
    """
    rows, mended = 0, Counter[str]()
    dataset = _load(name, config, split, streaming)
    try:
        for table in dataset.with_format("arrow").iter(_ROWS):
            pairs, problems = pair_table(
                table, source or "source", target or "target", references, name, rows
            )
            rows += len(pairs)
            mended.update(problems)
            yield pairs
    except (OSError, datasets.exceptions.DatasetsError) as error:
        raise DataError(
            f"{name}: cannot be read on from row {rows + 1:,}: {' '.join(str(error).split())}"
        ) from error
    for problem, count in mended.items():
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
    """Make `datasets` and the hub's client look into their caches only; both keep the setting in a
    module constant."""
    before = constants.HF_HUB_OFFLINE, datasets.config.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = datasets.config.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE, datasets.config.HF_HUB_OFFLINE = before
