"""Pairs from local files: .tsv, .csv, .jsonl (.json), .parquet, each also gzipped, and two
line-aligned text files.

A text is kept as its file holds it: quotation marks, "None", "007", trailing blanks. Knows nothing
of the Hub.

Columns are given by name or by position (a number, counted from 0; "0" is one too). In a TSV or
CSV, names mean that the first line is a header, positions that there is none. A TSV's columns are 0
and 1 unless said otherwise, those of the others 'source' and 'target'."""

from __future__ import annotations

import csv
import itertools
import json
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

import pyarrow as pa
import pyarrow.parquet as pq

from seq2seq.data.corpus.lines import BOM, NUL, UNDECODABLE, decode, open_binary, read_lines
from seq2seq.data.corpus.pair_table import column_path, pair_table, pair_tables
from seq2seq.errors import DataError
from seq2seq.registry import suggestion

LOGGER = logging.getLogger("seq2seq.data")
LANGUAGE = "{lang}"
SUFFIXES = (".tsv", ".csv", ".jsonl", ".json", ".parquet")

Column = str | int | None
Row = tuple[str, str, Sequence[str]]  # source, target, further references

_PARQUET = b"PAR1"  # its first bytes
_LIMIT = (
    1 << 20
)  # bytes of a CSV line, characters of a CSV field: beyond it a quotation mark was not closed


def suffix(path: str) -> str:
    """Return the suffix that says what kind of file this is, or '' for an unknown one."""
    name = path.lower().removesuffix(".gz")
    return next((known for known in SUFFIXES if name.endswith(known)), "")


def read_tables(
    path: str, source: Column, target: Column, references: bool = False
) -> Iterator[pa.Table]:
    """Yield the pairs of one file, or with `{lang}` in the path of two aligned ones, as pair tables
    (see text_columns).

    The tables come as they are read: a file may be larger than the memory. What was mended is said
    at its end.

    Raises:
        DataError: naming the file, and where it can the line.
    """
    problems: Counter[str] = Counter()
    kind = suffix(path)
    if LANGUAGE in path:
        tables = pair_tables(_aligned(path, source, target, problems), references)
    elif kind in (".tsv", ".csv"):
        tables = pair_tables(_delimited(path, kind, source, target, problems), references)
    elif kind in (".jsonl", ".json"):
        tables = pair_tables(_jsonl(path, *_names(path, source, target), problems), references)
    elif kind == ".parquet":
        tables = _parquet(path, *_names(path, source, target), references, problems)
    else:
        with open_binary(path):  # a missing file is to be called missing
            pass
        kinds = ", ".join(SUFFIXES)
        raise DataError(
            f"{path}: not a kind of file known here ({kinds}, or two text files as "
            f"'name.{LANGUAGE}')"
        )
    found = False
    for table in tables:
        found = found or table.num_rows > 0
        yield table
    if problems:
        mended = ", ".join(
            f"{name} in {count:,} line{'s'[: count > 1]}"
            for name, count in sorted(problems.items())
        )
        LOGGER.warning("%s: %s (kept; undecodable bytes as U+FFFD, NUL as a blank)", path, mended)
    if not found:
        raise DataError(f"{path}: holds no pairs")


def _names(path: str, source: Column, target: Column) -> tuple[str, str]:
    """Return the names of the columns of a file that has names only."""
    names = ("source" if source is None else source, "target" if target is None else target)
    for name in names:
        if not isinstance(name, str):
            raise DataError(f"{path}: a column of this file has a name, not the position {name!r}")
    return str(names[0]), str(names[1])


def _aligned(path: str, source: Column, target: Column, problems: Counter[str]) -> Iterator[Row]:
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
                    problems.update(line.problems)
            if lines[0] is not None and lines[1] is not None:
                yield lines[0].text, lines[1].text, ()
    if counts[0] != counts[1]:
        raise DataError(
            f"{paths[0]} has {counts[0]:,} lines and {paths[1]} has {counts[1]:,}: "
            "line-aligned files need the same number"
        )


def _delimited(
    path: str, kind: str, source: Column, target: Column, problems: Counter[str]
) -> Iterator[Row]:
    rows = _tsv_rows(path, problems) if kind == ".tsv" else _csv_rows(path, problems)
    default: tuple[Column, Column] = (0, 1) if kind == ".tsv" else ("source", "target")
    chosen = (default[0] if source is None else source, default[1] if target is None else target)
    at = _positions(path, chosen, rows)
    needed = max(at) + 1
    separator = "TAB" if kind == ".tsv" else "comma"
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
    path: str, columns: tuple[Column, Column], rows: Iterator[tuple[int, list[str]]]
) -> tuple[int, int]:
    """Return the positions of the two columns; where they have names, take the header off the
    rows."""
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


def _tsv_rows(path: str, problems: Counter[str]) -> Iterator[tuple[int, list[str]]]:
    with open_binary(path) as stream:
        for number, line in enumerate(read_lines(stream), start=1):
            if line.problems:
                problems.update(line.problems)
            yield number, line.text.split("\t")


def _csv_rows(path: str, problems: Counter[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a CSV with the number of the line each starts at; blank lines are none."""
    csv.field_size_limit(
        max(_LIMIT, csv.field_size_limit())
    )  # the module's own limit is 131,072, for all readers
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
    """Yield lines with their ends, which belong to the text inside quotation marks."""
    with open_binary(path) as stream:
        for number, raw in enumerate(iter(partial(stream.readline, _LIMIT), b""), start=1):
            if len(raw) == _LIMIT and not raw.endswith(b"\n"):
                raise DataError(f"{path}, line {number:,}: longer than {_LIMIT:,} bytes")
            text, found = decode(raw.removeprefix(BOM) if number == 1 else raw)
            problems.update(found)
            yield text


def _jsonl(path: str, source: str, target: str, problems: Counter[str]) -> Iterator[Row]:
    with open_binary(path) as stream:
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
            texts = [_json_text(row, name, place) for name in (source, target)]
            clean = [_without_stray_codes(text) for text in texts]
            problems.update({*line.problems, *clean[0][1], *clean[1][1]})
            yield clean[0][0], clean[1][0], ()


def _json_text(row: dict[str, object], name: str, place: str) -> str:
    """Return the value of a key, of a dotted path into nested objects, or of a key of the
    'translation' object."""
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
    """Mend what only an escape can bring in: a NUL, and half a surrogate pair, which no encoding
    can hold."""
    found: tuple[str, ...] = ()
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = text.encode("utf-16", errors="surrogatepass").decode("utf-16", errors="replace")
        found = (UNDECODABLE,)
    return (text.replace("\0", " "), (*found, NUL)) if "\0" in text else (text, found)


def _parquet(
    path: str, source: str, target: str, references: bool, problems: Counter[str]
) -> Iterator[pa.Table]:
    with open_binary(path) as stream:
        # A gzipped one cannot be entered at any place: it is unpacked whole.
        content = (
            pa.OSFile(path) if _begins_with(path, _PARQUET) else pa.BufferReader(stream.read())
        )
    above = 0
    try:
        file = pq.ParquetFile(content)
        tops = {column_path(file.schema_arrow, name, path)[0] for name in (source, target)}
        for batch in file.iter_batches(columns=sorted(tops)):
            pairs, mended = pair_table(pa.table(batch), source, target, references, path, above)
            problems.update(mended)
            above += len(batch)
            yield pairs
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path}: not a Parquet file, or a damaged one: {error}") from error


def _begins_with(path: str, sign: bytes) -> bool:
    with open(path, "rb") as file:
        return file.read(len(sign)) == sign
