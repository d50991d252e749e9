"""Tokens of an XML text with their places, so that parts of it can be replaced.

The parser is expat, of the standard library. A document that declares entities is refused: with
them a small file can stand for gigabytes, or for other files.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from xml.parsers import expat

from seq2seq.documents.encodings import Decoded, decode
from seq2seq.errors import DataError

MAX_DEPTH = 256
"""Maximum nesting of elements."""

_DECLARED = re.compile(rb"<\?xml[^>]{0,200}encoding\s*=\s*[\"']([\w.:-]+)[\"']")


@dataclass(frozen=True, slots=True)
class Token:
    """Part of an XML text.

    Attributes:
        kind: "start", "end", "text", or "other" for comments and the like.
        name: Name of the element, with its prefix.
        attributes: Attributes of a start.
        begin: Where the token begins in the text.
        end: Where it ends. The end of an empty element, <x/>, has no characters of its own.
        mate: Place of the other end of the element among the tokens.
    """

    kind: str
    name: str
    attributes: Mapping[str, str]
    begin: int
    end: int
    mate: int = -1

    @property
    def local(self) -> str:
        """Name of the element without its prefix."""
        return self.name.rpartition(":")[2]


def decode_xml(data: bytes) -> Decoded:
    """Decode an XML file by its byte-order mark, or as it declares.

    Raises:
        DataError: The file is in another encoding.
    """
    return decode(data, declared_encoding(data))


def declared_encoding(beginning: bytes) -> str:
    """Return the encoding that an XML file declares; "" if it declares none."""
    declared = _DECLARED.match(beginning)
    return declared[1].decode("ascii") if declared else ""


def refuse_entity(*declared: object) -> None:
    """Raise DataError: a handler of expat for the declaration of an entity."""
    raise DataError("declares entities, which are not read; write the characters themselves")


class _Scanner:
    """Handlers of expat that note each token and the byte where it begins."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str, dict[str, str], int]] = []
        self.depth = 0
        self.parser = expat.ParserCreate("utf-8")
        self.parser.buffer_text = False
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.EntityDeclHandler = refuse_entity
        for name in (
            "Comment",
            "ProcessingInstruction",
            "XmlDecl",
            "StartDoctypeDecl",
            "EndDoctypeDecl",
            "StartCdataSection",
            "EndCdataSection",
            "Default",
        ):
            setattr(self.parser, f"{name}Handler", self._other)

    def _note(self, kind: str, name: str = "", attributes: dict[str, str] | None = None) -> None:
        self.found.append((kind, name, attributes or {}, self.parser.CurrentByteIndex))

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise DataError(f"XML nested more than {MAX_DEPTH} deep")
        self._note("start", name, attributes)

    def _end(self, name: str) -> None:
        self.depth -= 1
        self._note("end", name)

    def _text(self, data: str) -> None:
        if not (self.found and self.found[-1][0] == "text"):
            self._note("text")

    def _other(self, *data: object) -> None:
        self._note("other")


def xml_tokens(text: str) -> list[Token]:
    """Return the tokens of an XML text, which together are the text.

    Args:
        text: The text.

    Returns:
        The tokens. CDATA sections are of kind "other".

    Raises:
        DataError: The text is not well-formed, declares entities or is nested too deeply.
    """
    data = text.encode("utf-8", "surrogatepass")
    scanner = _Scanner()
    try:
        scanner.parser.Parse(data, True)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        raise DataError(f"not well-formed XML: {reason} in line {error.lineno:,}") from None
    except UnicodeDecodeError:
        raise DataError("not well-formed XML: an invalid character") from None
    return _with_mates(_with_ends(scanner.found, data))


def _with_ends(found: Sequence[tuple[str, str, dict[str, str], int]], data: bytes) -> list[Token]:
    """Return tokens with their places in characters."""
    counter = codecs.getincrementaldecoder("utf-8")("surrogatepass")
    places: list[int] = []
    before = 0
    characters = 0
    for byte in [*(one[3] for one in found), len(data)]:
        at = max(byte, before)
        characters += len(counter.decode(data[before:at]))
        before = at
        places.append(characters)
    tokens: list[Token] = []
    for number, (kind, name, attributes, _) in enumerate(found):
        begin = places[number]
        end = places[number + 1]
        tokens.append(Token(kind, name, attributes, begin, end))
    return _empty_elements(tokens)


def _empty_elements(tokens: list[Token]) -> list[Token]:
    """Give an empty element's characters to its start, which shares its place with its end."""
    for number, token in enumerate(tokens[1:], 1):
        before = tokens[number - 1]
        if token.kind == "end" and before.kind == "start" and before.begin == token.begin:
            tokens[number - 1] = replace(before, end=token.end)
            tokens[number] = replace(token, begin=token.end)
    return tokens


def _with_mates(tokens: list[Token]) -> list[Token]:
    waiting: list[int] = []
    for number, token in enumerate(tokens):
        if token.kind == "start":
            waiting.append(number)
        elif token.kind == "end":
            start = waiting.pop()
            tokens[start] = replace(tokens[start], mate=number)
            tokens[number] = replace(token, mate=start)
    return tokens


def unescape(raw: str) -> str:
    """Return the text of a token; only XML's own five entities are known."""
    return html.unescape(raw)


def escape(text: str) -> str:
    """Write a text as XML has it; characters that XML cannot have are dropped."""
    return _FORBIDDEN.sub("", html.escape(text, quote=False))


def escape_character(character: str) -> str:
    """Write a character that the encoding of a file lacks."""
    return f"&#{ord(character)};"


_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
