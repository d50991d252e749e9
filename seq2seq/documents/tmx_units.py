"""Units of a translation memory in TMX, with their places in the text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from seq2seq.documents.xml_tokens import Token, unescape, xml_tokens
from seq2seq.errors import DataError


@dataclass(frozen=True)
class Variant:
    """Text of a unit in one language.

    Attributes:
        language: Its code, such as "en-US".
        begin: Place of its first token, <tuv>.
        end: Place of its last token.
        inner: Places of the first token of its segment, and after the last, without <seg> itself.
        content: These tokens.
    """

    language: str
    begin: int
    end: int
    inner: tuple[int, int]
    content: list[Token]

    def plain(self, text: str) -> str:
        """Return its text; "" if it has markup."""
        if any(token.kind != "text" for token in self.content):
            return ""
        return "".join(unescape(text[token.begin : token.end]) for token in self.content)


@dataclass(frozen=True)
class Unit:
    """A text in several languages."""

    variants: list[Variant]

    def variant(self, code: str) -> Variant | None:
        """Return the text in a language: with this code, else one with a region, "en-US"."""
        found = [one for one in self.variants if code and one.language.split("-")[0] == code]
        return min(found, key=lambda one: len(one.language), default=None)


def tmx_units(text: str) -> Iterator[Unit]:
    """Yield the units of a TMX text.

    Raises:
        DataError: The text is no TMX, or not well-formed.
    """
    tokens = xml_tokens(text)
    root = next((token for token in tokens if token.kind == "start"), None)
    if root is None or root.local != "tmx":
        raise DataError("not a translation memory: its first element is not tmx")
    for token in tokens:
        if token.kind == "start" and token.local == "tu":
            begin = tokens[token.mate].mate
            yield Unit(list(_variants(tokens, begin, token.mate)))


def _variants(tokens: list[Token], begin: int, end: int) -> Iterator[Variant]:
    for place in range(begin, end):
        token = tokens[place]
        if token.kind != "start" or token.local != "tuv":
            continue
        language = token.attributes.get("xml:lang", token.attributes.get("lang", ""))
        segments = [
            inner
            for inner in range(place, token.mate)
            if tokens[inner].kind == "start" and tokens[inner].local == "seg"
        ]
        if segments:
            first = segments[0]
            inner = first + 1, tokens[first].mate
            code = language.casefold().replace("_", "-")
            yield Variant(code, place, token.mate, inner, tokens[slice(*inner)])
