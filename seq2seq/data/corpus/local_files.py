"""Pairs from local files: TSV, CSV, JSON lines, Parquet, and two line-aligned text files.

Suffixes are .tsv, .csv, .jsonl, .json and .parquet, each also gzipped, and those of plug-ins.

A text is kept as it is in its file: quotation marks, "None", "007", trailing spaces.

Columns are given by name or by position (a number from 0; "0" is one too). In a TSV or CSV file,
names mean that the first line is a header, positions that there is none. The default columns are 0
and 1 in a TSV file, 'source' and 'target' in the others.
"""

from __future__ import annotations

import csv
import itertools
import json
import logging
import os
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO, cast

import pyarrow as pa
import pyarrow.parquet as pq

from seq2seq.data.corpus.lines import BOM, NUL, UNDECODABLE, decode, open_binary, read_lines
from seq2seq.data.corpus.pair_table import column_path, pair_table, pair_tables
from seq2seq.data.corpus.readers import READERS, Column, PairFile, Row
from seq2seq.errors import DataError
from seq2seq.registry import suggestion
from seq2seq.runtime.plugins import load_plugins

LOGGER = logging.getLogger("seq2seq.data")

LANGUAGE = "{lang}"
"""Stands for the language in the path of two line-aligned files."""

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

_LIMIT = 1 << 20
"""Maximum bytes of a CSV line and characters of a CSV field: beyond it a quotation mark was not
closed."""


def suffix(path: str) -> str:
    """Return the suffix by which a reader is found, or "" if there is none for this file.

    Raises:
        ConfigError: If a plug-in that might read it cannot be imported.
    """
    name = os.path.basename(path).lower().removesuffix(".gz")
    known = _longest_suffix(name)
    if not known and "." in name:
        load_plugins()
        known = _longest_suffix(name)
    return known


def _longest_suffix(name: str) -> str:
    return max((known for known in READERS if name.endswith(known)), key=len, default="")


def read_tables(
    path: str, source: Column, target: Column, references: bool = False
) -> Iterator[pa.Table]:
    """Yield the pairs of a file as pair tables (see `pair_table`).

    With `{lang}` in the path, two line-aligned files are read. The tables come as they are read: a
    file may be larger than memory. Repairs are logged at its end.

    Raises:
        DataError: If the file cannot be read; the message names it, and where it can the line.
        ConfigError: If a plug-in that might read it cannot be imported.
    """
    file = PairFile(path, source, target, references)
    found = False
    for table in _tables(file):
        found = found or table.num_rows > 0
        yield table
    if file.problems:
        repaired = ", ".join(
            f"{name} in {count:,} line{'s'[: count > 1]}"
            for name, count in sorted(file.problems.items())
        )
        LOGGER.warning("%s: %s (kept; undecodable bytes as U+FFFD, NUL as a blank)", path, repaired)
    if not found:
        raise DataError(f"{path}: holds no pairs")


def _tables(file: PairFile) -> Iterator[pa.Table]:
    """Yield what the file's reader reads, as tables."""
    reader = _read_aligned if LANGUAGE in file.path else READERS[_known_suffix(file.path)]
    items = iter(reader(file))
    first = next(items, None)
    if first is None:
        return
    if isinstance(first, pa.Table):
        yield first
        yield from items
    else:
        rows = itertools.chain([first], cast(Iterator[Row], items))
        yield from pair_tables(rows, file.references)


def _known_suffix(path: str) -> str:
    if found := suffix(path):
        return found
    with open_binary(path):  # report a missing file as missing
        pass
    raise DataError(
        f"{path}: not a kind of file known here ({', '.join(READERS)}, or two text files as "
        f"'name.{LANGUAGE}')"
    )


def _read_aligned(file: PairFile) -> Iterator[Row]:
    """Yield the pairs of two text files with a sentence per line."""
    path = file.path
    source = file.source
    target = file.target
    if source is None or target is None or source == target:
        raise DataError(
            f"{path}: say which two languages stand for {LANGUAGE}, for example source 'de', "
            "target 'en'"
        )
    paths = [path.replace(LANGUAGE, str(language)) for language in (source, target)]
    counts = [0, 0]
    with open_binary(paths[0]) as first, open_binary(paths[1]) as second:
        for lines in itertools.zip_longest(read_lines(first), read_lines(second)):
            for side, line in enumerate(lines):
                if line is not None:
                    counts[side] += 1
                    file.problems.update(line.problems)
            if lines[0] is not None and lines[1] is not None:
                yield lines[0].text, lines[1].text, ()
    if counts[0] != counts[1]:
        raise DataError(
            f"{paths[0]} has {counts[0]:,} lines and {paths[1]} has {counts[1]:,}: "
            "line-aligned files need the same number"
        )


@READERS.register(".tsv")
def read_tsv(file: PairFile) -> Iterator[Row]:
    """Yield the pairs of a TSV file; by default the first two columns, without a header."""
    source = 0 if file.source is None else file.source
    target = 1 if file.target is None else file.target
    rows = ((number, line.split("\t")) for number, line in enumerate(file.lines(), start=1))
    return _pick_columns(file.path, (source, target), rows, "TAB")


@READERS.register(".csv")
def read_csv(file: PairFile) -> Iterator[Row]:
    """Yield the pairs of a CSV file; by default the columns "source" and "target" of a header."""
    source = "source" if file.source is None else file.source
    target = "target" if file.target is None else file.target
    return _pick_columns(file.path, (source, target), _csv_rows(file.path, file.problems), "comma")


def _pick_columns(
    path: str,
    columns: tuple[str | int, str | int],
    rows: Iterator[tuple[int, list[str]]],
    separator: str,
) -> Iterator[Row]:
    """Yield the two columns of numbered rows, and the fields after them as further references."""
    at = _positions(path, columns, rows)
    needed = max(at) + 1
    for number, fields in rows:
        if len(fields) < needed:
            have = f"{len(fields)} column" + "s" * (len(fields) != 1)
            form = (
                f"source {separator} target"
                if at == (0, 1)
                else f"columns {at[0]} and {at[1]}, counted from 0"
            )
            raise DataError(f"{path}, line {number:,}: {have} where {needed} are needed ({form})")
        yield fields[at[0]], fields[at[1]], fields[needed:]


def _positions(
    path: str, columns: tuple[str | int, str | int], rows: Iterator[tuple[int, list[str]]]
) -> tuple[int, int]:
    """Return the positions of the two columns; if they have names, take the header off the rows."""
    given = [
        int(column) if isinstance(column, str) and column.isdecimal() else column
        for column in columns
    ]
    if given[0] == given[1]:
        raise DataError(f"{path}: source and target are the same column, {given[0]!r}")
    if isinstance(given[0], int) and isinstance(given[1], int):
        if min(given[0], given[1]) < 0:
            raise DataError(
                f"{path}: a column's position is counted from 0; {min(given[0], given[1])} is none"
            )
        return given[0], given[1]
    if isinstance(given[0], int) or isinstance(given[1], int):
        raise DataError(
            f"{path}: source {given[0]!r}, target {given[1]!r}: give both columns by name (the "
            "first line is then "
            "a header) or both by position, counted from 0"
        )
    _, header = next(rows, (0, []))
    if not header:
        raise DataError(f"{path}: holds no pairs")
    for name in given:
        if name not in header:
            raise DataError(
                f"{path}: the header has no column {name!r}{suggestion(str(name), header)}"
            )
    return header.index(str(given[0])), header.index(str(given[1]))


def _csv_rows(path: str, problems: Counter[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a CSV file, each with the number of its first line, without blank lines."""
    # The csv module's own limit, for all of its readers, is 131,072.
    csv.field_size_limit(max(_LIMIT, csv.field_size_limit()))
    # strict: a stray quotation mark is an error; otherwise it would swallow the lines up to the
    # next one.
    reader = csv.reader(_csv_lines(path, problems), strict=True)
    while True:
        number = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise DataError(
                f"{path}, line {number:,}: not proper CSV (is a quotation mark open?): {error}"
            ) from error
        if fields:
            yield number, fields


def _csv_lines(path: str, problems: Counter[str]) -> Iterator[str]:
    """Yield the lines with their ends, which inside quotation marks are part of the text."""
    with open_binary(path) as stream:
        for number, raw in enumerate(iter(partial(stream.readline, _LIMIT), b""), start=1):
            if len(raw) == _LIMIT and not raw.endswith(b"\n"):
                raise DataError(f"{path}, line {number:,}: longer than {_LIMIT:,} bytes")
            text, found = decode(raw.removeprefix(BOM) if number == 1 else raw)
            problems.update(found)
            yield text


@READERS.register(".jsonl")
@READERS.register(".json")
def read_jsonl(file: PairFile) -> Iterator[Row]:
    """Yield the pairs of a file with a JSON object per line."""
    path = file.path
    names = file.column_names()
    with file.open() as stream:
        for number, line in enumerate(read_lines(stream), start=1):
            if not line.text or line.text.isspace():
                continue
            place = f"{path}, line {number:,}"
            try:
                row = json.loads(line.text)
            except (ValueError, RecursionError) as error:
                raise DataError(f"{place}: not a JSON object on one line: {error}") from error
            if not isinstance(row, dict):
                raise DataError(
                    f"{place}: {type(row).__name__} where a JSON object on one line is needed"
                )
            texts = [_json_text(row, name, place) for name in names]
            clean = [_without_stray_codes(text) for text in texts]
            file.problems.update({*line.problems, *clean[0][1], *clean[1][1]})
            yield clean[0][0], clean[1][0], ()


def _json_text(row: dict[str, object], name: str, place: str) -> str:
    """Return the text of a key of a JSON object.

    The name may be a dotted path into nested objects, or a key of the object "translation".
    """
    value: object = row
    inner = row.get("translation")
    if name in row:
        value = row[name]
    elif isinstance(inner, dict) and name in inner:
        value = inner[name]
    else:
        for key in name.split("."):
            if not isinstance(value, dict) or key not in value:
                known = (
                    [*row, *(f"translation.{key}" for key in inner)]
                    if isinstance(inner, dict)
                    else list(row)
                )
                raise DataError(f"{place}: there is no {name!r}{suggestion(name, known)}")
            value = value[key]
    if not isinstance(value, str):
        raise DataError(f"{place}: {name!r} is {json.dumps(value)[:40]}, where a text is needed")
    return value


def _without_stray_codes(text: str) -> tuple[str, tuple[str, ...]]:
    """Repair characters that only a JSON escape can bring in: NUL and lone surrogates.

    Returns:
        The text, and the names of its problems.
    """
    found: tuple[str, ...] = ()
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = text.encode("utf-16", errors="surrogatepass").decode("utf-16", errors="replace")
        found = (UNDECODABLE,)
    return (text.replace("\0", " "), (*found, NUL)) if "\0" in text else (text, found)


@READERS.register(".parquet")
def read_parquet(file: PairFile) -> Iterator[pa.Table]:
    """Yield the pairs of a Parquet file, a table per batch of rows."""
    path = file.path
    source, target = file.column_names()
    above = 0
    try:
        with file.open() as stream:
            # A gzipped file allows no random access, so it is unpacked whole.
            packed = not _begins_with(path, _PARQUET)
            content = pa.BufferReader(_unpacked(stream)) if packed else pa.OSFile(path)
        parquet = pq.ParquetFile(content)
        tops = {column_path(parquet.schema_arrow, name, path)[0] for name in (source, target)}
        _check_expansion(parquet.metadata, path)
        for batch in parquet.iter_batches(columns=sorted(tops), batch_size=_PARQUET_ROWS):
            pairs, repaired = pair_table(
                pa.table(batch), source, target, file.references, path, above
            )
            file.problems.update(repaired)
            above += len(batch)
            yield pairs
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path}: not a Parquet file, or a damaged one: {error}") from error


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
