"""Columns of a table: which hold the source and the target, and what the others hold."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seq2seq.data.corpus.readers import Column, PairFile
from seq2seq.errors import DataError
from seq2seq.registry import suggestion
from seq2seq.text_steps.language_names import NAMES, find_language, language_code

_SOURCE = frozenset(("source", "src", "input", "source text", "source sentence", "source segment"))
_TARGET = frozenset(
    (
        "target",
        "tgt",
        "trg",
        "output",
        "translation",
        "reference",
        "target text",
        "target sentence",
        "target segment",
    )
)
"""Headings of columns, in lowercase."""

_NO_LANGUAGES = frozenset(("id", "no"))
"""Codes of languages that mean something else as headings, unless these languages are wanted."""

_INNER = "translation."

_KINDS = {
    "identifiers": re.compile(r"[\w.:/#-]*\d[\w.:/#-]*", re.ASCII),
    "scores": re.compile(r"[-+]?\d*[.,]\d+(?:[eE][-+]?\d+)?%?"),
    "links": re.compile(r"https?://\S+"),
    "attribution": re.compile(
        r".*(?:\bCC[- ]?(?:BY|0)|creative commons|\battribution\b|\blicen[cs]e|tatoeba\.org|©).*",
        re.IGNORECASE | re.DOTALL,
    ),
    "language codes": re.compile(r"[a-z]{2,3}(?:[-_][A-Za-z]{2,4})?"),
}
"""Patterns of what is in columns that hold no text, by name; scores come before identifiers."""


@dataclass(frozen=True)
class Layout:
    """Columns of a table, by their positions from 0.

    Attributes:
        source: Column of the sources.
        target: Column of the targets.
        header: True if the first row is a header.
        unused: What other columns hold, by their positions.
    """

    source: int
    target: int
    header: bool = False
    unused: Mapping[int, str] | None = None

    def __str__(self) -> str:
        """Say what is read, with positions from 0."""
        unused = [f"{what} in column {place}" for place, what in (self.unused or {}).items()]
        parts = [
            "line 1 is a header" if self.header else "",
            f"source and target are columns {self.source} and {self.target}, counted from 0",
            f"not read: {', '.join(unused)}" if unused else "",
        ]
        return "; ".join(part for part in parts if part)


def header_columns(names: Sequence[str], file: PairFile) -> tuple[int, int] | None:
    """Return the columns of the source and the target by their headings.

    Headings are known that say "source" and "target", or that are names or codes of languages:
    those of the file's options, else the first two.

    Args:
        names: The headings.
        file: The file.

    Returns:
        The positions; None if the names are not those of two columns, or are other languages.
    """
    plain = [re.sub(r"[\s_-]+", " ", name).strip().casefold() for name in names]
    for sources, targets in (({"source"}, {"target"}), (_SOURCE, _TARGET)):
        source = next((place for place, name in enumerate(plain) if name in sources), None)
        target = next((place for place, name in enumerate(plain) if name in targets), None)
        if source is not None and target is not None:
            return source, target
    wanted = [
        language_code(language)
        for language in (file.options.source_language, file.options.target_language)
    ]
    codes = [
        "" if name in _NO_LANGUAGES and name not in wanted else language_of(name) for name in plain
    ]
    known = {code: place for place, code in reversed(list(enumerate(codes))) if code}
    if len(known) < 2 or len(known) < len([name for name in names if name.strip()]) - 2:
        return None
    if all(wanted):
        if not set(wanted) <= known.keys():
            return None
        return known[wanted[0]], known[wanted[1]]
    first, second, *_ = sorted(known.values())
    return first, second


def known_names(file: PairFile, names: Sequence[str]) -> tuple[str, str]:
    """Return the names of the columns to read from a file whose columns have names.

    Args:
        file: The file, with the columns that are asked for.
        names: The columns, those inside others with a dot, such as translation.es.

    Returns:
        The names asked for, else "source" and "target", else those of languages or the like.

    Raises:
        DataError: A column is given by its position.
    """
    chosen = file.column_names()
    if file.source is not None or file.target is not None or set(chosen) <= set(names):
        return chosen
    for inner in (False, True):
        candidates = [name for name in names if name.startswith(_INNER) == inner]
        found = header_columns([name.removeprefix(_INNER) for name in candidates], file)
        if found is not None:
            chosen = candidates[found[0]], candidates[found[1]]
            file.say(f"source and target are {chosen[0]!r} and {chosen[1]!r}")
            break
    return chosen


def language_of(name: str) -> str:
    """Return the code of the language that a heading or a code with a region names, else ""."""
    plain = name.strip()
    found = find_language(plain, among=NAMES)
    if found is None and re.fullmatch(r"[A-Za-z]{2}[-_ ][A-Za-z]{2,4}", plain):
        found = find_language(plain[:2], among=NAMES)
    return found or ""


def find_layout(file: PairFile, rows: Sequence[Sequence[str]], *, needs_header: bool) -> Layout:
    """Find the columns of a table.

    Args:
        file: The file, with the columns that are asked for.
        rows: Its first rows, without blank ones.
        needs_header: True if the table has a header unless columns are asked for by position.

    Raises:
        DataError: A column is not there, or the header is not one that is known.
    """
    first = rows[0] if rows else []
    given = [_position(column) for column in (file.source, file.target)]
    if given[0] is not None and given[0] == given[1] and not file.single:
        raise DataError(f"{file.path}: source and target are the same column, {given[0]!r}")
    if any(isinstance(column, str) for column in given):
        return _named(file, first, given)
    known = header_columns(first, file)
    if any(column is not None for column in given):
        if needs_header and None in given:
            raise _half_named(file.path, given)
        return _positioned(file, rows, given, header=known is not None)
    if known is not None:
        return Layout(*known, header=True, unused=_unused(rows[1:], known))
    if needs_header:
        raise DataError(
            f"{file.path}: the header has no column 'source'{suggestion('source', list(first))}; "
            "name the columns (data.source and data.target), or give 0 and 1 if there is no header"
        )
    columns = text_columns(rows)
    return Layout(*columns, unused=_unused(rows, columns))


def _position(column: Column) -> Column:
    return int(column) if isinstance(column, str) and column.isdecimal() else column


def _named(file: PairFile, header: Sequence[str], given: Sequence[Column]) -> Layout:
    """Return the columns that are asked for by name."""
    if not header:
        raise DataError(f"{file.path}: holds no pairs")
    names = ["source", "target"]
    for side, column in enumerate(given):
        if isinstance(column, int):
            raise _half_named(file.path, given)
        if column is not None:
            names[side] = column
        elif (known := header_columns(header, file)) is not None:
            names[side] = header[known[side]]
    for name in names:
        if name not in header:
            raise DataError(
                f"{file.path}: the header has no column {name!r}{suggestion(name, list(header))}"
            )
    return Layout(list(header).index(names[0]), list(header).index(names[1]), header=True)


def _half_named(path: str, given: Sequence[Column]) -> DataError:
    return DataError(
        f"{path}: source {given[0]!r}, target {given[1]!r}: give both columns by name (the first "
        "line is then a header) or both by position, counted from 0"
    )


def _positioned(
    file: PairFile, rows: Sequence[Sequence[str]], given: Sequence[Column], *, header: bool
) -> Layout:
    """Return the columns that are asked for by position."""
    places = [
        default if column is None else column for column, default in zip(given, (0, 1), strict=True)
    ]
    source, target = (place for place in places if isinstance(place, int))
    if min(source, target) < 0:
        raise DataError(
            f"{file.path}: a column's position is counted from 0; {min(source, target)} is none"
        )
    if source == target and not file.single:
        raise DataError(f"{file.path}: source and target are the same column, {source!r}")
    is_header = header and header_columns(
        [rows[0][place] if place < len(rows[0]) else "" for place in (source, target)], file
    )
    return Layout(source, target, header=bool(is_header))


def text_columns(rows: Sequence[Sequence[str]]) -> tuple[int, int]:
    """Return the first two columns that hold text; the first two if only one does."""
    width = min(map(len, rows), default=2)
    if width > 2:
        texts = [place for place in range(width) if not kind_of(rows, place)]
        if len(texts) > 1:
            return texts[0], texts[1]
    return 0, 1


def _unused(rows: Sequence[Sequence[str]], used: tuple[int, int]) -> dict[int, str]:
    """Return what the columns hold that are not used."""
    width = len(rows[0]) if rows else 0
    return {place: kind_of(rows, place) or "text" for place in range(width) if place not in used}


def kind_of(rows: Sequence[Sequence[str]], place: int) -> str:
    """Return what a column holds if it is no text, else "".

    Args:
        rows: The first rows of the table.
        place: Position of the column.
    """
    cells = [row[place].strip() for row in rows if place < len(row)]
    filled = [cell for cell in cells if cell]
    if not filled:
        return "nothing"
    found = [kind for kind, pattern in _KINDS.items() if all(map(pattern.fullmatch, filled))]
    if "scores" in found:
        return "scores"
    if "language codes" in found and not (
        set(filled) <= _CODES and len(set(filled)) <= _MOST_CODES
    ):
        found.remove("language codes")
    return found[0] if found else ""


_MOST_CODES = 3
"""Number of different codes in a column of them."""

_CODES = frozenset(NAMES) | frozenset(("eng", "spa", "deu", "fra", "ita", "por", "rus", "jpn"))
