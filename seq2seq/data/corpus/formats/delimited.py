"""Tables as text: TSV, CSV in any dialect, and .txt files that are one of them.

In a TSV file, fields are as they are unless all of them are quoted as in CSV.
"""

from __future__ import annotations

import contextlib
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from seq2seq.data.corpus.columns import header_columns
from seq2seq.data.corpus.dialects import (
    CSV,
    MAX_FIELD,
    SEPARATORS,
    TSV,
    TSV_DIALECTS,
    Dialect,
    TableError,
    check_quoting,
    csv_dialects,
)
from seq2seq.data.corpus.dialects import Row as NumberedRow
from seq2seq.data.corpus.pair_rows import read_pairs
from seq2seq.data.corpus.readers import READERS, PairFile, Row
from seq2seq.data.corpus.table_sample import Sample
from seq2seq.errors import DataError

_SAMPLE_LINES = 1000
_SAMPLE_CHARACTERS = 1 << 20
"""Size of the beginning of a file that its dialect is found in."""

_EXCEL = re.compile(r"sep=([,;\t|])\s*")
"""Matches the line by which Excel is told the separator."""


@READERS.register(".tsv")
@READERS.register(".tab")
@READERS.register(".txt")
def read_tsv(file: PairFile) -> Iterator[Row]:
    """Yield the pairs of a TSV file; by default its first two columns of text."""
    return _read(file, TSV, TSV_DIALECTS, needs_header=False)


@READERS.register(".csv")
def read_csv(file: PairFile) -> Iterator[Row]:
    """Yield the pairs of a CSV file; by default the columns that its header names."""
    return _read(file, CSV, csv_dialects(), needs_header=True)


def first_row(file: PairFile, *, is_csv: bool) -> list[str]:
    """Return the first row of a table that is not blank, in the dialect that it is read in.

    Args:
        file: The table.
        is_csv: True for CSV, false for TSV.

    Returns:
        The fields, none for an empty table.

    Raises:
        DataError: The file cannot be read.
    """
    usual = CSV if is_csv else TSV
    dialects = csv_dialects() if is_csv else TSV_DIALECTS
    _, rows = _table(file, usual, dialects, needs_header=is_csv)
    return next((fields for _, fields in rows if fields), [])


def _read(
    file: PairFile, usual: Dialect, dialects: Sequence[Dialect], *, needs_header: bool
) -> Iterator[Row]:
    dialect, rows = _table(file, usual, dialects, needs_header=needs_header)
    if dialect != usual:
        file.say(f"read with {dialect}")
    separator = SEPARATORS[dialect.separator]
    yield from read_pairs(file, rows, needs_header=needs_header, separator=separator)


def _table(
    file: PairFile, usual: Dialect, dialects: Sequence[Dialect], *, needs_header: bool
) -> tuple[Dialect, Iterator[NumberedRow]]:
    """Return the dialect of a table, and its rows."""
    lines = _whole_lines(file) if needs_header else file.lines(ends=True)
    beginning = _beginning(lines)
    skipped = 0
    if needs_header and beginning and (given := _EXCEL.fullmatch(beginning[0])):
        dialects = csv_dialects(given[1])
        beginning = beginning[1:]
        skipped = 1
    sample = Sample(
        beginning,
        complete=sum(map(len, beginning)) < _SAMPLE_CHARACTERS and len(beginning) < _SAMPLE_LINES,
        fits=_fits(file, needs_header=needs_header),
        is_even=not file.references,
    )
    with _located(file, skipped):
        dialect = sample.dialect(dialects) or sample.nearest(dialects) or usual
        if dialect == TSV:
            check_quoting(beginning, TSV.separator)
    return dialect, _rows(file, dialect, itertools.chain(beginning, lines), skipped)


def _rows(
    file: PairFile, dialect: Dialect, lines: Iterable[str], skipped: int
) -> Iterator[NumberedRow]:
    """Yield the rows of a table with their numbers in the file."""
    with _located(file, skipped):
        for number, fields in dialect.rows(lines):
            yield number + skipped, fields


@contextlib.contextmanager
def _located(file: PairFile, skipped: int) -> Iterator[None]:
    """Name the file and the line in an error of its table."""
    try:
        yield
    except TableError as error:
        raise DataError(f"{file.path}, line {error.line + skipped:,}: {error.reason}") from error


def _whole_lines(file: PairFile) -> Iterator[str]:
    """Yield the lines with their ends, which inside quotation marks are part of the text."""
    for number, line in enumerate(file.lines(ends=True), start=1):
        if any(problem.startswith("cut at") for problem in file.problems):
            raise DataError(f"{file.path}, line {number:,}: longer than {MAX_FIELD:,} bytes")
        yield line


def _beginning(lines: Iterator[str]) -> list[str]:
    """Take the first lines."""
    found: list[str] = []
    size = 0
    for line in itertools.islice(lines, _SAMPLE_LINES):
        found.append(line)
        size += len(line)
        if size >= _SAMPLE_CHARACTERS:
            break
    return found


def _fits(file: PairFile, *, needs_header: bool) -> Callable[[Sequence[str]], bool]:
    """Return a function that says whether a first row has the columns that are asked for."""
    names = [
        column
        for column in (file.source, file.target)
        if isinstance(column, str) and not column.isdecimal()
    ]

    def fits(fields: Sequence[str]) -> bool:
        if names:
            return all(name in fields for name in names)
        if needs_header and file.source is None and file.target is None:
            return header_columns(fields, file) is not None
        return True

    return fits
