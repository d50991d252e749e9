"""Terms of a termbase in TBX: versions 2 (MARTIF) and 3, of any dialect, such as TBX-Basic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from seq2seq.documents.markup import text_of
from seq2seq.documents.xml_content import content_pieces
from seq2seq.documents.xml_tokens import Token, unescape, xml_tokens
from seq2seq.errors import DataError

ROOTS = ("martif", "tbx")
_ENTRIES = ("termEntry", "conceptEntry")
_LANGUAGES = ("langSet", "langSec")
_TERMS = ("tig", "ntig", "termSec")
_STATUS = ("administrativeStatus", "normativeAuthorization")


@dataclass(frozen=True)
class Name:
    """A term of a concept, in one language.

    Attributes:
        text: The term.
        rank: 0 if it is preferred, 2 if it is not to be used, else 1.
    """

    text: str
    rank: int


@dataclass(frozen=True)
class Concept:
    """A concept: its terms by the codes of their languages, in lowercase."""

    names: dict[str, list[Name]]

    def of(self, code: str) -> list[Name]:
        """Return the terms of a language; those of "en" may be of "en-US"."""
        found = [one for name, one in self.names.items() if code and name.split("-")[0] == code]
        return [name for names in found for name in names]


def tbx_concepts(text: str) -> Iterator[Concept]:
    """Yield the concepts of a termbase.

    Args:
        text: Content of the file.

    Raises:
        DataError: The text is no TBX, not well-formed, or declares entities.
    """
    tokens = xml_tokens(text)
    root = next((token for token in tokens if token.kind == "start"), None)
    if root is None or root.local not in ROOTS:
        raise DataError("not a termbase: its first element is neither martif nor tbx")
    for place in _inside(tokens, 0, len(tokens), _ENTRIES):
        names: dict[str, list[Name]] = {}
        for language in _inside(tokens, place, tokens[place].mate, _LANGUAGES):
            attributes = tokens[language].attributes
            code = attributes.get("xml:lang", attributes.get("lang", ""))
            found = list(_names(text, tokens, language))
            names.setdefault(code.casefold().replace("_", "-"), []).extend(found)
        yield Concept(names)


def _inside(tokens: Sequence[Token], begin: int, end: int, names: Sequence[str]) -> Iterator[int]:
    """Yield the places of the elements with one of these names; none is inside another."""
    place = begin
    while place < end:
        token = tokens[place]
        if token.kind == "start" and token.local in names:
            yield place
            place = token.mate
        place += 1


def _names(text: str, tokens: Sequence[Token], language: int) -> Iterator[Name]:
    for group in _inside(tokens, language, tokens[language].mate, _TERMS):
        end = tokens[group].mate
        for term in _inside(tokens, group, end, ("term",)):
            pieces = content_pieces(text, tokens, term + 1, tokens[term].mate, lambda token: None)
            found = " ".join(text_of(pieces).split())
            if found:
                yield Name(found, _rank(text, tokens, group, end))


def _rank(text: str, tokens: Sequence[Token], begin: int, end: int) -> int:
    """Return the rank of a term by its status, such as "deprecatedTerm-admn-sts"."""
    for place in range(begin, end):
        token = tokens[place]
        kind = token.attributes.get("type", token.local) if token.kind == "start" else ""
        if kind not in _STATUS:
            continue
        inner = tokens[place : token.mate]
        status = "".join(unescape(text[one.begin : one.end]) for one in inner if one.kind == "text")
        if status.strip().startswith("preferred"):
            return 0
        if status.strip().startswith(("deprecated", "superseded")):
            return 2
    return 1
