"""Choice of the dialect of a table, from its first lines.

A dialect is found by reading the first lines in every way: the one is taken in which all rows have
the same number of fields. Where several ways are left that give different fields, the one is taken
that quotes exactly the fields which need it, or all fields. If even that leaves several, the table
is refused.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from seq2seq.data.corpus.dialects import Dialect, Row, TableError


@dataclass(frozen=True)
class _Reading:
    """A sample as it reads in a dialect.

    Attributes:
        dialect: The dialect.
        rows: The rows.
        is_usual: True if exactly those fields are quoted that need it, or all.
        quotes_all: True if every field is quoted.
        has_quotes: True if any field is quoted or escaped for certain.
        ends_alike: True if all rows have the same line end.
        marks: Number of quotation marks left in the fields.
    """

    dialect: Dialect
    rows: list[Row]
    is_usual: bool
    quotes_all: bool
    has_quotes: bool
    ends_alike: bool
    marks: int

    @property
    def joins_lines(self) -> bool:
        """True if a quoted field spans lines."""
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
        if self.is_even and (uneven := self._uneven(possible, readings)):
            return uneven
        usual = [one for one in readings if one.is_usual]
        quoting = [one for one in usual if one.has_quotes and one.dialect.quote]
        escaping = [one for one in usual if one.has_quotes]
        for choice in (readings, quoting, escaping, usual):
            if choice and all(one.rows == choice[0].rows for one in choice):
                return choice[0].dialect
        separators = {one.dialect.separator for one in readings}
        if not usual and len(separators) == 1:
            return min(readings, key=lambda one: one.marks).dialect
        raise _ambiguity(usual or readings)

    def _uneven(self, possible: Iterable[Dialect], even: Sequence[_Reading]) -> Dialect | None:
        """Return a dialect that explains the sample better, though not every row is even.

        Args:
            possible: Dialects to choose from.
            even: Readings in which all rows are even.
        """
        known = {one.dialect for one in even}
        others = [one for one in possible if one not in known]
        explained = any(one.is_usual for one in even)
        ends_alike = any(one.ends_alike for one in even)
        for one in replace(self, is_even=False)._readings(others):
            explains_ends = one.joins_lines and one.ends_alike and not ends_alike
            if (
                one.is_usual
                and one.has_quotes
                and (one.quotes_all or explains_ends or not explained)
            ):
                return one.dialect
        return None

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
        quotes_all = _is_written(found, dialect, every=True)
        return _Reading(
            dialect,
            rows,
            is_usual=quotes_all or _is_written(found, dialect, every=False),
            quotes_all=quotes_all and bool(dialect.quote),
            has_quotes=any(dialect.shows_in(raw, fields) for raw, fields in found),
            ends_alike=len({self.lines[number - 2][-2:] == "\r\n" for number, _ in rows[1:]}) < 2,
            marks=sum(
                field.count(mark) for _, fields in found for field in fields for mark in "\"'"
            ),
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
"""Part of the csv module's error about a quoted field that does not end."""


def _may_be(dialect: Dialect, text: str) -> bool:
    """Return whether what makes a dialect differ from the usual ones occurs in a text."""
    if dialect.separator not in text or dialect.escape not in text:
        return False
    if dialect.spaced:
        return f"{dialect.separator} {dialect.quote}" in text
    return dialect.quote in text or dialect.quote == '"'


def _is_written(found: Iterable[tuple[str, list[str]]], dialect: Dialect, *, every: bool) -> bool:
    """Return whether rows are what a dialect makes of their fields."""
    return all(raw == dialect.written(fields, every=every) for raw, fields in found)


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
