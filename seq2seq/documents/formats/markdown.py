"""Markdown: the text of paragraphs, headings, list items and table cells.

markdown-it, which finds the blocks, does not say where in a line they begin: their text is looked
for in the lines that it names. Inline markup is found by patterns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

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
from seq2seq.documents.markup import Kind, Mark, Piece, Pieces, joined

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"(---|\+\+\+)[ \t]*\r?\n.*?\n\1[ \t]*(?:\r?\n|$)", re.DOTALL)
_HARD_BREAK = re.compile(r"(?: {2,}|\\)$")
_TASK = re.compile(r"\[[ xX]\][ \t]+")
_CALLOUT = re.compile(r"\[!\w+\][ \t]*$")
_INLINE = re.compile(
    r"(?P<code>(?<!`)(?P<ticks>`+)(?!`)[\s\S]*?(?<!`)(?P=ticks)(?!`))"
    r"|\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|(?P<whole><(?:https?|mailto):[^<>\s]*>|<!--[\s\S]*?-->|&(?:\w{2,31}|\#\w{1,7});|\[\^[^\]\s]+\])"
    r"|(?P<tag></?(?P<name>[A-Za-z][\w-]*)(?:\s[^<>]*)?/?>)"
    r"|(?P<image>!\[(?:[^\[\]]|\[[^\[\]]*\])*\](?:\([^()\s]*(?:\([^()]*\)[^()\s]*)?(?:\s+[^()]*)?\)|\[[^\]]*\])?)"
    r"|(?P<link>\[)"
    r"|(?P<close>\](?:\((?:<[^<>]*>|[^()\s]*(?:\([^()]*\)[^()\s]*)*)(?:\s+(?:\"[^\"]*\"|'[^']*'|\([^()]*\)))?\s*\)|\[[^\[\]]*\])?)"
    r"|(?P<stars>(?<!\*)\*{1,3}(?!\*)|(?<![\w_])_{1,3}(?!_)|(?<!_)_{1,3}(?![\w_])|~~)"
)
_SPECIAL = re.compile(r"[\\`*\[\]<]|(?<!\w)_|_(?!\w)")
_AT_BEGIN = re.compile(r"(?=[#>+-](?:\s|$)|~~~|={3}|-{3})|(?<=\d)(?=[.)]\s)")
_VOID = frozenset(("br", "hr", "img", "input", "wbr"))


@FORMATS.register("markdown")
class Markdown(DocumentFormat):
    """CommonMark with tables and front matter."""

    suffixes = (".md", ".markdown")
    title = "Markdown"

    def read(self, data: bytes, options: ReadOptions) -> Document:
        """Find the blocks of text."""
        decoded = decode(data)
        return SpanDocument(decoded, list(_slots(decoded.text)))


def _slots(text: str) -> Iterator[Slot]:
    from markdown_it import MarkdownIt  # takes 50 ms, which other formats need not wait for

    front = _FRONT_MATTER.match(text)
    at = front.end() if front else 0
    body = text[at:]
    environment: dict[str, object] = {}
    tokens = MarkdownIt("commonmark").enable("table").parse(body, environment)
    references = {str(one).casefold() for one in _references(environment)}
    # The parser takes each of these for a line end.
    lines = [0, *(found.end() for found in re.finditer(r"\r\n|\r|\n", body))]
    cursor = 0
    for token in tokens:
        if token.type != "inline" or token.map is None:
            continue
        cursor = max(cursor, lines[token.map[0]])
        last = lines[token.map[1]] if token.map[1] < len(lines) else len(body)
        places = list(_places(token, body, cursor, last))
        if places:
            cursor = places[-1][1]
        for begin, end in _stretches(places, body):
            skipped = _TASK.match(body, begin, end)
            begin = skipped.end() if skipped else begin
            pieces = _pieces(body[begin:end], references)
            in_table = "|" in body[begin:end] or _in_table(body, begin, end)
            yield slot(pieces, at + begin, at + end, _Encoder(in_table))


def _references(environment: dict[str, object]) -> list[str]:
    found = environment.get("references")
    return list(found) if isinstance(found, dict) else []


def _in_table(body: str, begin: int, end: int) -> bool:
    line = body[body.rfind("\n", 0, begin) + 1 : begin]
    return "|" in line or body[end : end + 20].lstrip(" ").startswith("|")


def _places(token: Token, body: str, cursor: int, last: int) -> Iterator[tuple[int, int]]:
    """Yield where each line of a block begins and ends; nothing if one is not found."""
    found: list[tuple[int, int]] = []
    for line in token.content.split("\n"):
        wanted = line.strip(" \t")
        begin = body.find(wanted, cursor, last)
        if begin < 0:
            return
        found.append((begin, begin + len(wanted)))
        cursor = begin + len(wanted)
    yield from found


def _stretches(places: list[tuple[int, int]], body: str) -> Iterator[tuple[int, int]]:
    """Yield the parts of a block between hard line breaks."""
    begin = -1
    for number, (first, last) in enumerate(places):
        begin = first if begin < 0 else begin
        rest = re.compile(r"[^\r\n]*").match(body, first)
        assert rest is not None  # it may be empty
        line = rest[0]
        breaks = _HARD_BREAK.search(line)
        if number == len(places) - 1:
            yield begin, last
        elif breaks or (number == 0 and _CALLOUT.match(line)):
            stop = first + breaks.start() if breaks else last
            if begin < stop and not _CALLOUT.match(line):
                yield begin, min(last, stop)
            begin = -1


def _pieces(raw: str, references: set[str]) -> Pieces:
    """Return a block in pieces."""
    raw = re.sub(r"[ \t]*(?:\r\n|\r|\n)[ \t>]*", " ", raw)
    pieces: list[Piece] = []
    links: list[int] = []
    stars: list[str] = []
    end = 0
    for found in _INLINE.finditer(raw):
        pieces.append(raw[end : found.start()])
        end = found.end()
        sign = found[0]
        if found["escaped"]:
            pieces.append(found["escaped"])
        elif found["link"]:
            links.append(len(pieces))
            pieces.append("[")
        elif found["close"]:
            _close_link(pieces, links, sign, references)
        elif found["stars"]:
            _delimit(pieces, stars, raw, found)
        elif found["tag"]:
            name = found["name"].casefold()
            alone = name in _VOID or sign.endswith("/>")
            kind: Kind = "alone" if alone else "close" if sign.startswith("</") else "open"
            pieces.append(Mark(sign, kind, name))
        else:
            pieces.append(Mark(sign))
    return joined([*pieces, raw[end:]])


def _close_link(pieces: list[Piece], links: list[int], sign: str, references: set[str]) -> None:
    """Take "[" and "]" for a link if a destination follows, or if the label is defined."""
    if not links:
        pieces.append(sign)
        return
    begin = links.pop()
    label = "".join(one.raw if isinstance(one, Mark) else one for one in pieces[begin + 1 :])
    if sign in ("]", "][]"):
        if " ".join(label.split()).casefold() not in references:
            pieces.append(sign)
            return
        sign = f"][{label}]"  # the label stays what it is when its text is translated
    pieces[begin] = Mark("[", "open", "link")
    pieces.append(Mark(sign, "close", "link"))


def _delimit(pieces: list[Piece], stars: list[str], raw: str, found: re.Match[str]) -> None:
    """Take asterisks, underscores or tildes for emphasis, or for text."""
    sign = found[0]
    before = raw[found.start() - 1 : found.start()]
    after = raw[found.end() : found.end() + 1]
    if sign in stars and before.strip():
        del stars[stars.index(sign) :]
        pieces.append(Mark(sign, "close", sign))
    elif after.strip() and sign in raw[found.end() :]:
        stars.append(sign)
        pieces.append(Mark(sign, "open", sign))
    else:
        pieces.append(sign)


class _Encoder:
    """Writer of pieces, which escapes what would be markup."""

    def __init__(self, in_table: bool) -> None:
        self.in_table = in_table

    def __call__(self, pieces: Pieces) -> str:
        """Return the text of pieces."""
        text = "".join(one.raw if isinstance(one, Mark) else self._escaped(one) for one in pieces)
        return _AT_BEGIN.sub(r"\\", text, count=1) if _AT_BEGIN.match(text[:3]) else text

    def _escaped(self, text: str) -> str:
        text = _SPECIAL.sub(lambda found: "\\" + found[0], " ".join(text.split("\n")))
        return text.replace("|", "\\|") if self.in_table else text
