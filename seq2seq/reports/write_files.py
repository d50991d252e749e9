"""Write the files of a report, each of them completely or not at all.

Only files of an earlier report are replaced. Its report.json or table.json, which is written last,
says which files it consists of.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from seq2seq.errors import CheckpointError, DataError
from seq2seq.runtime.atomic_file import atomic_write_text
from seq2seq.runtime.saved_file import read_json
from seq2seq.runtime.storage import writing

DOCUMENT = "report.json"
"""Name of the JSON form, written last."""

PAGE = "report.html"
"""Name of the HTML page."""

MARKDOWN = "report.md"
"""Name of the Markdown form."""

TABLE = "table.json"
"""Name of the JSON form of a comparison, written last."""

TABLES = frozenset(("table.html", "table.md", "table.tex", "table.csv", TABLE))
"""Names of the files of a comparison."""


def hypotheses_name(number: int, sets: int) -> str:
    """Return the name of the file of translations of one of several sets, numbered from 1."""
    return f"hypotheses-{number}.txt" if sets > 1 else "hypotheses.txt"


def sentences_name(number: int, sets: int) -> str:
    """Return the name of the file of sentences of one of several sets, numbered from 1."""
    return f"sentences-{number}.jsonl" if sets > 1 else "sentences.jsonl"


def report_names(sets: int = 0) -> set[str]:
    """Return the names of all files of a report on this number of test sets, 0 for others."""
    names = {DOCUMENT, PAGE, MARKDOWN}
    for number in range(1, sets + 1):
        names |= {hypotheses_name(number, sets), sentences_name(number, sets)}
    return names


def check_replaceable(names: Collection[str], directory: Path | str) -> None:
    """Check that files with these names are absent from a directory or belong to a report.

    Raises:
        DataError: One of them exists and does not belong to a report.
    """
    folder = Path(directory)
    found = {name for name in names if (folder / name).exists() or (folder / name).is_symlink()}
    written = _written(folder / DOCUMENT) | _written(folder / TABLE) if found else set()
    foreign = sorted(found - written)
    if foreign:
        raise DataError(
            f"{folder}: holds {', '.join(foreign)}, which is not part of a report; "
            "move it, or choose another --output"
        )


def _written(document: Path) -> set[str]:
    """Return the names of the files that belong to a report, given its JSON form."""
    try:
        report = read_json(document)
    except CheckpointError:
        return set()
    if not isinstance(report.get("format"), int):
        return set()
    if isinstance(report.get("systems"), list):
        return set(TABLES)
    if isinstance(sets := report.get("sets"), list):
        return report_names(len(sets))
    small = any(isinstance(report.get(key), list) for key in ("runs", "labels"))
    return report_names() if small else set()


def write_files(texts: Mapping[str, str], directory: Path | str) -> list[Path]:
    """Write texts, given by file name, in this order; return the paths, the last one first.

    Raises:
        DataError: The directory holds a file of one of these names that is not part of an earlier
            report.
        StorageError: The directory cannot be created or written to.
    """
    folder = Path(directory)
    check_replaceable(texts, folder)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        atomic_write_text(text, folder / name)
    return [folder / name for name in reversed(list(texts))]
