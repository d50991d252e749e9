"""Parquet files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from seq2seq.data.corpus.columns import known_names
from seq2seq.data.corpus.lines import UNDECODABLE
from seq2seq.data.corpus.pair_table import column_names, column_path, pair_table
from seq2seq.data.corpus.readers import READERS, PairFile
from seq2seq.errors import DataError
from seq2seq.registry import suggestion

_PARQUET = b"PAR1"
"""First bytes of a Parquet file."""

_PARQUET_ROWS = 1024
"""Rows of a Parquet file that are unpacked at a time."""

_PARQUET_UNPACKED = 1 << 30
"""Maximum number of bytes of a gzipped Parquet file when it is unpacked, in memory."""

_PARQUET_FREE = 1 << 28
"""Bytes that a row group of any Parquet file may unpack to."""

_PARQUET_RATIO = 1000
"""Maximum ratio of a larger row group to the size of its file; text is packed to a third."""


@READERS.register(".parquet")
def read_parquet(file: PairFile) -> Iterator[pa.Table]:
    """Yield the pairs of a Parquet file, a table per batch of rows."""
    path = file.path
    above = 0
    try:
        parquet = _open(file)
        source, target = known_names(file, column_names(parquet.schema_arrow))
        tops = {column_path(parquet.schema_arrow, name, path)[0] for name in (source, target)}
        _check_expansion(parquet.metadata, path)
        for batch in parquet.iter_batches(columns=sorted(tops), batch_size=_PARQUET_ROWS):
            pairs, repaired = pair_table(
                pa.table(batch), source, target, file.references, path, above
            )
            if UNDECODABLE in repaired and file.options.encoding_errors == "strict":
                raise DataError(
                    f"{path}: rows {above + 1:,} to {above + len(batch):,} hold bytes that are not "
                    "UTF-8; to read them as U+FFFD, set encoding_errors to replace"
                )
            file.problems.update(repaired)
            above += len(batch)
            yield pairs
    except (pa.ArrowException, OSError, UnicodeError) as error:
        raise _damaged(path, error) from error


def parquet_columns(file: PairFile, names: Sequence[str]) -> Iterator[pa.Table]:
    """Yield columns of a Parquet file as they are, a table per batch of rows.

    Args:
        file: The file.
        names: Names of the columns, none of which is inside another one.

    Raises:
        DataError: It is no Parquet file, or a damaged one, or lacks a column.
    """
    path = file.path
    try:
        parquet = _open(file)
        known = parquet.schema_arrow.names
        for name in names:
            if known.count(name) != 1:
                raise DataError(f"{path}: there is no column {name!r}{suggestion(name, known)}")
        _check_expansion(parquet.metadata, path)
        for batch in parquet.iter_batches(columns=list(names), batch_size=_PARQUET_ROWS):
            yield pa.table(batch)
    except (pa.ArrowException, OSError, UnicodeError) as error:
        raise _damaged(path, error) from error


def parquet_names(file: PairFile) -> list[str]:
    """Return the dotted names of the columns of a Parquet file.

    Args:
        file: The file.

    Raises:
        DataError: It is no Parquet file, or a damaged one.
    """
    try:
        return column_names(_open(file).schema_arrow)
    except (pa.ArrowException, OSError, UnicodeError) as error:
        raise _damaged(file.path, error) from error


def _open(file: PairFile) -> pq.ParquetFile:
    with file.open() as stream:
        # A gzipped file allows no random access, so it is unpacked whole.
        packed = not _begins_with(file.path, _PARQUET)
        content = pa.BufferReader(_unpacked(stream)) if packed else pa.OSFile(file.path)
    return pq.ParquetFile(content)


def _damaged(path: str, error: Exception) -> DataError:
    return DataError(f"{path}: not a Parquet file, or a damaged one: {error}")


def _unpacked(stream: BinaryIO) -> bytes:
    content = stream.read(_PARQUET_UNPACKED + 1)
    if len(content) > _PARQUET_UNPACKED:
        raise OSError(f"unpacks to more than {_PARQUET_UNPACKED:,} bytes; unpack it first")
    return content


def _check_expansion(metadata: pq.FileMetaData, path: str) -> None:
    """Raise DataError if a Parquet file claims to unpack to far more than text does."""
    sizes = [
        metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups)
    ]
    allowed = max(_PARQUET_FREE, _PARQUET_RATIO * os.path.getsize(path))
    if max(sizes, default=0) > allowed:
        raise DataError(
            f"{path}: unpacks to {max(sizes):,} bytes in one piece, {_PARQUET_RATIO:,} times the "
            "size of the file; write it with smaller row groups if it is sound"
        )


def _begins_with(path: str, start: bytes) -> bool:
    with open(path, "rb") as file:
        return file.read(len(start)) == start
