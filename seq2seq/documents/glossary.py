"""Glossary: terms of the source language, and what each is called in the target language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from seq2seq.documents.encodings import decode
from seq2seq.documents.formats.table import cells
from seq2seq.documents.read_file import read_file, within
from seq2seq.documents.tbx_terms import tbx_concepts
from seq2seq.documents.term_matching import forms, same_word, words_of
from seq2seq.documents.xml_tokens import decode_xml
from seq2seq.errors import DataError

HEADERS = ({"source", "target"}, {"source term", "target term"})
"""Headings of the two columns, in lowercase, that are no terms."""

MAX_TERM = 200
"""Maximum number of characters of a term."""

_TBX = (b"<?xml", b"<martif", b"<tbx", b"<!DOCTYPE martif")
"""Beginnings of a termbase that has another suffix."""


@dataclass(frozen=True)
class Entry:
    """Row of a glossary."""

    source: str
    target: str


@dataclass(frozen=True)
class _Indexed:
    entry: Entry
    words: list[str]


class Glossary:
    """Terms, found in a text by their first words: thousands cost little.

    Args:
        entries: The terms. Of several with the same source, the first counts.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = list({entry.source: entry for entry in reversed(entries)}.values())[::-1]
        self._by_word: defaultdict[str, list[_Indexed]] = defaultdict(list)
        for entry in self.entries:
            words = words_of(entry.source)
            if words:
                for form in forms(words[0]):
                    self._by_word[form].append(_Indexed(entry, words))
        for found in self._by_word.values():
            found.sort(key=lambda one: -len(one.words))

    def find(self, text: str) -> list[Entry]:
        """Return the entries whose source occurs in a text, each once, in the order of the text.

        Of terms that overlap, the one that begins first counts, and of those the longest.
        """
        words = words_of(text)
        found: dict[Entry, None] = {}
        at = 0
        while at < len(words):
            one = self._at(words, at)
            if one is not None:
                found[one.entry] = None
            at += 1 if one is None else len(one.words)
        return list(found)

    def _at(self, words: list[str], at: int) -> _Indexed | None:
        candidates = {
            id(one): one for form in forms(words[at]) for one in self._by_word.get(form, ())
        }
        if not candidates:
            return None
        fitting = [
            one
            for one in candidates.values()
            if len(one.words) <= len(words) - at
            and all(map(same_word, one.words, words[at : at + len(one.words)]))
        ]
        # "el piso" is rather the term "piso" than "pisos", if there are both.
        return max(
            fitting,
            key=lambda one: (len(one.words), one.words == words[at : at + len(one.words)]),
            default=None,
        )


def load_glossary(path: Path, source: str = "", target: str = "") -> Glossary:
    """Read a glossary: a table with a source term and a target term per row, or a termbase.

    Args:
        path: File in TSV, CSV or TBX. A first row "source", "target" is a header; further columns
            are left aside. Of a concept in TBX, each source term becomes the preferred target term,
            else the first one that is not deprecated.
        source: Code of the source language, for TBX.
        target: Code of the target language, for TBX.

    Returns:
        The glossary.

    Raises:
        DataError: The file cannot be read, a row has no two terms, or there are no terms.
    """
    with within(path):
        data = read_file(path)
        if path.suffix.casefold() == ".tbx" or data.lstrip(b"\xef\xbb\xbf \r\n").startswith(_TBX):
            entries = _of_termbase(decode_xml(data).text, source, target)
        else:
            entries = _of_table(decode(data).text)
    return Glossary(entries)


def _of_table(text: str) -> list[Entry]:
    first = text.split("\n", 1)[0]
    delimiter = "\t" if "\t" in first else max(",;|", key=first.count)
    entries: list[Entry] = []
    for number, row in enumerate(cells(text, delimiter), 1):
        terms = [cell.value.strip() for cell in row[:2]]
        if number == 1 and {term.casefold() for term in terms} in HEADERS:
            continue
        if len(terms) < 2 or not all(terms):
            raise DataError(f"row {number:,}: write a source term and a target term")
        entries.append(_entry(terms[0], terms[1], f"row {number:,}"))
    if not entries:
        raise DataError("no terms")
    return entries


def _of_termbase(text: str, source: str, target: str) -> list[Entry]:
    entries: list[Entry] = []
    for number, concept in enumerate(tbx_concepts(text), 1):
        usable = [name for name in concept.of(target) if name.rank < 2]
        best = min(usable, key=lambda name: name.rank, default=None)
        if best is not None:
            place = f"concept {number:,}"
            entries += [_entry(name.text, best.text, place) for name in concept.of(source)]
    if not entries:
        languages = f"{source or 'the source language'} and {target or 'the target language'}"
        raise DataError(f"no concept has terms in {languages}")
    return entries


def _entry(source: str, target: str, place: str) -> Entry:
    if max(len(source), len(target)) > MAX_TERM:
        raise DataError(f"{place}: a term has at most {MAX_TERM} characters")
    return Entry(source, target)
