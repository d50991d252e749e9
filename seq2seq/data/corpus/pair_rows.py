"""Pairs from the rows of a table, whatever file the table is in."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from seq2seq.data.corpus.columns import Layout, find_layout, kind_of
from seq2seq.data.corpus.dialects import Row as NumberedRow
from seq2seq.data.corpus.readers import PairFile, Row
from seq2seq.errors import DataError

_LOOK_AT = 1000
"""Number of rows that tell what the columns hold."""

_EMPTY: Row = ("", "", ())


def read_pairs(
    file: PairFile,
    rows: Iterator[NumberedRow],
    *,
    needs_header: bool,
    separator: str,
    place: str = "line",
) -> Iterator[Row]:
    """Yield the pairs of a table.

    A blank row between others is an empty pair. Rows need as many fields as the first, unless
    further columns are references; empty fields may follow.

    Args:
        file: The file, with the columns that are asked for.
        rows: Its rows with their numbers, none of which is numbered 0.
        needs_header: True if the table has a header unless columns are asked for by position.
        separator: What is between fields, for messages.
        place: What a number counts: lines or rows.

    Raises:
        DataError: A column is not there, or a row has too few or too many fields.
    """
    first = list(itertools.islice(rows, _LOOK_AT))
    filled = [fields for _, fields in first if fields]
    if not filled:
        return
    layout = find_layout(file, filled, needs_header=needs_header)
    picker = _Picker(file, layout, filled, separator, place)
    if layout.unused or (layout.header and filled[0] != ["source", "target"]):
        file.say(str(layout).replace("line 1", f"{place} 1"))
    blank = 0
    header = layout.header
    for number, fields in itertools.chain(first, rows):
        if not fields:
            blank += 1
            continue
        if header:
            header = False
            blank = 0
            continue
        yield from itertools.repeat(_EMPTY, blank)
        blank = 0
        yield picker.pair(number, fields)


class _Picker:
    """Takes the pair out of the fields of a row."""

    def __init__(
        self, file: PairFile, layout: Layout, rows: list[list[str]], separator: str, place: str
    ) -> None:
        self._file = file
        self._source = layout.source
        self._target = layout.target
        self._needed = max(layout.source, layout.target) + 1
        self._width = len(rows[0])
        self._place = place
        self._form = (
            f"source {separator} target"
            if (layout.source, layout.target) == (0, 1)
            else f"columns {layout.source} and {layout.target}, counted from 0"
        )
        widest = max(map(len, rows))
        self._no_references = {
            place for place in range(self._needed, widest) if kind_of(rows[layout.header :], place)
        }

    def pair(self, number: int, fields: list[str]) -> Row:
        """Return the pair of a row, with its further references if they are wanted."""
        count = len(fields)
        if count < self._needed:
            raise self._error(number, count, f"where {self._needed} are needed ({self._form})")
        if not self._file.references:
            if count != self._width and (count < self._width or any(fields[self._width :])):
                raise self._error(
                    number,
                    count,
                    f"where the first row has {self._width}; quote a field that holds the "
                    "separator; further references are read with --references",
                )
            return fields[self._source], fields[self._target], ()
        further = [
            text
            for place, text in enumerate(fields[self._needed :], start=self._needed)
            if place not in self._no_references
        ]
        return fields[self._source], fields[self._target], further

    def _error(self, number: int, count: int, problem: str) -> DataError:
        columns = f"{count} column" + "s" * (count != 1)
        return DataError(f"{self._file.path}, {self._place} {number:,}: {columns} {problem}")
