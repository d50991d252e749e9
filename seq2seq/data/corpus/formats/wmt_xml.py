"""Test sets in XML: those of WMT since 2021, those of IWSLT, and other files named .xml."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from seq2seq.data.corpus.formats.mteval import MAX_SET, read_mteval
from seq2seq.data.corpus.formats.tmx import read_tmx
from seq2seq.data.corpus.formats.xliff import read_xliff
from seq2seq.data.corpus.formats.xml_pairs import SegmentText, events_of, pick_language
from seq2seq.data.corpus.readers import READERS, PairFile, Reader, Row
from seq2seq.documents.xml_stream import Event
from seq2seq.errors import DataError

_ROOT = re.compile(rb"<(?:\w+:)?([A-Za-z]\w*)")
_HEAD = 1 << 12
"""Number of bytes in which the first element begins."""


@READERS.register(".xml")
def read_xml(file: PairFile) -> Iterable[Row] | Iterable[pa.Table]:
    """Return the pairs of an XML file, by its first element."""
    with file.open_text() as stream:
        found = _ROOT.search(stream.peek(_HEAD)[:_HEAD])
    root = found[1].decode("ascii") if found else ""
    readers: Mapping[str, Reader] = {
        "dataset": read_wmt,
        "mteval": read_mteval,
        "srcset": read_mteval,
        "refset": read_mteval,
        "tmx": read_tmx,
        "xliff": read_xliff,
    }
    if root not in readers:
        raise DataError(
            f"{file.path}: XML that holds no pairs known here: its first element is {root!r}, not "
            f"one of {', '.join(readers)}"
        )
    return readers[root](file)


@dataclass
class _Side:
    """The source of a document, or one of its references.

    Attributes:
        language: Code of its language.
        texts: Text of each segment, by its id.
    """

    language: str
    texts: dict[str, str] = field(default_factory=dict)


@dataclass
class _Document:
    """A document with its references."""

    source: _Side | None = None
    references: list[_Side] = field(default_factory=list)


def read_wmt(file: PairFile) -> Iterator[Row]:
    """Yield the pairs of a test set of WMT, without test suites and without what has no reference.

    A segment's first reference is its target.
    """
    left_out = 0
    pairs = 0
    for document in _documents(file.path, events_of(file, "dataset")):
        references = _wanted(file, document.references)
        for name, source in (document.source.texts if document.source else {}).items():
            found = [one.texts[name] for one in references if one.texts.get(name)]
            if found:
                pairs += 1
                yield source, found[0], found[1:]
            left_out += not found
    if left_out:
        file.say(f"left out {left_out:,} of {left_out + pairs:,} segments, without a reference")


def _wanted(file: PairFile, references: list[_Side]) -> list[_Side]:
    """Return the references in the target language, by default the language of the first.

    Raises:
        DataError: There are references, but none in that language.
    """
    wanted = file.target if isinstance(file.target, str) else file.options.target_language
    languages = [one.language for one in references]
    if not languages:
        return []
    chosen = pick_language(wanted, languages) if wanted else languages[0]
    if chosen is None:
        there = ", ".join(dict.fromkeys(languages))
        raise DataError(f"{file.path}: has no reference in {wanted!r}; its references are: {there}")
    return [one for one in references if one.language == chosen]


def _documents(path: str, events: Iterable[Event]) -> Iterator[_Document]:
    """Yield the documents."""
    document: _Document | None = None
    side: _Side | None = None
    segment: SegmentText | None = None
    name = ""
    size = 0
    for event in events:
        if segment is not None:
            if event.kind == "end" and event.name == "seg" and segment.is_at_top:
                if side is not None:
                    side.texts.setdefault(name, segment.text)
                size += len(segment.text)
                if size > MAX_SET:
                    raise DataError(f"{path}: a document has more than {MAX_SET:,} characters")
                segment = None
            else:
                segment.add(event)
        elif event.kind == "start" and event.name == "doc":
            document = None if event.get("testsuite") else _Document()
            size = 0
        elif event.kind == "start" and event.name in ("src", "ref", "hyp"):
            side = _Side(event.get("lang"))
            if document is not None and event.name == "src":
                document.source = side
            elif document is not None and event.name == "ref":
                document.references.append(side)
        elif event.kind == "start" and event.name == "seg":
            segment = SegmentText(path)
            name = event.get("id")
        elif event.kind == "end" and event.name == "doc" and document is not None:
            yield document
