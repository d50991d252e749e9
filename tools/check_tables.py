"""Check that tables in any dialect and encoding are read as they are written, or refused.

    python tools/check_tables.py --tables 10000

A table that is refused must name the line, or say what has to be known of the file. A few tables
mean several things, since another table is written with the very same bytes: those are counted
apart.
"""

from __future__ import annotations

import argparse
import csv
import io
import re
import tempfile
import time
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from table_cases import CSV, TSV, Dialect, Table, tables

from seq2seq import Corpus, DataError, TextOptions

_LINE = re.compile(r", line ([\d,]+): ")


def outcome(table: Table, folder: Path) -> str:
    """Read a table and return what happened, in a few words; "misread" and "missed" are faults.

    Args:
        table: The table.
        folder: Folder for the file.
    """
    path = folder / table.name
    path.write_bytes(table.content())
    source, target = (None, None) if table.header else (0, 1)
    try:
        options = TextOptions(encoding=table.told)
        found = list(Corpus.load(path, source=source, target=target, options=options).pairs())
    except DataError as error:
        return _refusal(table, str(error))
    if found == table.expected and table.defect is None:
        return "read as written"
    if _is_written_the_same(table, found):
        return "read as another table that is written the same"
    return "misread" if table.defect is None else "missed a defect"


def _refusal(table: Table, message: str) -> str:
    line = _LINE.search(message)
    place = "a line" if line else "its header" if "the header has" in message else "no line"
    if table.defect is not None:
        if line is not None and int(line[1].replace(",", "")) == table.defect_line():
            return "refused a defect, with its line"
        return f"refused a defect, with {place.replace('a ', 'another ')}: {_short(message)}"
    if "holds no pairs" in message and not any(map(any, table.pairs)):
        return "refused: it has only empty rows"
    return f"refused, with {place}: {_short(message)}"


def _short(message: str) -> str:
    text = re.sub(r".*(?:, line [\d,]+|/\w+\.\w+(?:\.gz)?): ", "", message)
    return re.sub(r"\d+", "N", re.sub(r" with separator.*|[;:(].*", "", text))


def _is_written_the_same(table: Table, found: list[tuple[str, str]]) -> bool:
    """Return whether a table of the pairs that were found is the same text in any dialect."""
    text = table.text().rstrip("\r\n")
    for dialect in (*TSV, *CSV):
        rows = _rows(text, dialect)
        if len({len(row) for row in rows if row}) != 1:
            continue
        lines = [dialect.separator.join(map(dialect.field, row)) for row in rows]
        pairs = [(row[0], row[1]) if len(row) > 1 else ("", "") for row in rows]
        if table.newline.join(lines) == text and found == pairs[table.header :]:
            return True
    return False


def _rows(text: str, dialect: Dialect) -> list[list[str]]:
    """Return the rows of a text in a dialect; none if it cannot be read so."""
    if not dialect.quote and not dialect.escape:
        return [line.split(dialect.separator) if line else [] for line in re.split("\r?\n", text)]
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=dialect.separator,
        quotechar=dialect.quote or None,
        escapechar=dialect.escape or None,
        doublequote=not dialect.escape,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        strict=True,
    )
    try:
        return list(reader)
    except csv.Error:
        return []


def check(count: int, number: int = 0) -> tuple[Counter[str], list[tuple[str, Table]]]:
    """Read a number of tables.

    Args:
        count: How many.
        number: Seed of the tables.

    Returns:
        How often each outcome came, and the tables that were misread.
    """
    outcomes = Counter[str]()
    faults: list[tuple[str, Table]] = []
    with tempfile.TemporaryDirectory() as folder:

        @seed(number)
        @settings(
            max_examples=count,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(tables())
        def read(table: Table) -> None:
            found = outcome(table, Path(folder))
            outcomes[found] += 1
            if found.startswith(("misread", "missed")):
                faults.append((found, table))

        read()
    return outcomes, faults


def main() -> None:
    """Check tables and print what happened."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tables", type=int, default=10_000, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    arguments = parser.parse_args()
    began = time.perf_counter()
    outcomes, faults = check(arguments.tables, arguments.seed)
    for found, times in outcomes.most_common():
        print(f"{times:7,}  {found}")
    print(f"{sum(outcomes.values()):7,}  tables in {time.perf_counter() - began:.0f} s")
    for found, table in faults[:20]:
        print(f"{found}: {table}\n    {table.text()!r}")
    if faults:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
