"""XLIFF 1.x and 2.x: the units that have a translation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from seq2seq.data.corpus.formats.xml_pairs import SegmentText, events_of, pick_language
from seq2seq.data.corpus.readers import READERS, PairFile, Row
from seq2seq.documents.xml_stream import Event
from seq2seq.errors import DataError

_UNITS = frozenset(("trans-unit", "segment"))
_SIDES = frozenset(("source", "seg-source", "target"))
_ASIDE = frozenset(("alt-trans", "matches", "note", "notes", "ignorable"))
"""Elements that hold other texts than the pair of a unit."""

_UNFINISHED = frozenset(("new", "needs-translation", "initial"))
"""States of a translation that is still to be made."""


@READERS.register(".xlf")
@READERS.register(".xliff")
@READERS.register(".sdlxliff")
@READERS.register(".mqxliff")
@READERS.register(".mxliff")
def read_xliff(file: PairFile) -> Iterator[Row]:
    """Yield the pairs of an XLIFF file, turned round if its source is the target language."""
    left_out = 0
    units = 0
    for unit in _Reader(file.path).units(events_of(file, "xliff")):
        pairs = list(unit.pairs())
        units += 1
        left_out += not pairs
        swapped = bool(pairs) and _is_swapped(file, unit)
        for source, target in pairs:
            yield (target, source, ()) if swapped else (source, target, ())
    if left_out:
        file.say(f"left out {left_out:,} of {units:,} units, which have no translation")


def file_languages(file: PairFile) -> tuple[str, str]:
    """Return the codes of the two languages of the first unit, "" where the file names none.

    Args:
        file: The file.

    Raises:
        DataError: The file cannot be read.
    """
    first = next(_Reader(file.path).units(events_of(file, "xliff")), None)
    return ("", "") if first is None else first.languages


@dataclass
class _Unit:
    """A unit with the texts of its elements.

    Attributes:
        languages: Codes of the source and the target language, "" if the file names none.
        is_open: False if the unit is not to be translated, or its translation is not made yet.
        texts: Text of each element.
        parts: Text of each segment in an element, by its id.
    """

    languages: tuple[str, str]
    is_open: bool = True
    texts: dict[str, str] = field(default_factory=dict)
    parts: dict[str, dict[str, str]] = field(default_factory=dict)

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield the pairs: of the segments, or of the unit if it is not divided."""
        if not self.is_open or not self.texts.get("target", ""):
            return
        sources = self.parts.get("seg-source", {})
        targets = self.parts.get("target", {})
        if sources and sources.keys() == targets.keys():
            yield from ((text, targets[name]) for name, text in sources.items() if targets[name])
        elif "source" in self.texts:
            yield self.texts["source"], self.texts["target"]


class _Reader:
    """Reads the units of a file as its elements come."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._languages = ("", "")
        self._fixed: list[bool] = []
        self._aside = 0
        self._unit: _Unit | None = None
        self._side = ""
        self._text = SegmentText(self._path)
        self._marks: list[tuple[str, SegmentText] | None] = []

    def units(self, events: Iterable[Event]) -> Iterator[_Unit]:
        """Yield the units."""
        for event in events:
            if self._side:
                self._inside(event)
            elif event.kind == "start":
                self._start(event)
            elif event.kind == "end":
                self._fixed.pop()
                self._aside -= event.name in _ASIDE
                if event.name in _UNITS and not self._aside and self._unit is not None:
                    yield self._unit
                    self._unit = None

    def _start(self, event: Event) -> None:
        if event.name in ("file", "xliff"):
            source = event.get("source-language") or event.get("srcLang")
            target = event.get("target-language") or event.get("trgLang")
            self._languages = (source or self._languages[0], target or self._languages[1])
        self._aside += event.name in _ASIDE
        answer = event.get("translate")
        fixed = answer == "no" if answer else bool(self._fixed and self._fixed[-1])
        if event.name in _UNITS and not self._aside:
            is_open = not fixed and event.get("state") not in _UNFINISHED
            self._unit = _Unit(self._languages, is_open)
        if event.name in _SIDES and self._unit is not None and not self._aside:
            self._side = event.name
            self._text = SegmentText(self._path)
            if event.name == "target" and event.get("state") in _UNFINISHED:
                self._unit.is_open = False
        else:
            self._fixed.append(fixed)

    def _inside(self, event: Event) -> None:
        """Take an event inside a source or a target."""
        assert self._unit is not None  # a side is in a unit
        if event.kind == "end" and event.name == self._side and self._text.is_at_top:
            self._unit.texts[self._side] = self._text.text
            self._side = ""
            return
        if event.kind == "end" and event.name == "mrk" and self._marks:
            mark = self._marks.pop()
            if mark is not None:
                self._unit.parts.setdefault(self._side, {})[mark[0]] = mark[1].text
        for mark in self._marks:
            if mark is not None:
                mark[1].add(event)
        if event.kind == "start" and event.name == "mrk":
            is_segment = event.get("mtype") == "seg"
            self._marks.append((event.get("mid"), SegmentText(self._path)) if is_segment else None)
        self._text.add(event)


def _is_swapped(file: PairFile, unit: _Unit) -> bool:
    """Return whether a unit is from the target language into the source language.

    Raises:
        DataError: It is in other languages.
    """
    wanted = file.options.source_language, file.options.target_language
    if file.source is not None or file.target is not None:
        wanted = file.languages()
    if not all(wanted) or not all(unit.languages):
        return False
    for swapped in (False, True):
        first, second = reversed(unit.languages) if swapped else unit.languages
        if pick_language(wanted[0], [first]) and pick_language(wanted[1], [second]):
            return swapped
    raise DataError(
        f"{file.path}: is from {unit.languages[0]!r} into {unit.languages[1]!r}, not from "
        f"{wanted[0]!r} into {wanted[1]!r}"
    )
