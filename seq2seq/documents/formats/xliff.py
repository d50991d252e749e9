"""XLIFF 1.2 and 2.x: units without a translation, with the state of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
from seq2seq.documents.markup import Kind, Pieces, text_of
from seq2seq.documents.xml_content import (
    child,
    content_pieces,
    encode,
    space_before,
    with_attributes,
)
from seq2seq.documents.xml_tokens import Token, decode_xml, escape_character, xml_tokens
from seq2seq.errors import DataError

_OPENING = {"bpt", "bx", "sc", "sm"}
_CLOSING = {"ept", "ex", "ec", "em"}
_WHOLE = {"x", "ph", "it", "sub", "cp"}
_UNFINISHED = {"new", "needs-translation", "initial"}
"""States of a translation that is still to be made."""


@FORMATS.register("xliff")
class Xliff(DocumentFormat):
    """XLIFF of the versions 1.x and 2.x."""

    suffixes = (".xlf", ".xliff", ".sdlxliff", ".mqxliff", ".mxliff")
    title = "XLIFF"

    def read(self, data: bytes, options: ReadOptions) -> Document:
        """Find the units of a file."""
        decoded = decode_xml(data)
        tokens = xml_tokens(decoded.text)
        root = next((token for token in tokens if token.kind == "start"), None)
        if root is None or root.local != "xliff":
            raise DataError("not XLIFF: its first element is not xliff")
        version = root.attributes.get("version", "")
        if version[:2] not in ("1.", "2."):
            raise DataError(f"XLIFF version {version!r} is not supported; 1.2 and 2.x are")
        reader = _Reader(decoded.text, tokens, version, options.everything)
        document = SpanDocument(decoded, list(reader.slots()), escape_character)
        if version.startswith("2.") and options.target and "trgLang" not in root.attributes:
            tag = decoded.text[root.begin : root.end]
            changed = with_attributes(tag, {"trgLang": options.target})
            document.extra.append(Edit(root.begin, root.end, changed))
        return document


def _kept(token: Token) -> tuple[Kind, str] | None:
    """Return the kind and the name of an element that stands for markup; None for others."""
    given = token.attributes
    if token.local in _OPENING:
        return "open", f"pair {given.get('rid') or given.get('id', '')}"
    if token.local in _CLOSING:
        return "close", f"pair {given.get('rid') or given.get('startRef') or given.get('id', '')}"
    return ("alone", "") if token.local in _WHOLE else None


@dataclass(frozen=True)
class _Reader:
    """Reader of the units of a file.

    Attributes:
        text: The file.
        tokens: Its tokens.
        version: Its version of XLIFF.
        everything: If true, units with a translation are read, too.
    """

    text: str
    tokens: list[Token]
    version: str
    everything: bool

    def slots(self) -> Iterator[Slot]:
        """Yield the slot of each unit."""
        name = "trans-unit" if self.version.startswith("1.") else "segment"
        fixed_until = -1
        for place, token in enumerate(self.tokens):
            if token.kind != "start":
                continue
            if token.attributes.get("translate") == "no" and token.local != "mrk":
                fixed_until = max(fixed_until, token.mate)
            if token.local == name and place > fixed_until:
                source = child(self.tokens, place, "source")
                if source is not None:
                    yield from self._unit(place, source)

    def _unit(self, unit: int, source: int) -> Iterator[Slot]:
        start = self.tokens[unit]
        source = child(self.tokens, unit, "seg-source") or source
        target = child(self.tokens, unit, "target")
        current = None if target is None else self._pieces(target)
        holder = start if self.version.startswith("2.") or target is None else self.tokens[target]
        finished = bool(current and text_of(current).strip()) and (
            holder.attributes.get("state", "") not in _UNFINISHED
        )
        if not self.everything and (finished or start.attributes.get("approved") == "yes"):
            return
        segment = Segment(self._pieces(source), current or None)

        def edits(found: Target) -> list[Edit]:
            return self._edits(unit, source, target, found)

        yield Slot(segment, edits)

    def _pieces(self, place: int) -> Pieces:
        return content_pieces(self.text, self.tokens, place + 1, self.tokens[place].mate, _kept)

    def _edits(self, unit: int, source: int, target: int | None, found: Target) -> list[Edit]:
        """Return the changes that put a translation after a source, with its state."""
        own = {} if self.version.startswith("2.") else _state(found, self.version)
        changes: list[Edit] = []
        if self.version.startswith("2."):
            start = self.tokens[unit]
            tag = with_attributes(self.text[start.begin : start.end], _segment_state(found))
            changes.append(Edit(start.begin, start.end, tag))
        content = encode(found.pieces)
        first = self.tokens[source]
        name = first.name.removesuffix(first.local) + "target"
        if target is None:
            at = self.tokens[first.mate].end
            tag = with_attributes(f"<{name}>", own)
            space = space_before(self.text, self.tokens[self._source(unit)])
            changes.append(Edit(at, at, f"{space}{tag}{content}</{name}>"))
            return changes
        start = self.tokens[target]
        tag = with_attributes(self.text[start.begin : start.end], own)
        if tag.endswith("/>"):
            tag = tag[:-2].rstrip() + ">"
            content += f"</{name}>"
        end = self.tokens[start.mate].begin
        changes.append(Edit(start.begin, end, tag + content))
        return changes

    def _source(self, unit: int) -> int:
        found = child(self.tokens, unit, "source")
        assert found is not None  # a unit without one has no slot
        return found


def _state(target: Target, version: str) -> Mapping[str, str]:
    """Return the attributes of a translation in XLIFF 1."""
    state = "needs-review-translation" if target.doubtful else "translated"
    if version != "1.2":
        return {"state": state}
    return {"state": state, "state-qualifier": "exact-match" if target.reused else "leveraged-mt"}


def _segment_state(target: Target) -> Mapping[str, str]:
    """Return the attributes of a segment in XLIFF 2."""
    return {"state": "translated", "subState": "seq2seq:doubtful" if target.doubtful else ""}
