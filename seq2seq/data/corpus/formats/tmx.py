"""Translation memories in TMX: the units that have a text in both languages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from seq2seq.data.corpus.columns import language_of
from seq2seq.data.corpus.formats.xml_pairs import SegmentText, events_of, pick_language
from seq2seq.data.corpus.readers import READERS, PairFile, Row
from seq2seq.documents.xml_stream import Event
from seq2seq.errors import DataError

_LOOK_AT = 1000
"""Number of units that tell which languages a memory has."""

Unit = dict[str, str]
"""Texts by the code of their language."""


@READERS.register(".tmx")
def read_tmx(file: PairFile) -> Iterator[Row]:
    """Yield the pairs of a translation memory in two of its languages."""
    wanted = file.languages()
    seen = Counter[str]()
    pairs = 0
    units = 0
    for unit in _units(file.path, events_of(file, "tmx")):
        units += 1
        seen.update(unit.keys())
        source, target = (pick_language(language, list(unit)) for language in wanted)
        if source is None or target is None or source == target:
            continue
        pairs += 1
        yield unit[source], unit[target], ()
    if not pairs:
        there = ", ".join(code for code, _ in seen.most_common(20)) or "none"
        raise DataError(
            f"{file.path}: no unit has a text in {wanted[0]!r} and in {wanted[1]!r}; its languages "
            f"are: {there}"
        )
    if pairs < units:
        file.say(f"left out {units - pairs:,} of {units:,} units, which lack one of the languages")


def memory_languages(file: PairFile) -> list[str]:
    """Return the codes of the languages of a translation memory, that of the sources first.

    Args:
        file: The memory. Its first units tell.

    Raises:
        DataError: The file cannot be read.
    """
    codes: dict[str, None] = {}
    source = ""
    units = 0
    for event in events_of(file, "tmx"):
        if event.kind == "start" and event.name == "header":
            source = event.get("srclang")
        elif event.kind == "start" and event.name == "tuv":
            codes[_language(event)] = None
        elif event.kind == "end" and event.name == "tu":
            units += 1
            if units == _LOOK_AT:
                break

    def difference(code: str) -> tuple[bool, bool]:
        return pick_language(source, [code]) is None, language_of(code) != language_of(source)

    return sorted(filter(None, codes), key=difference)


def _units(path: str, events: Iterable[Event]) -> Iterator[Unit]:
    """Yield the units; of two texts in one language, the first."""
    unit: Unit = {}
    language = ""
    segment: SegmentText | None = None
    for event in events:
        if segment is not None:
            if event.kind == "end" and event.name == "seg" and segment.is_at_top:
                unit.setdefault(language, segment.text)
                segment = None
            else:
                segment.add(event)
        elif event.kind == "start" and event.name == "tu":
            unit = {}
        elif event.kind == "start" and event.name == "tuv":
            language = _language(event)
        elif event.kind == "start" and event.name == "seg":
            segment = SegmentText(path)
        elif event.kind == "end" and event.name == "tu":
            yield unit


def _language(event: Event) -> str:
    """Return the code of the language of a tuv element, "" if it has none."""
    return event.get("xml:lang") or event.get("lang")
