"""Dialects of tables as text: the separator, the quotation mark, and how one is written inside.

A dialect is found by reading the first lines in every way: the one is taken in which all rows have
the same number of fields. Where several ways are left that give different fields, the one is taken
that quotes exactly the fields which need it, or all fields. If even that leaves several, the table
is refused.
"""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

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


@dataclass(frozen=True)
class _Reading:
    """A sample as it reads in a dialect.

    Attributes:
        dialect: The dialect.
        rows: The rows.
        is_usual: True if exactly those fields are quoted that need it, or all.
        has_quotes: True if any field is quoted or escaped for certain.
        marks: Number of quotation marks left in the fields.
    """

    dialect: Dialect
    rows: list[Row]
    is_usual: bool
    has_quotes: bool
    marks: int

    @property
    def joins_lines(self) -> bool:
        """Whether a quoted field spans lines."""
        return any("\n" in field for _, fields in self.rows for field in fields)


@dataclass(frozen=True)
class Sample:
    """The beginning of a table.

    Attributes:
        lines: Its first lines, with their ends.
        complete: True if it is the whole table.
        fits: Returns whether a first row is one that the table may have.
        is_even: True if all rows need the same number of fields.
    """

    lines: Sequence[str]
    complete: bool
    fits: Callable[[Sequence[str]], bool]
    is_even: bool = True

    def dialect(self, candidates: Iterable[Dialect]) -> Dialect | None:
        """Return the dialect of the table.

        Args:
            candidates: Dialects to choose from, the usual ones first.

        Returns:
            The dialect; None if the sample can be read in none.

        Raises:
            TableError: It can be read in several that give different fields.
        """
        possible = [one for one in candidates if _may_be(one, "".join(self.lines))]
        readings = _without_joined_rows(self._readings(possible))
        if not readings:
            return None
        usual = [one for one in readings if one.is_usual]
        if not usual and self.is_even:
            # Rather a dialect that explains every quotation mark, though not every row is even.
            uneven = replace(self, is_even=False)._readings(possible)
            explained = [one for one in uneven if one.is_usual and one.has_quotes]
            if explained:
                return explained[0].dialect
        quoting = [one for one in usual if one.has_quotes and one.dialect.quote]
        escaping = [one for one in usual if one.has_quotes]
        for choice in (readings, quoting, escaping, usual):
            if choice and all(one.rows == choice[0].rows for one in choice):
                return choice[0].dialect
        separators = {one.dialect.separator for one in readings}
        if not usual and len(separators) == 1:
            return min(readings, key=lambda one: one.marks).dialect
        raise _ambiguity(usual or readings)

    def _readings(self, candidates: Iterable[Dialect]) -> list[_Reading]:
        """Return the sample in each of the dialects that it can be read in."""
        found = (self._reading(dialect) for dialect in candidates)
        return [one for one in found if one is not None]

    def nearest(self, candidates: Iterable[Dialect]) -> Dialect | None:
        """Return the dialect in which the fewest rows have another number of fields than the first.

        Args:
            candidates: Dialects to choose from, the usual ones first.

        Returns:
            The dialect; None if the sample can be read in none.
        """
        text = "".join(self.lines)
        loose = replace(self, is_even=False)
        uneven: dict[Dialect, int] = {}
        for dialect in candidates:
            rows = [fields for _, fields in loose._rows(dialect) if fields]
            if rows and _may_be(dialect, text):
                uneven[dialect] = sum(not _is_of_width(fields, len(rows[0])) for fields in rows)
        return min(uneven, key=lambda one: uneven[one], default=None)

    def _reading(self, dialect: Dialect) -> _Reading | None:
        """Return the sample in a dialect; None if it cannot be read so."""
        rows = self._rows(dialect)
        if not any(fields for _, fields in rows):
            return None
        found = list(self._written(rows))
        return _Reading(
            dialect,
            rows,
            any(
                all(raw == dialect.written(fields, every=every) for raw, fields in found)
                for every in (False, True)
            ),
            any(dialect.shows_in(raw, fields) for raw, fields in found),
            sum(field.count(mark) for _, fields in found for field in fields for mark in "\"'"),
        )

    def _rows(self, dialect: Dialect) -> list[Row]:
        """Return the rows in a dialect, none if they cannot be read or have not as many fields."""
        rows: list[Row] = []
        width = 0
        try:
            for number, fields in dialect.rows(self.lines):
                if fields and not width:
                    width = len(fields)
                    if width < 2 or not self.fits(fields):
                        return []
                if fields and self.is_even and not _is_of_width(fields, width):
                    # The last row of a sample may be cut.
                    return [] if self.complete or number < len(self.lines) else rows
                rows.append((number, fields))
        except TableError as error:
            # The last row of a sample may be cut inside a quoted field.
            opened = _OPEN in error.reason and error.line > len(self.lines) - _MOST_LINES
            return rows if opened and not self.complete else []
        return rows

    def _written(self, rows: Sequence[Row]) -> Iterator[tuple[str, list[str]]]:
        """Yield the characters of each row, without its end, and its fields."""
        ends: list[int | None] = [number - 1 for number, _ in rows[1:]]
        if self.complete:
            ends.append(None)
        for (number, fields), end in zip(rows, ends, strict=False):
            if fields:
                raw = "".join(self.lines[number - 1 : end])
                yield raw.removesuffix("\n").removesuffix("\r"), fields


_MOST_LINES = 100
"""Number of lines that a row which a sample cuts may have."""


_OPEN = "unexpected end of data"
"""What the csv module says about a quoted field without an end."""


def _may_be(dialect: Dialect, text: str) -> bool:
    """Return whether what makes a dialect differ from the usual ones occurs in a text."""
    if dialect.separator not in text or dialect.escape not in text:
        return False
    if dialect.spaced:
        return f"{dialect.separator} {dialect.quote}" in text
    return dialect.quote in text or dialect.quote == '"'


def _is_of_width(fields: Sequence[str], width: int) -> bool:
    """Return whether a row has a number of fields; further ones that are empty do not count."""
    return len(fields) == width or (len(fields) > width and not any(fields[width:]))


def _without_joined_rows(readings: Sequence[_Reading]) -> list[_Reading]:
    """Leave out readings that join lines by quotation marks if in another each line is a row.

    In `x TAB "` and `y TAB "` on the next line, the marks are text, not a field of two lines.
    """
    apart = [one for one in readings if not one.joins_lines]
    if any(one.is_usual and _is_even(one.rows) for one in apart):
        return apart
    return list(readings)


def _is_even(rows: Sequence[Row]) -> bool:
    """Return whether no row is blank, and all have the same number of fields."""
    width = len(rows[0][1])
    return all(fields and _is_of_width(fields, width) for _, fields in rows)


def _ambiguity(readings: Sequence[_Reading]) -> TableError:
    """Return the error that a table can be read in several ways."""
    first = readings[0]
    other = next(one for one in readings if one.rows != first.rows)
    number = next(
        (one or two or (1, []))[0]
        for one, two in itertools.zip_longest(first.rows, other.rows)
        if one != two
    )
    return TableError(
        number,
        f"can be read with {first.dialect}, or with {other.dialect}; put every field in quotation "
        'marks ", or save the table as TSV',
    )
