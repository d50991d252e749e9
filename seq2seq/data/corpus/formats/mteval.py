"""Test sets of WMT until 2020 and of IWSLT: SGML with a `seg` for each sentence.

Many of these files are no XML: they have bare ampersands, and tags that do not match. So only the
tags of segments and of sets are read. Entities other than those of XML are text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from seq2seq.data.corpus.formats.xml_pairs import MAX_TEXT
from seq2seq.data.corpus.readers import READERS, PairFile, Row
from seq2seq.documents.xml_tokens import refuse_entity
from seq2seq.errors import DataError

SUFFIXES = (".sgm", ".sgml", ".xml")
"""Suffixes of files with one side of a test set."""

MAX_SET = 1 << 27
"""Maximum number of characters of a test set in a single file."""

_TAG = re.compile(r"<(/?)(seg|srcset|refset|tstset)\b[^<>]{0,2000}>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});")
_DECLARATION = re.compile(r"<!ENTITY\b", re.IGNORECASE)


def segments(file: PairFile) -> Iterator[tuple[str, str]]:
    """Yield the segments of a file.

    Args:
        file: The file.

    Yields:
        The kind of set that the segment is in ("srcset", "refset", "tstset", or "" for none), and
        its text.

    Raises:
        DataError: The file declares entities, or has a segment that does not end.
    """
    kind = ""
    parts: list[str] | None = None
    size = 0
    for number, line in enumerate(file.lines(), start=1):
        if _DECLARATION.search(line):
            _refuse(file.path)
        for text, tag in _pieces(line):
            if parts is not None:
                parts.append(text)
                size += len(text)
            if size > MAX_TEXT:
                raise DataError(f"{file.path}, line {number:,}: a segment does not end")
            if tag == "seg":
                parts = []
                size = 0
            elif tag == "/seg" and parts is not None:
                yield kind, _text(" ".join(parts))
                parts = None
            elif tag.endswith("set"):
                kind = "" if tag.startswith("/") else tag
    if parts is not None:
        raise DataError(f"{file.path}: its last segment does not end; the file is cut")


def segment_lines(file: PairFile) -> Iterator[str]:
    """Yield the texts of all segments of a file with one side of a test set."""
    for _, text in segments(file):
        yield text


@READERS.register(".sgm")
@READERS.register(".sgml")
def read_mteval(file: PairFile) -> Iterator[Row]:
    """Yield the pairs of a file that holds both the sources and the references."""
    sides: dict[str, list[str]] = {"srcset": [], "refset": []}
    size = 0
    for kind, text in segments(file):
        size += len(text)
        if size > MAX_SET:
            raise DataError(f"{file.path}: more than {MAX_SET:,} characters; use {{lang}}")
        sides.setdefault(kind, []).append(text)
    sources = sides["srcset"]
    references = sides["refset"]
    if not sources or not references:
        raise DataError(
            f"{file.path}: holds one side of a test set; name both files, with {{lang}} where they "
            "differ: --data newstest2013-{lang}.sgm --source src.es --target ref.en"
        )
    count, rest = divmod(len(references), len(sources))
    if rest:
        raise DataError(f"{file.path}: {len(references):,} references for {len(sources):,} sources")
    for place, source in enumerate(sources):
        first, *others = (references[place + each * len(sources)] for each in range(count))
        yield source, first, others


def _refuse(path: str) -> None:
    try:
        refuse_entity()
    except DataError as error:
        raise DataError(f"{path}: {error}") from None


def _pieces(line: str) -> Iterator[tuple[str, str]]:
    """Yield the text before each tag of a line and the tag, "" at the end of the line."""
    end = 0
    for found in _TAG.finditer(line):
        yield line[end : found.start()], found[1] + found[2].lower()
        end = found.end()
    yield line[end:], ""


def _text(marked: str) -> str:
    """Return a text without entities, with a single space for any white space."""
    plain = _ENTITY.sub(lambda found: html.unescape(found[0]), marked)
    return " ".join(plain.split())
