"""Read and check the Spanish-English phrase book (tools/phrase_book).

The phrase book is part of the training text of the shipped models. A line of its files holds a
Spanish text, an English text and, if the pair is usable in one direction only, that direction.

    python tools/phrase_book.py            count the pairs and list the faults of the files
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "phrase_book"
"""Folder of the files, one per topic."""

DIRECTIONS = ("es-en", "en-es")
"""Directions of translation."""

FRAMES = "frames_"
"""Prefix of the files whose lines fill the slots of a frame with names, numbers or things."""

INVERTED = {"¿": "?", "¡": "!"}
"""Opening marks of Spanish, and the marks that close them."""

FINAL = ".?!…:,;"
"""Punctuation that may end a text."""

QUOTES = "\"'»”’)"
"""Characters that may follow the final punctuation."""


@dataclass(frozen=True)
class Entry:
    """A line of the phrase book.

    Attributes:
        es: Spanish text.
        en: English text.
        direction: The only direction in which the pair is usable, or an empty string.
        place: Name of the file and number of the line.
    """

    es: str
    en: str
    direction: str
    place: str

    def pair(self, direction: str) -> tuple[str, str]:
        """Return the source and the target in a direction."""
        return (self.es, self.en) if direction == "es-en" else (self.en, self.es)

    def serves(self, direction: str) -> bool:
        """Return whether the pair is usable in a direction."""
        return self.direction in ("", direction)


def read_entries(folder: Path = FOLDER) -> list[Entry]:
    """Return the lines of all files, ordered by file name.

    Args:
        folder: Folder of the files.

    Raises:
        ValueError: If a line does not have two or three columns, or names an unknown direction.
    """
    entries: list[Entry] = []
    for path in sorted(folder.glob("*.tsv")):
        lines = path.read_text(encoding="utf-8").split("\n")[:-1]
        entries += [_entry(line, f"{path.name}:{number}") for number, line in enumerate(lines, 1)]
    return entries


def _entry(line: str, place: str) -> Entry:
    """Return the entry of a line."""
    columns = line.split("\t")
    if len(columns) not in (2, 3) or not all(columns):
        raise ValueError(f"{place}: expected Spanish, English and maybe a direction, got {line!r}")
    direction = columns[2] if len(columns) == 3 else ""
    if direction not in ("", *DIRECTIONS):
        raise ValueError(f"{place}: unknown direction {direction!r}, use one of {DIRECTIONS}")
    return Entry(columns[0], columns[1], direction, place)


def read_phrase_book(direction: str, topics: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Return the pairs of the phrase book that are usable in a direction.

    Args:
        direction: "es-en" or "en-es".
        topics: Names of the files to read, without suffix; by default, all.

    Returns:
        Pairs of source and target, without duplicates, in the order of the files.

    Raises:
        ValueError: If the direction is unknown.
    """
    if direction not in DIRECTIONS:
        raise ValueError(f"unknown direction {direction!r}, use one of {DIRECTIONS}")
    pairs = (
        one.pair(direction)
        for one in read_entries()
        if one.serves(direction) and (not topics or one.place.partition(".")[0] in topics)
    )
    return list(dict.fromkeys(pairs))


def faults(entries: Iterable[Entry]) -> list[str]:
    """Return one line per fault of the entries; none if the phrase book is sound."""
    entries = list(entries)
    found = [f"{one.place}: {fault}" for one in entries for fault in _faults_of(one)]
    for direction in DIRECTIONS:
        found += _conflicts(entries, direction=direction)
    return found + _repeats(entries)


def _faults_of(entry: Entry) -> Iterator[str]:
    """Yield what is wrong with an entry by itself."""
    for text in (entry.es, entry.en):
        if text != " ".join(text.split()):
            yield f"stray space in {text!r}"
        if not unicodedata.is_normalized("NFC", text):
            yield f"not in the form NFC: {text!r}"
    for opening, closing in INVERTED.items():
        if entry.es.count(opening) != entry.es.count(closing):
            yield f"{opening} and {closing} do not match in {entry.es!r}"
        if opening in entry.en:
            yield f"{opening} in the English text {entry.en!r}"
    if final_mark(entry.es) != final_mark(entry.en):
        yield f"final punctuation differs: {entry.es!r} and {entry.en!r}"


def final_mark(text: str) -> str:
    """Return the last punctuation character of a text, or an empty string.

    A colon counts as a comma: a Spanish letter opens with the first, an English one with the
    second.
    """
    last = text.rstrip(QUOTES)[-1:]
    if last == ":":
        return ","
    return last if last in FINAL else ""


def _conflicts(entries: Iterable[Entry], *, direction: str) -> list[str]:
    """Return one line per source that has two translations, the final stop left out."""
    first: dict[str, tuple[str, str]] = {}
    found = []
    for one in entries:
        if not one.serves(direction):
            continue
        source, target = (text.removesuffix(".") for text in one.pair(direction))
        known, place = first.setdefault(source, (target, one.place))
        if known != target:
            found.append(f"{one.place}: {source!r} is {known!r} in {place}, {target!r} here")
    return found


def _repeats(entries: Iterable[Entry]) -> list[str]:
    """Return one line per pair that stands in the files twice."""
    first: dict[tuple[str, str], str] = {}
    found = []
    for one in entries:
        place = first.setdefault((one.es, one.en), one.place)
        if place != one.place:
            found.append(f"{one.place}: {one.es!r} and {one.en!r} also stand in {place}")
    return found


def counts(entries: Iterable[Entry]) -> str:
    """Return a table of the number of lines and of pairs per direction, per file and in all."""
    table: dict[str, list[int]] = {}
    for one in entries:
        for name in (one.place.split(":")[0], "all"):
            row = table.setdefault(name, [0, 0, 0])
            row[0] += 1
            for column, direction in enumerate(DIRECTIONS, 1):
                row[column] += one.serves(direction)
    table["all"] = table.pop("all")
    lines = [f"{'file':32}{'lines':>8}{DIRECTIONS[0]:>8}{DIRECTIONS[1]:>8}"]
    lines += [f"{name:32}{row[0]:8}{row[1]:8}{row[2]:8}" for name, row in table.items()]
    return "\n".join(lines)


def main() -> int:
    """Print the counts and the faults; return 1 if there are any faults."""
    entries = read_entries()
    found = faults(entries)
    print(counts(entries))
    print("\n".join(found) if found else "no faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
