"""Spreadsheets: Excel workbooks and OpenDocument, read by calamine."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterator

from seq2seq.data.corpus.pair_rows import read_pairs
from seq2seq.data.corpus.readers import READERS, PairFile, Row
from seq2seq.documents.zip_package import Package
from seq2seq.errors import DataError
from seq2seq.runtime.extras import require

_LARGEST = 200_000_000
"""Maximum size of a workbook in bytes."""

_DATES = (datetime.date, datetime.time, datetime.timedelta)


class _Date(str):
    """A date or a time, which a workbook does not hold as it is shown.

    Attributes:
        row: Number of its row, from 1.
    """

    row: int


@READERS.register(".xlsx")
@READERS.register(".xlsm")
@READERS.register(".xlsb")
@READERS.register(".xls")
@READERS.register(".ods")
def read_workbook(file: PairFile) -> Iterator[Row]:
    """Yield the pairs of the first sheet of a workbook, whose first row is a header."""
    require("formats", "a spreadsheet")
    with file.open() as stream:
        data = stream.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise DataError(f"{file.path}: larger than {_LARGEST // 1_000_000} MB; save it as CSV")
    rows = _rows(file, data)
    for row in read_pairs(file, rows, needs_header=True, separator="column", place="row"):
        for text in row[:2]:
            if isinstance(text, _Date):
                raise DataError(
                    f"{file.path}, row {text.row:,}: a date or time ({text}), which a file of text "
                    "has as it is shown; format the column as text"
                )
        yield row


def _rows(file: PairFile, data: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of the first sheet with their numbers from 1; none of a blank one."""
    import python_calamine

    if not data:
        raise DataError(f"{file.path}: is empty, not a spreadsheet")
    try:
        if data.startswith(b"PK"):
            Package(data)  # refuses archives that would fill the memory
        workbook = python_calamine.load_workbook(io.BytesIO(data))
        names = workbook.sheet_names
        if not names:
            raise DataError("has no sheet")
        if len(names) > 1:
            file.say(f"only the first of its {len(names)} sheets is read, {names[0]!r}")
        sheet = workbook.get_sheet_by_index(0)
        table = sheet.to_python(skip_empty_area=False)
    except DataError as error:
        raise DataError(f"{file.path}: {error}") from None
    except Exception as error:  # the library lets through any error of the parsers it is made of
        raise DataError(f"{file.path}: not a spreadsheet, or a damaged one: {error}") from error
    for number, cells in enumerate(table, start=1):
        fields = [_text(cell, number) for cell in cells]
        yield number, fields if any(fields) else []


def _text(cell: object, row: int) -> str:
    """Return what a cell holds as text."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, _DATES):
        date = _Date(cell)
        date.row = row
        return date
    return str(cell)
