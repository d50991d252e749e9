"""Dialects of tables as text: the separator, the quotation mark, and how one is written inside."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

MAX_FIELD = 1 << 20
"""Maximum number of characters of a field: beyond it a quotation mark was not closed."""

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "TAB", "|": "bar"}
"""Names of the separators."""

Row = tuple[int, list[str]]
"""The number of the first line of a row, and its fields; none for a blank line."""

_BLANK = " \t\r\n\x1a\ufeff"
"""Characters of a blank line; the character 1A ends files of old."""


class TableError(Exception):
    """A line cannot be read.

    Args:
        line: Its number, from 1.
        reason: Why not.
    """

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


@dataclass(frozen=True)
class Dialect:
    """A way to write a table.

    Attributes:
        separator: Character between fields.
        quote: Character around fields that hold the separator, "" if there is none.
        escape: Character before a quotation mark in a quoted field, "" if the mark is doubled.
        spaced: True if a space follows each separator.
    """

    separator: str
    quote: str = ""
    escape: str = ""
    spaced: bool = False

    def __str__(self) -> str:
        quotes = f"quotation mark {self.quote}" if self.quote else "no quotation marks"
        escapes = f", escaped with {self.escape}" if self.escape else ""
        return f"separator {SEPARATORS[self.separator]}, {quotes}{escapes}"

    def rows(self, lines: Iterable[str]) -> Iterator[Row]:
        """Yield the rows of a table.

        Args:
            lines: Its lines, with their ends.

        Raises:
            TableError: A line cannot be read in this dialect.
        """
        if not self.quote and not self.escape:
            for number, line in enumerate(lines, start=1):
                yield number, _fields(line, self.separator)
            return
        # The csv module's own limit, for all of its readers, is 131,072.
        csv.field_size_limit(max(MAX_FIELD, csv.field_size_limit()))
        raw: list[str] = []
        shape = self._shape()
        # strict: a stray quotation mark is an error; otherwise it would swallow the lines up to
        # the next one.
        reader = csv.reader(
            self._checked(lines, raw),
            delimiter=self.separator,
            quotechar=self.quote or None,
            escapechar=self.escape or None,
            doublequote=not self.escape,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            skipinitialspace=self.spaced,
            strict=True,
        )
        while True:
            number = reader.line_num + 1
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise TableError(
                    number, f"not proper CSV (is a quotation mark open?): {error}"
                ) from error
            row = "".join(raw)
            raw.clear()
            if shape is not None and not shape.fullmatch(row):
                raise TableError(number, "text follows the end of a quoted field")
            yield number, [] if len(fields) < 2 and not row.strip(_BLANK) else fields

    def shows_in(self, raw: str, fields: Sequence[str]) -> bool:
        """Return whether a row is quoted or escaped.

        Two escapes in a row do not count where there are no quotation marks: they may be text.

        Args:
            raw: The characters of the row.
            fields: What they read as.
        """
        if not self.quote:
            raw = raw.replace(2 * self.escape, self.escape)
        return raw != self.separator.join(fields)

    def _shape(self) -> re.Pattern[str] | None:
        """Return what the rows of a dialect with escapes look like, where csv is not strict."""
        if not (self.quote and self.escape):
            return None
        separator = re.escape(self.separator)
        escaped = rf"{re.escape(self.escape)}[\s\S]"
        quoted = rf"{self.quote}(?:{escaped}|[^{self.quote}\\])*{self.quote}"
        plain = (
            rf"(?:{escaped}|[^{self.quote}{separator}\\\r\n])(?:{escaped}|[^{separator}\\\r\n])*"
        )
        field = rf"(?:{quoted}|{plain})?"
        space = " ?" if self.spaced else ""
        return re.compile(rf"{field}(?:{separator}{space}{field})*\r?\n?")

    def _checked(self, lines: Iterable[str], raw: list[str]) -> Iterator[str]:
        """Yield lines; raise TableError for an escape that stands for something unknown.

        Args:
            lines: The lines.
            raw: Takes the lines that are passed on.
        """
        known = re.escape("\\\r\n" + self.quote + self.separator)
        unknown = re.compile(rf"\\(?:[{known}]|(?P<other>.))", re.DOTALL)
        for number, line in enumerate(lines, start=1):
            raw.append(line)
            if self.escape in line and self.escape:
                found = next((one for one in unknown.finditer(line) if one["other"]), None)
                if found is not None:
                    raise TableError(number, f"unknown escape {found[0]}")
            yield line

    def written(self, fields: Sequence[str], *, every: bool) -> str:
        """Write a row as it is usual: quoted where a field needs it, or everywhere.

        Args:
            fields: The fields.
            every: Quote every field.
        """
        separator = self.separator + " " if self.spaced else self.separator
        return separator.join(self._written(field, every) for field in fields)

    def _written(self, field: str, every: bool) -> str:
        if not self.quote:
            return self._escaped(field, self.separator + "\r\n") if self.escape else field
        needs = (self.separator, self.quote, "\r", "\n", self.escape or "\n")
        if not every and not any(one in field for one in needs):
            return field
        if self.escape:
            return self.quote + self._escaped(field, self.quote) + self.quote
        return self.quote + field.replace(self.quote, 2 * self.quote) + self.quote

    def _escaped(self, field: str, characters: str) -> str:
        for one in self.escape + characters:
            field = field.replace(one, self.escape + one)
        return field


_QUOTED = re.compile(r'"(?:[^"]|"")*"')
"""Matches a field in quotation marks."""


def check_quoting(lines: Iterable[str], separator: str) -> None:
    """Check that no quotation mark is missing in a table whose fields are nearly all quoted.

    Args:
        lines: Its lines.
        separator: Character between fields.

    Raises:
        TableError: At least two thirds of the rows are quoted, and another has an odd number of
            quotation marks.
    """
    rows = [(number, _fields(line, separator)) for number, line in enumerate(lines, start=1)]
    others = [
        (number, "".join(fields).count('"'))
        for number, fields in rows
        if fields and not all(map(_QUOTED.fullmatch, fields))
    ]
    quoted = sum(bool(fields) for _, fields in rows) - len(others)
    broken = next((number for number, marks in others if marks % 2), None)
    if broken is not None and quoted >= max(2, 2 * len(others)):
        raise TableError(broken, 'a quotation mark " is missing; nearly all fields have two')


def _fields(line: str, separator: str) -> list[str]:
    text = line.removesuffix("\n").removesuffix("\r")
    return text.split(separator) if text.strip(_BLANK) or separator in text else []


CSV = Dialect(",", '"')
"""The usual dialect of CSV."""

TSV = Dialect("\t")
"""The usual dialect of TSV: fields are as they are, whatever they hold."""


_MARKS = (('"', ""), ('"', "\\"), ("'", ""), ("'", "\\"), ("", "\\"))
"""Quotation marks and escapes of CSV, the usual ones first."""


def csv_dialects(separators: Iterable[str] = SEPARATORS) -> list[Dialect]:
    """Return the dialects that a CSV file may be in, the usual ones first."""
    return [
        Dialect(separator, quote, escape, spaced)
        for separator in separators
        for quote, escape in _MARKS
        for spaced in (False, True)
        if quote or not spaced
    ]


TSV_DIALECTS = (TSV, Dialect("\t", '"'))
"""Dialects of TSV: quotation marks are text unless they are used as in CSV throughout."""
