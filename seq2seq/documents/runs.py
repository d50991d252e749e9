"""Runs of Office files: stretches of text of one format each, as the markup of a paragraph.

The format that most of the text has counts as none. A run in another format is an element of inline
markup, so that a translation has its words in the formats of theirs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from seq2seq.documents.document import Edit, Segment, Slot, Target
from seq2seq.documents.markup import Mark, Piece, Pieces, joined, text_of
from seq2seq.documents.xml_content import children
from seq2seq.documents.xml_tokens import Token, escape, unescape

CONTAINERS = frozenset(("hyperlink", "ins", "moveTo", "smartTag"))
"""Elements in a paragraph that hold runs."""

KEPT = frozenset(
    [
        "bookmarkStart",
        "bookmarkEnd",
        "commentRangeStart",
        "commentRangeEnd",
        "permStart",
        "permEnd",
        "del",
        "moveFrom",
        "moveFromRangeStart",
        "moveFromRangeEnd",
        "moveToRangeStart",
        "moveToRangeEnd",
        "fldSimple",
    ]
)
"""Elements in a paragraph that are kept whole, as a part of a sentence."""

_IGNORED = re.compile(r"<(?:\w+:)?(?:lang|noProof)(?:\s[^<>]*)?/>")
"""Matches properties of a run that are not seen: runs that differ only in them are alike."""

_LETTER = re.compile(r"[^\W\d_]")
_PLAIN = frozenset(("rPr", "t", "lastRenderedPageBreak"))
_RUN = "run "


@dataclass
class _Item:
    """Part of a paragraph: a run with its text, or markup.

    Attributes:
        begin: Where it begins in the XML text.
        end: Where it ends.
        mark: The markup; None for a run.
        text: The text of a run.
        opening: What is before the text of a run.
        key: The properties of a run.
        closing: What is after the text of a run.
    """

    begin: int
    end: int
    mark: Mark | None = None
    text: str = ""
    opening: str = ""
    key: str = ""
    closing: str = ""


@dataclass
class RunReader:
    """Reader of paragraphs.

    Attributes:
        text: The XML text.
        tokens: Its tokens.
    """

    text: str
    tokens: Sequence[Token]
    _stretch: list[_Item] = field(default_factory=list)
    _fields: list[int] = field(default_factory=list)

    def slots(self, paragraph: int) -> Iterator[Slot]:
        """Yield the slots of a paragraph: one, or several if something divides its text.

        Args:
            paragraph: Place of the element around the runs.
        """
        self._stretch = []
        self._fields = []
        yield from self._content(paragraph)
        yield from self._finished()

    def _content(self, parent: int) -> Iterator[Slot]:
        for place in children(self.tokens, parent):
            token = self.tokens[place]
            end = self.tokens[token.mate].end
            if token.local == "r":
                yield from self._run(place)
            elif self._fields:
                continue  # the whole field becomes a mark when it ends
            elif token.local == "proofErr":
                continue  # the remark of a spelling checker is void once the text has changed
            elif token.local in CONTAINERS and token.mate > place + 1:
                self._add(token.begin, token.end, Mark(self._raw(token), "open", token.local))
                yield from self._content(place)
                last = self.tokens[token.mate]
                self._add(last.begin, last.end, Mark(self._raw(last), "close", token.local))
            elif token.local in KEPT and not self._has_paragraph(place):
                self._add(token.begin, end, Mark(self.text[token.begin : end]))
            else:
                yield from self._finished()
                if token.local == "sdt":
                    yield from self._controls(place)

    def _controls(self, place: int) -> Iterator[Slot]:
        """Yield the slots of runs in a content control."""
        for inner in children(self.tokens, place):
            if self.tokens[inner].local == "sdtContent":
                yield from self._content(inner)
                yield from self._finished()

    def _run(self, place: int) -> Iterator[Slot]:
        """Take a run as text, as markup, or as something that divides the paragraph."""
        token = self.tokens[place]
        end = self.tokens[token.mate].end
        inner = list(children(self.tokens, place))
        names = {self.tokens[one].local for one in inner}
        kinds = [
            self.tokens[one].attributes.get(f"{token.name.removesuffix('r')}fldCharType", "")
            for one in inner
            if self.tokens[one].local == "fldChar"
        ]
        if kinds or self._fields:
            self._field(token.begin, end, kinds)
        elif "t" in names and names <= _PLAIN:
            self._stretch.append(self._text_run(place, inner))
        elif (
            "t" not in names and not names & {"br", "tab", "cr"} and not self._has_paragraph(place)
        ):
            self._add(token.begin, end, Mark(self.text[token.begin : end]))
        else:
            yield from self._finished()
            yield from self._single_texts(inner)

    def _field(self, begin: int, end: int, kinds: Sequence[str]) -> None:
        """Gather the runs of a field, and take all of them for one mark."""
        for kind in kinds:
            if kind == "begin":
                self._fields.append(begin)
            elif kind == "end" and self._fields:
                first = self._fields.pop()
                if not self._fields:
                    self._add(first, end, Mark(self.text[first:end]))

    def _text_run(self, place: int, inner: Sequence[int]) -> _Item:
        token = self.tokens[place]
        last = self.tokens[token.mate]
        properties = "".join(self._whole(one) for one in inner if self.tokens[one].local == "rPr")
        texts = [self._inner_text(one) for one in inner if self.tokens[one].local == "t"]
        prefix = token.name.removesuffix("r")
        return _Item(
            token.begin,
            last.end,
            text="".join(texts),
            opening=f'{self._raw(token)}{properties}<{prefix}t xml:space="preserve">',
            key=_IGNORED.sub("", properties).replace(f"<{prefix}rPr></{prefix}rPr>", ""),
            closing=f"</{prefix}t></{token.name}>",
        )

    def _single_texts(self, inner: Sequence[int]) -> Iterator[Slot]:
        """Yield a slot for each text of a run that has other things, too, such as tabs."""
        for place in inner:
            token = self.tokens[place]
            value = self._inner_text(place) if token.local == "t" else ""
            if _LETTER.search(value):
                yield text_slot(value, token, self.tokens[token.mate].begin)

    def _finished(self) -> Iterator[Slot]:
        """Yield the slot of what was gathered, without the markup around its text."""
        items = self._stretch
        self._stretch = []
        items = _trimmed(items)
        if any(_LETTER.search(item.text) for item in items):
            yield _stretch_slot(items)

    def _add(self, begin: int, end: int, mark: Mark) -> None:
        self._stretch.append(_Item(begin, end, mark))

    def _raw(self, token: Token) -> str:
        return self.text[token.begin : token.end]

    def _whole(self, place: int) -> str:
        token = self.tokens[place]
        return self.text[token.begin : self.tokens[token.mate].end]

    def _inner_text(self, place: int) -> str:
        inner = self.tokens[place + 1 : self.tokens[place].mate]
        return "".join(unescape(self._raw(one)) for one in inner if one.kind == "text")

    def _has_paragraph(self, place: int) -> bool:
        """Return whether an element holds paragraphs, as a text box does."""
        inner = self.tokens[place : self.tokens[place].mate]
        return any(one.kind == "start" and one.local == "p" for one in inner)


def text_slot(value: str, start: Token, end: int) -> Slot:
    """Return the slot of an element that holds only text.

    Args:
        value: Its text.
        start: Its start tag.
        end: Where its text ends.
    """
    pieces: Pieces = (value,)
    return Slot(
        Segment(pieces, pieces),
        lambda target: [Edit(start.end, end, escape(text_of(target.pieces)))],
    )


def _trimmed(items: list[_Item]) -> list[_Item]:
    """Return a stretch without marks at its ends, as long as it keeps both halves of each pair."""
    while items and items[0].mark is not None and not _is_paired(items, 0):
        items = items[1:]
    while items and items[-1].mark is not None and not _is_paired(items, len(items) - 1):
        items = items[:-1]
    return items


def _is_paired(items: Sequence[_Item], place: int) -> bool:
    """Return whether the other half of a mark is in the stretch, with text between."""
    mark = items[place].mark
    assert mark is not None  # the caller knows
    others = [one.mark for one in items if one.mark is not None and one.mark.name == mark.name]
    wanted = {"open": "close", "close": "open"}.get(mark.kind)
    return any(one.kind == wanted for one in others)


def _stretch_slot(items: Sequence[_Item]) -> Slot:
    lengths: Counter[str] = Counter()
    for item in items:
        lengths[item.key] += len(item.text) if item.mark is None else 0
    base = max(lengths, key=lambda key: (lengths[key], key == ""))
    main = next(item for item in items if item.mark is None and item.key == base)
    pieces: list[Piece] = []
    last: _Item | None = None
    for item in items:
        if item.mark is not None:
            pieces.append(item.mark)
        elif item.key == base:
            pieces.append(item.text)
        elif last is not None and last.mark is None and last.key == item.key:
            pieces[-1:-1] = [item.text]  # before the end of the run before
        else:
            pieces += (
                Mark(item.opening, "open", _RUN + item.key),
                item.text,
                Mark(item.closing, "close", _RUN + item.key),
            )
        last = item
    whole = joined(pieces)

    def edits(target: Target) -> list[Edit]:
        return [Edit(items[0].begin, items[-1].end, _encode(target.pieces, main))]

    return Slot(Segment(whole, whole), edits)


def _encode(pieces: Pieces, main: _Item) -> str:
    """Write a stretch; text outside all runs gets the main one around it."""
    written = ""
    inside = False
    for piece in pieces:
        if isinstance(piece, Mark):
            written += piece.raw
            inside = piece.kind == "open" if piece.name.startswith(_RUN) else inside
        elif inside:
            written += escape(piece)
        else:
            written += main.opening + escape(piece) + main.closing
    return written
