"""Texts without a counterpart: the lines of a text file, or one column of a table."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator

from seq2seq.config.settings import DataConfig
from seq2seq.data.corpus.corpus import is_local, read_places
from seq2seq.data.corpus.local_files import read_column, suffix
from seq2seq.data.corpus.readers import PairFile, TextOptions
from seq2seq.errors import DataError

_PLAIN = ("", ".txt")
"""Suffixes of files that are plain text unless a column is named."""


def training_texts(data: DataConfig) -> list[str]:
    """Return the training texts, one per line or row, without blank ones.

    Raises:
        DataError: They cannot be read, or there are none.
    """
    return _texts(data, data.train, data.train_split, data.train_pairs, "train")


def dev_texts(data: DataConfig) -> list[str]:
    """Return the dev texts, as `training_texts` returns those for training."""
    return _texts(data, data.dev, data.dev_split, data.dev_pairs, "dev")


def _texts(
    data: DataConfig, where: str | list[str], split: str | None, limit: int | None, name: str
) -> list[str]:
    places = [where] if isinstance(where, str) else where
    rows = itertools.chain.from_iterable(_rows(data, place, split) for place in places)
    texts = list(itertools.islice((text for text in rows if text.strip()), limit))
    if not texts:
        raise DataError(f"data.{name}: {', '.join(places)} holds no text")
    return texts


def _rows(data: DataConfig, place: str, split: str | None) -> Iterator[str]:
    """Yield the texts of one place."""
    options = TextOptions(data.encoding or "", data.encoding_errors, data.source_language)
    if data.source is None and is_local(place) and suffix(place) in _PLAIN:
        yield from PairFile(os.path.expanduser(place), options=options).lines()
        return
    if is_local(place):
        tables = read_column(os.path.expanduser(place), data.source, options)
    else:
        tables = read_places(
            place,
            source=data.source,
            target=data.source,
            config=data.hub_config,
            split=split,
            options=options,
        )
    for table in tables:
        yield from table["source"].to_pylist()
