"""TMX: units of a translation memory that lack a translation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from seq2seq.documents.document import (
    FORMATS,
    Document,
    DocumentFormat,
    Edit,
    ReadOptions,
    Segment,
    Slot,
    SpanDocument,
    Target,
)
from seq2seq.documents.encodings import Decoded
from seq2seq.documents.markup import Kind, Pieces, text_of
from seq2seq.documents.tmx_units import Unit, Variant, tmx_units
from seq2seq.documents.xml_content import content_pieces, encode, space_before
from seq2seq.documents.xml_tokens import Token, decode_xml, escape_character, xml_tokens
from seq2seq.errors import DataError

_PAIRS: dict[str, Kind] = {"bpt": "open", "ept": "close"}


@FORMATS.register("tmx")
class Tmx(DocumentFormat):
    """Translation memories, in which a language is filled in."""

    suffixes = (".tmx",)
    title = "TMX"

    def read(self, data: bytes, options: ReadOptions) -> Document:
        """Find the units in the source language."""
        decoded = decode_xml(data)
        tokens = xml_tokens(decoded.text)
        reader = _Reader(decoded, tokens, options, options.source or _declared(tokens))
        units = tmx_units(decoded.text)
        slots = [one for unit in units for one in reader.slots(unit)]
        return SpanDocument(decoded, slots, escape_character)


def _kept(token: Token) -> tuple[Kind, str]:
    """Return the kind and the name of an element in a segment: all stand for markup."""
    return _PAIRS.get(token.local, "alone"), f"pair {token.attributes.get('i', '')}"


def _declared(tokens: list[Token]) -> str:
    """Return the code of the source language as the file declares it."""
    declared = next(
        (one.attributes.get("srclang", "") for one in tokens if one.local == "header"), ""
    )
    return declared.casefold().replace("_", "-").split("-")[0]


@dataclass(frozen=True)
class _Reader:
    decoded: Decoded
    tokens: list[Token]
    options: ReadOptions
    source: str

    def slots(self, unit: Unit) -> Iterator[Slot]:
        """Yield the slot of a unit, if it is in the source language."""
        source = unit.variant(self.source)
        target = unit.variant(self.options.target)
        if source is None or source is target:
            return
        current = None if target is None else self._pieces(target)
        if not self.options.everything and current and text_of(current).strip():
            return
        last = unit.variants[-1]

        def edits(found: Target) -> list[Edit]:
            return [self._replaced(target, found) or self._added(last, found)]

        yield Slot(Segment(self._pieces(source), current or None), edits)

    def _pieces(self, variant: Variant) -> Pieces:
        begin, end = variant.inner
        return content_pieces(self.decoded.text, self.tokens, begin, end, _kept)

    def _replaced(self, target: Variant | None, found: Target) -> Edit | None:
        if target is None:
            return None
        first, last = target.inner
        start = self.tokens[first - 1]
        tag = self.decoded.text[start.begin : start.end]
        if tag.endswith("/>"):
            content = f"{tag[:-2].rstrip()}>{encode(found.pieces)}</{start.name}>"
            return Edit(start.begin, start.end, content)
        return Edit(start.end, self.tokens[last].begin, encode(found.pieces))

    def _added(self, last: Variant, found: Target) -> Edit:
        if not self.options.target:
            raise DataError("the target language of the model is not known; name it with --to")
        text = self.decoded.text
        at = self.tokens[last.end].end
        space = space_before(text, self.tokens[last.begin])
        confidence = "" if found.confidence is None else f" {found.confidence:.2f}"
        note = f"<note>doubtful{confidence}</note>" if found.doubtful else ""
        content = f"{note}<seg>{encode(found.pieces)}</seg>"
        has = self.tokens[last.begin].attributes
        name = "lang" if "lang" in has and "xml:lang" not in has else "xml:lang"  # TMX before 1.4
        return Edit(at, at, f'{space}<tuv {name}="{self.options.target}">{content}</tuv>')
