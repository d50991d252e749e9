"""Tables as text, CSV and TSV: the cells of the columns that are named."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from seq2seq.documents.document import (
    FORMATS,
    Document,
    DocumentFormat,
    ReadOptions,
    SpanDocument,
    slot,
)
from seq2seq.documents.encodings import decode
from seq2seq.documents.markup import Pieces, tagged, untagged
from seq2seq.errors import ConfigError, DataError

_QUOTED = re.compile(r'"(?:[^"]|"")*"')


@dataclass(frozen=True)
class Cell:
    """Cell of a table: where it is in the text, and what it holds."""

    begin: int
    end: int
    value: str
    quoted: bool


class _Table(DocumentFormat, ABC):
    @abstractmethod
    def delimiter(self, text: str) -> str:
        """Return the character between the cells."""

    def read(self, data: bytes, options: ReadOptions) -> Document:
        """Find the cells of columns."""
        decoded = decode(data)
        delimiter = self.delimiter(decoded.text)
        rows = cells(decoded.text, delimiter)
        columns, first = _columns(rows[0] if rows else [], options.columns)
        slots = [
            slot(
                tagged(row[column].value),
                row[column].begin,
                row[column].end,
                _writer(row[column].quoted, delimiter),
            )
            for row in rows[first:]
            for column in columns
            if column < len(row)
        ]
        return SpanDocument(decoded, slots)


@FORMATS.register("csv")
class Csv(_Table):
    """Comma-separated values; the separator may be a semicolon, a tab or a bar, too."""

    suffixes = (".csv",)
    title = "a CSV table"

    def delimiter(self, text: str) -> str:
        """Return the separator that the first line has most of."""
        line = _QUOTED.sub("", text.split("\n", 1)[0])
        return max(",;\t|", key=line.count)


@FORMATS.register("tsv")
class Tsv(_Table):
    """Tab-separated values."""

    suffixes = (".tsv", ".tab")
    title = "a TSV table"

    def delimiter(self, text: str) -> str:
        """Return the tab."""
        return "\t"


def cells(text: str, delimiter: str) -> list[list[Cell]]:
    """Return the rows of a table.

    Args:
        text: The table.
        delimiter: Character between the cells. With a tab, quotes that do not enclose a cell are
            text.

    Returns:
        The cells of each row; none for a blank line.

    Raises:
        DataError: Text follows the closing quote of a cell, or there is none.
    """
    plain = re.compile(rf"[^{re.escape(delimiter)}\r\n]*")
    rows: list[list[Cell]] = [[]]
    at = 0
    while at <= len(text):
        quoted = _QUOTED.match(text, at)
        end = quoted.end() if quoted else at
        if quoted and (end == len(text) or text[end] in (delimiter, "\r", "\n")):
            cell = Cell(at, end, quoted[0][1:-1].replace('""', '"'), quoted=True)
        elif text[at : at + 1] == '"' and delimiter != "\t":
            raise DataError(f"line {text.count(chr(10), 0, at) + 1:,}: a quoted cell is not closed")
        else:
            found = plain.match(text, at)
            assert found is not None  # it may be empty
            cell = Cell(at, found.end(), found[0], quoted=False)
        rows[-1].append(cell)
        at = cell.end
        if text.startswith(delimiter, at):
            at += 1
            continue
        at += 2 if text.startswith("\r\n", at) else 1
        rows.append([])
        if at >= len(text):
            break
    return [row for row in rows if len(row) > 1 or any(cell.value for cell in row)]


def _columns(header: Sequence[Cell], wanted: Sequence[str]) -> tuple[list[int], int]:
    """Return the columns to translate, and the first row to translate: 1 after a header."""
    names = [cell.value.strip() for cell in header]
    if not wanted:
        raise ConfigError(
            "name the columns to translate: --column NAME, or --column 1 without a "
            f"header; there are: {', '.join(names[:20])}"
        )
    if all(name.isdecimal() and name not in names for name in wanted):
        numbers = [int(name) - 1 for name in wanted]
        if not all(0 <= number < len(names) for number in numbers):
            raise ConfigError(f"there are columns 1 to {len(names)}, not {', '.join(wanted)}")
        return numbers, 0
    missing = [name for name in wanted if name not in names]
    if missing:
        raise ConfigError(f"no column {missing[0]!r}; there are: {', '.join(names[:20])}")
    return [names.index(name) for name in wanted], 1


def _writer(quoted: bool, delimiter: str):  # type: ignore[no-untyped-def]
    def encode(pieces: Pieces) -> str:
        text = untagged(pieces)
        if quoted or any(one in text for one in ('"', "\r", "\n", delimiter)):
            return '"' + text.replace('"', '""') + '"'
        return text

    return encode
