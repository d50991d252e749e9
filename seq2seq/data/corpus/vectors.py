"""Vectors with their texts: a list column and a text column of a Parquet or JSON file."""

from __future__ import annotations

import itertools
import json
import logging
import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from seq2seq.config.settings import DataConfig
from seq2seq.data.corpus.formats.json_pairs import json_objects, text_of
from seq2seq.data.corpus.formats.parquet import parquet_columns
from seq2seq.data.corpus.lines import UNDECODABLE, decode
from seq2seq.data.corpus.local_files import suffix
from seq2seq.data.corpus.readers import PairFile, TextOptions
from seq2seq.errors import DataError
from seq2seq.registry import suggestion

log = logging.getLogger("seq2seq.data")

VECTOR = "vector"
"""Column of the vectors, if `data.source` names none."""

TEXT = "text"
"""Column of the texts, if `data.target` names none."""

MAX_SIZE = 16_384
"""Maximum number of numbers of a vector."""

ROWS = 1024
"""Number of rows of a JSON file that are read at a time."""

_JSON = (".json", ".jsonl", ".ndjson")
_PARQUET = ".parquet"

Vectors = NDArray[np.float32]
"""Vectors (N, D)."""


class VectorRows(NamedTuple):
    """Rows of a file.

    Attributes:
        vectors: (N, D) vectors.
        texts: N texts; none if they were not asked for.
    """

    vectors: Vectors
    texts: list[str]


def training_vectors(data: DataConfig) -> VectorRows:
    """Return the training vectors with their texts, without rows whose text is blank.

    Raises:
        DataError: They cannot be read, or there are none.
    """
    return _all_rows(data, data.train, data.train_pairs, "train")


def dev_vectors(data: DataConfig, size: int) -> VectorRows:
    """Return the dev vectors, of a given size, as `training_vectors` returns those for training."""
    return _all_rows(data, data.dev, data.dev_pairs, "dev", size)


def read_vectors(
    path: str, data: DataConfig, *, size: int | None = None, texts: bool = True
) -> Iterator[VectorRows]:
    """Yield the rows of a file, some at a time.

    Args:
        path: A Parquet file, or JSON with an object per line or in an array.
        data: The `data` section of a configuration, with the columns to read.
        size: Number of numbers that each vector must have. By default, as many as the first one.
        texts: Read the texts too.

    Raises:
        DataError: The file cannot be read, lacks a column, or has a vector that is none, with the
            file and the row.
    """
    file = PairFile(
        os.path.expanduser(path),
        VECTOR if data.source is None else data.source,
        TEXT if data.target is None else data.target,
        options=TextOptions(data.encoding or "", data.encoding_errors),
    )
    kind = suffix(file.path)
    if kind not in (_PARQUET, *_JSON):
        raise DataError(f"{path}: vectors are read from {', '.join((_PARQUET, *_JSON))}")
    read = _parquet_rows if kind == _PARQUET else _json_rows
    for rows in read(file, size, texts):
        size = rows.vectors.shape[1]
        yield rows


def _all_rows(
    data: DataConfig, where: str | list[str], limit: int | None, name: str, size: int | None = None
) -> VectorRows:
    """Return the rows of all files that have a text."""
    found: list[VectorRows] = []
    count = 0
    blank = 0
    for place in [where] if isinstance(where, str) else where:
        for rows in read_vectors(place, data, size=size):
            size = rows.vectors.shape[1]
            kept = [row for row, text in enumerate(rows.texts) if text.strip()]
            blank += len(rows.texts) - len(kept)
            kept = kept[: None if limit is None else limit - count]
            count += len(kept)
            found.append(VectorRows(rows.vectors[kept], [rows.texts[row] for row in kept]))
            if count == limit:
                break
    if blank:
        log.info("data.%s: %s rows without a text are left out", name, f"{blank:,}")
    if not count:
        raise DataError(f"data.{name}: {where} holds no vector with a text")
    return VectorRows(
        np.concatenate([rows.vectors for rows in found]),
        list(itertools.chain.from_iterable(rows.texts for rows in found)),
    )


def _json_rows(file: PairFile, size: int | None, texts: bool) -> Iterator[VectorRows]:
    vector, text = file.column_names()
    objects = json_objects(file)
    while chunk := list(itertools.islice(objects, ROWS)):
        found: list[Vectors] = []
        read: list[str] = []
        for place, row in chunk:
            if vector not in row:
                raise DataError(f"{place}: there is no {vector!r}{suggestion(vector, row)}")
            found.append(_one(row[vector], f"{place}: {vector!r}", size))
            size = len(found[-1])
            if texts:
                read.append(text_of(file, row, text, place))
        yield VectorRows(np.stack(found), read)


def _one(value: object, what: str, size: int | None) -> Vectors:
    """Return a value of JSON as a vector."""
    if not isinstance(value, list):
        raise DataError(f"{what} is {json.dumps(value)[:40]}, where a list of numbers is needed")
    check_size(len(value), what, size)
    for number in value:
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise DataError(f"{what} holds {json.dumps(number)[:40]}, where a number is needed")
    try:
        vector = np.asarray(value, np.float64)
    except OverflowError:  # an integer beyond all floating-point numbers
        vector = np.full(len(value), np.inf)
    one: Vectors = _finite(vector[None], [what])[0]
    return one


def _parquet_rows(file: PairFile, size: int | None, texts: bool) -> Iterator[VectorRows]:
    vector, text = file.column_names()
    above = 0
    for table in parquet_columns(file, [vector, text] if texts else [vector]):
        names = [f"{file.path}, row {above + row + 1:,}: " for row in range(table.num_rows)]
        above += table.num_rows
        if not table.num_rows:
            continue
        places = [f"{name}{vector!r}" for name in names]
        vectors = _matrix(table[vector].combine_chunks(), places, size)
        size = vectors.shape[1]
        read = _texts(file, table[text], [f"{name}{text!r}" for name in names]) if texts else []
        yield VectorRows(vectors, read)


def _matrix(column: pa.Array, places: Sequence[str], size: int | None) -> Vectors:
    """Return a column of lists as a matrix."""
    kind = column.type
    lists = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    if not (lists or pa.types.is_fixed_size_list(kind)) or not _is_number(kind.value_type):
        raise DataError(f"{places[0]} is of type {kind}, where a list of numbers is needed")
    if column.null_count:
        row = column.is_null().to_pylist().index(True)
        raise DataError(f"{places[row]} is null, where a list of numbers is needed")
    lengths = pc.list_value_length(column).to_pylist()
    for place, length in zip(places, lengths, strict=True):
        size = check_size(length, place, size)
    values = column.flatten()
    if values.null_count:
        place = values.is_null().to_pylist().index(True) // lengths[0]
        raise DataError(f"{places[place]} holds null, where a number is needed")
    numbers = values.to_numpy(zero_copy_only=False).astype(np.float64)
    return _finite(numbers.reshape(len(column), lengths[0]), places)


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _texts(file: PairFile, column: pa.ChunkedArray, places: Sequence[str]) -> list[str]:
    """Return a column of texts, whose undecodable bytes are refused or replaced."""
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        raise DataError(f"{places[0]} is of type {column.type}, where a text is needed")
    texts = []
    for place, raw in zip(places, column.cast(pa.large_binary()).to_pylist(), strict=True):
        if raw is None:
            raise DataError(f"{place} is null, where a text is needed")
        text, problems = decode(raw)
        if UNDECODABLE in problems and file.options.encoding_errors == "strict":
            raise DataError(
                f"{place} holds bytes that are not UTF-8; to read them as U+FFFD, set "
                "data.encoding_errors to replace"
            )
        texts.append(text)
    return texts


def check_size(found: int, what: str, size: int | None) -> int:
    """Check the size of a vector.

    Args:
        found: Its size.
        what: What it is, for errors.
        size: The size that it must have, if that is known.

    Returns:
        The size.

    Raises:
        DataError: The vector has another size, is empty or is too long.
    """
    if not 0 < found <= MAX_SIZE:
        raise DataError(f"{what} has {found:,} numbers, where 1 to {MAX_SIZE:,} are allowed")
    if size is not None and found != size:
        raise DataError(f"{what} has {found:,} numbers, where {size:,} are needed")
    return found


def _finite(values: NDArray[np.float64], places: Sequence[str]) -> Vectors:
    """Return vectors as float32.

    Raises:
        DataError: A number is not finite in float32.
    """
    with np.errstate(over="ignore"):
        vectors: Vectors = values.astype(np.float32)
    wrong = ~np.isfinite(vectors).all(1)
    if wrong.any():
        row = int(wrong.argmax())
        number = vectors[row][~np.isfinite(vectors[row])][0]
        raise DataError(f"{places[row]} holds {number}, where a finite number is needed")
    return vectors
