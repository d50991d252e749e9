"""Pairs from a dataset on the Hugging Face Hub, or from its copy in the local cache when the Hub cannot be reached.

Knows nothing of local files.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import datasets
import pyarrow as pa
from huggingface_hub import constants

from seq2seq.data.hub_reach import reachable
from seq2seq.data.text_columns import pair_table
from seq2seq.errors import DataError

LOGGER = logging.getLogger("seq2seq.data")


def read_hub(
    name: str, config: str | None, split: str | None, source: str | None, target: str | None, references: bool
) -> pa.Table:
    """Load one split ('train' unless said otherwise) of a Hub dataset as a pair table (see text_columns).

    Raises:
        DataError: if neither the Hub nor the cache has it, or it has no such configuration, split or columns.
    """
    offline = not reachable()
    try:
        with offline_only() if offline else nullcontext():
            dataset = datasets.load_dataset(name, config, split=split or "train")
    except (OSError, ValueError, RuntimeError, datasets.exceptions.DatasetsError) as error:
        if offline and isinstance(error, ConnectionError):
            why = "HF_HUB_OFFLINE is set" if constants.HF_HUB_OFFLINE else f"{constants.ENDPOINT} does not answer"
            raise DataError(
                f"{name}: there is no such file here, and the dataset can neither be fetched from the "
                f"Hugging Face Hub ({why}) nor found in the local cache"
            ) from error
        place = "in the local cache" if offline else "on the Hugging Face Hub"
        raise DataError(f"{name}: no such file here, and {place}: {' '.join(str(error).split())}") from error
    table = dataset.with_format("arrow")[:]
    pairs, mended = pair_table(table, source or "source", target or "target", references, name)
    for problem, count in mended.items():
        LOGGER.warning("%s: %s in rows: %s (kept, as a blank)", name, problem, f"{count:,}")
    if not pairs.num_rows:
        raise DataError(f"{name}: holds no pairs")
    return pairs


@contextmanager
def offline_only() -> Iterator[None]:
    """Make `datasets` and the hub's client look into their caches only; both keep the setting in a module constant."""
    before = constants.HF_HUB_OFFLINE, datasets.config.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = datasets.config.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE, datasets.config.HF_HUB_OFFLINE = before
