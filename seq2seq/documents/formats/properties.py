"""Resource bundles of Java: key=value, with escapes and continued lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from seq2seq.documents.document import (
    FORMATS,
    Document,
    DocumentFormat,
    ReadOptions,
    Slot,
    SpanDocument,
    slot,
)
from seq2seq.documents.encodings import Decoded, decode
from seq2seq.documents.markup import Pieces, tagged, untagged
from seq2seq.errors import DataError

_LOGICAL_LINE = re.compile(r"(?:[^\\\r\n]|\\(?:\r\n|[\s\S]))*")
_KEY = re.compile(r"[ \t\f]*(?:[^\\\s:=]|\\[\s\S])*[ \t\f]*[:=]?(?:[ \t\f]|\\\r?\n[ \t\f]*)*")
_ESCAPE = re.compile(
    r"\\(?:u(?P<code>[0-9A-Fa-f]{4})|(?P<join>\r\n|\r|\n)[ \t\f]*|(?P<one>[\s\S]))"
)
_LETTERS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_ARGUMENT = re.compile(r"\{\d")
_SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]")


@FORMATS.register("properties")
class Properties(DocumentFormat):
    """Java properties, in UTF-8 or Latin-1."""

    suffixes = (".properties",)
    title = "a Java properties file"

    def read(self, data: bytes, options: ReadOptions) -> Document:
        """Find the values of a file."""
        try:
            decoded = decode(data)
        except DataError:
            decoded = decode(data, "latin-1")
        if decoded.text.isascii():  # read as Latin-1 by old programs: keep to escapes
            decoded = Decoded(decoded.text, "ascii", decoded.mark)
        return SpanDocument(decoded, list(_slots(decoded.text)), escape=_escaped_character)


def _slots(text: str) -> Iterator[Slot]:
    at = 0
    while at < len(text):
        line = _LOGICAL_LINE.match(text, at)
        assert line is not None  # it may be empty
        at = line.end() + 1
        if line[0].lstrip(" \t\f")[:1] in ("", "#", "!"):
            if line[0].lstrip(" \t\f")[:1]:  # a comment is never continued
                at = _line_end(text, line.start()) + 1
            continue
        key = _KEY.match(text, line.start(), line.end())
        begin = key.end() if key else line.start()
        raw = text[begin : line.end()].rstrip()
        value = unescape(raw)
        if value.strip():
            yield _value_slot(value, begin, begin + len(raw))


def _line_end(text: str, begin: int) -> int:
    found = re.compile(r"[\r\n]|$").search(text, begin)
    return found.start() if found else len(text)


def _value_slot(value: str, begin: int, end: int) -> Slot:
    """Return the slot of a value; in a message with arguments, an apostrophe is doubled."""
    if not _ARGUMENT.search(value):
        return slot(tagged(value), begin, end, _escaped)
    return slot(
        tagged(value.replace("''", "'")),
        begin,
        end,
        lambda pieces: _escaped((untagged(pieces).replace("'", "''"),)),
    )


def unescape(raw: str) -> str:
    """Return the text of a value."""

    def plain(found: re.Match[str]) -> str:
        if found["code"]:
            return chr(int(found["code"], 16))
        return "" if found["join"] else _LETTERS.get(found["one"], found["one"])

    text = _ESCAPE.sub(plain, raw)
    paired = _SURROGATES.sub(
        lambda pair: pair[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le"), text
    )
    return paired.encode("utf-8", "replace").decode("utf-8")


def _escaped(pieces: Pieces) -> str:
    text = untagged(pieces).replace("\\", "\\\\")
    for letter, character in _LETTERS.items():
        text = text.replace(character, f"\\{letter}")
    return "\\" + text if text[:1] == " " else text


def _escaped_character(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex().upper()}" for at in range(0, len(units), 2))
