"""Elements and texts of an XML stream, one after the other, in bounded memory.

The rules are those of `xml_tokens`: the parser is expat, and entities are refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Literal
from xml.parsers import expat

from seq2seq.documents.xml_tokens import MAX_DEPTH, refuse_entity
from seq2seq.errors import DataError

_CHUNK = 1 << 16
_INVALID = expat.errors.codes[expat.errors.XML_ERROR_INVALID_TOKEN]

MAX_SILENT = 1 << 23
"""Maximum number of bytes of a tag or a comment."""


@dataclass(frozen=True, slots=True)
class Event:
    """Part of an XML text.

    Attributes:
        kind: "start", "end" or "text".
        name: Name of the element, without its prefix.
        attributes: Attributes of a start.
        text: The characters of a text, which may come in several events.
    """

    kind: Literal["start", "end", "text"]
    name: str = ""
    attributes: Mapping[str, str] | None = None
    text: str = ""

    def get(self, name: str) -> str:
        """Return an attribute; "" if the element has none of this name."""
        return (self.attributes or {}).get(name, "")


class InvalidTextError(DataError):
    """A stream is not UTF-8.

    Args:
        line: Number of the line, from 1.
    """

    def __init__(self, line: int) -> None:
        super().__init__(f"not UTF-8 in line {line:,}")
        self.line = line


class _Listener:
    """Handlers of expat that gather what it finds."""

    def __init__(self) -> None:
        self.found: list[Event] = []
        self.depth = 0
        self.parser = expat.ParserCreate("utf-8")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.EntityDeclHandler = refuse_entity

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise DataError(f"XML nested more than {MAX_DEPTH} deep")
        self.found.append(Event("start", name.rpartition(":")[2], attributes))

    def _end(self, name: str) -> None:
        self.depth -= 1
        self.found.append(Event("end", name.rpartition(":")[2]))

    def _text(self, text: str) -> None:
        self.found.append(Event("text", text=text))


def xml_events(stream: BinaryIO) -> Iterator[Event]:
    """Yield the elements and texts of an XML stream.

    Args:
        stream: The XML text in UTF-8, whatever encoding it declares.

    Raises:
        InvalidTextError: The stream is not UTF-8.
        DataError: The text is not well-formed, declares entities, is nested too deeply, or has a
            tag that does not end.
    """
    listener = _Listener()
    silent = 0
    while True:
        data = stream.read(_CHUNK)
        try:
            listener.parser.Parse(data, not data)
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code)
            if error.code == _INVALID and not _is_utf8(data):
                raise InvalidTextError(error.lineno) from None
            raise DataError(f"not well-formed XML: {reason} in line {error.lineno:,}") from None
        silent = 0 if listener.found else silent + len(data)
        if silent > MAX_SILENT:
            raise DataError(f"not XML: a tag or comment of more than {MAX_SILENT:,} bytes")
        yield from listener.found
        listener.found.clear()
        if not data:
            return


def _is_utf8(data: bytes) -> bool:
    """Return whether part of a text is UTF-8; a character may be cut at either end."""
    text = data.decode("utf-8", "replace")[3:-3]
    return "\ufffd" not in text or "\ufffd".encode() in data
