"""HTML: the text of each block, with its inline elements, and the texts in attributes."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

from seq2seq.documents.document import (
    FORMATS,
    Document,
    DocumentFormat,
    ReadOptions,
    Slot,
    SpanDocument,
    slot,
)
from seq2seq.documents.encodings import decode
from seq2seq.documents.markup import Kind, Mark, Piece, Pieces, joined, text_of

_INLINE = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "img",
        "ins",
        "label",
        "mark",
        "q",
        "s",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "wbr",
    ]
)
"""Elements that are part of a sentence."""

_CODE = frozenset(["code", "kbd", "samp", "svg", "math", "var"])
"""Elements that are kept whole, as a part of a sentence."""

_SKIPPED = frozenset(
    ["script", "style", "pre", "textarea", "template", "noscript", "object", "iframe", "canvas"]
)
"""Elements whose content is not translated."""

_VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)

_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"(?<=[\s\"'])(?:alt|title|placeholder|aria-label)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')",
    re.IGNORECASE,
)
_DESCRIPTION = re.compile(r"name\s*=\s*[\"']?(?:description|keywords)\b", re.IGNORECASE)
_CONTENT = re.compile(r"\bcontent\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_LETTER = re.compile(r"[^\W\d_]")


@FORMATS.register("html")
class Html(DocumentFormat):
    """Web pages."""

    suffixes = (".html", ".htm", ".xhtml")
    title = "HTML"

    def read(self, data: bytes, options: ReadOptions) -> Document:
        """Find the blocks of text of a page."""
        charset = _CHARSET.search(data[:4096])
        decoded = decode(data, charset[1].decode("ascii") if charset else "")
        return SpanDocument(
            decoded, list(_slots(decoded.text)), escape=lambda one: f"&#{ord(one)};"
        )


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    tag: str
    raw: str
    begin: int

    @property
    def end(self) -> int:
        return self.begin + len(self.raw)


class _Tokenizer(HTMLParser):
    """Parser that notes where each token begins."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=False)
        self._lines = [0, *(found.end() for found in re.finditer("\n", text))]
        self._found: list[tuple[str, str, int]] = []
        self.feed(text)
        self.close()
        begins = [at for *_, at in self._found]
        self.tokens = [
            _Token(kind, tag, text[at:end], at)
            for (kind, tag, at), end in zip(self._found, [*begins[1:], len(text)], strict=False)
        ]

    def _note(self, kind: str, tag: str = "") -> None:
        line, column = self.getpos()
        at = self._lines[line - 1] + column
        if not (self._found and self._found[-1][2] == at):
            self._found.append((kind, tag, at))

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Note a start tag."""
        self._note("empty" if tag in _VOID else "start", tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        """Note the tag of an empty element; in HTML only void ones are."""
        self._note("empty", tag)

    def handle_endtag(self, tag: str) -> None:
        """Note an end tag."""
        self._note("end", tag)

    def handle_data(self, data: str) -> None:
        """Note text."""
        self._note("text")

    def handle_entityref(self, name: str) -> None:
        """Note a character that is written as a name."""
        self._note("text")

    def handle_charref(self, name: str) -> None:
        """Note a character that is written as a number."""
        self._note("text")

    def handle_comment(self, data: str) -> None:
        """Note a comment."""
        self._note("comment")

    def handle_decl(self, decl: str) -> None:
        """Note a declaration."""
        self._note("other")

    def handle_pi(self, data: str) -> None:
        """Note a processing instruction."""
        self._note("other")

    def unknown_decl(self, data: str) -> None:
        """Note what is no HTML."""
        self._note("other")


def _slots(text: str) -> Iterator[Slot]:
    """Yield the slots of a page: blocks of text, and attributes outside them."""
    tokens = _Tokenizer(text).tokens
    run: list[_Token] = []
    place = 0
    while place < len(tokens):
        token = tokens[place]
        following = place + 1
        whole = None
        if token.kind == "start" and (
            token.tag in _SKIPPED or token.tag in _CODE or _is_kept(token.raw)
        ):
            following = _after(tokens, place)
            raw = text[token.begin : tokens[following - 1].end]
            if token.tag in _CODE or token.tag in _INLINE:
                whole = _Token("comment", "", raw, token.begin)
        elif token.kind in ("text", "comment") or token.tag in _INLINE:
            whole = token
        if whole is None:
            yield from _run_slots(run)
            run = []
            if token.kind in ("start", "empty"):
                yield from _attribute_slots(token)
        else:
            run.append(whole)
        place = following
    yield from _run_slots(run)


def _is_kept(raw: str) -> bool:
    """Return whether a tag says that its element is not to be translated."""
    return re.search(r"translate\s*=\s*[\"']?no\b|\bnotranslate\b", raw, re.IGNORECASE) is not None


def _after(tokens: list[_Token], place: int) -> int:
    """Return the place after the end of an element."""
    tag = tokens[place].tag
    depth = 0
    for number in range(place, len(tokens)):
        if tokens[number].tag == tag:
            depth += {"start": 1, "end": -1}.get(tokens[number].kind, 0)
        if depth == 0:
            return number + 1
    return place + 1


def _run_slots(run: list[_Token]) -> Iterator[Slot]:
    """Yield the slot of a block of text, or those of its attributes if it has no letters."""
    run = list(run)
    while run and run[0].kind == "text" and not run[0].raw.strip():
        run.pop(0)
    while run and run[-1].kind == "text" and not run[-1].raw.strip():
        run.pop()
    if not run:
        return
    begin = run[0].begin
    end = run[-1].end
    if run[0].kind == "text":
        begin += len(run[0].raw) - len(run[0].raw.lstrip())
    if run[-1].kind == "text":
        end -= len(run[-1].raw) - len(run[-1].raw.rstrip())
    pieces = _pieces(run)
    if _LETTER.search(text_of(pieces)):
        yield slot(pieces, begin, end, encode)
        return
    for token in run:
        if token.kind in ("start", "empty"):
            yield from _attribute_slots(token)


def _pieces(run: list[_Token]) -> Pieces:
    """Return a block of text in pieces, with white space as a browser shows it."""
    kinds: dict[str, Kind] = {"start": "open", "end": "close"}
    pieces: list[Piece] = [
        html.unescape(token.raw)
        if token.kind == "text"
        else Mark(token.raw, kinds.get(token.kind, "alone"), token.tag)
        for token in run
    ]
    flat = [_SPACE.sub(" ", piece) if isinstance(piece, str) else piece for piece in joined(pieces)]
    if isinstance(flat[0], str):
        flat[0] = flat[0].lstrip(" ")
    if isinstance(flat[-1], str):
        flat[-1] = flat[-1].rstrip(" ")
    return joined(flat)


def encode(pieces: Pieces) -> str:
    """Write pieces as HTML has them."""
    return "".join(
        piece.raw
        if isinstance(piece, Mark)
        else html.escape(piece, quote=False).replace("\xa0", "&nbsp;")
        for piece in pieces
    )


def _attribute_slots(token: _Token) -> Iterator[Slot]:
    """Yield the slots of the attributes of a tag that people read."""
    patterns = [_ATTRIBUTE]
    if token.tag == "meta":
        patterns = [_CONTENT] if _DESCRIPTION.search(token.raw) else []
    for pattern in patterns:
        for found in pattern.finditer(token.raw):
            group = 1 if found[1] is not None else 2
            value = html.unescape(found[group])
            if value.strip():
                begin, end = found.span(group)
                yield slot((value,), token.begin + begin, token.begin + end, _encode_attribute)


def _encode_attribute(pieces: Pieces) -> str:
    return html.escape("".join(map(str, pieces)))
