"""Inline markup: a text as a list of words and tags; the tags must survive translation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

OPEN: Literal["open"] = "open"
CLOSE: Literal["close"] = "close"
ALONE: Literal["alone"] = "alone"

Kind = Literal["open", "close", "alone"]


@dataclass(frozen=True)
class Mark:
    """Piece of inline markup, such as a tag.

    Attributes:
        raw: The markup as the file has it.
        kind: "open" or "close" for one side of a pair, "alone" for the rest.
        name: What an opening and a closing mark have in common.
    """

    raw: str
    kind: Kind = ALONE
    name: str = ""


Piece = str | Mark
Pieces = tuple[Piece, ...]

_TAG = re.compile(
    r"<(?P<close>/?)(?P<name>[A-Za-z][\w:.-]{0,60}|\d{1,4})(?:\s[^<>]{0,1000})?(?P<empty>/?)>"
)
"""Matches a tag in a text that is no markup itself, such as an entry of a message catalogue."""

_VOID = frozenset(("br", "hr", "img", "input", "wbr"))


def text_of(pieces: Sequence[Piece]) -> str:
    """Return the text of pieces, without markup.

    Letters that only a mark alone holds apart are separated by a space.
    """
    text = ""
    apart = False
    for piece in pieces:
        if isinstance(piece, Mark):
            apart = apart or piece.kind == ALONE
        elif piece:
            glued = apart and text[-1:].isalnum() and piece[0].isalnum()
            text += (" " if glued else "") + piece
            apart = False
    return text


def marks_of(pieces: Sequence[Piece]) -> list[Mark]:
    """Return the markup of pieces."""
    return [piece for piece in pieces if isinstance(piece, Mark)]


def joined(pieces: Sequence[Piece]) -> Pieces:
    """Join neighbouring texts, and drop empty ones."""
    found: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and found and isinstance(found[-1], str):
            found[-1] += piece
        elif piece != "":
            found.append(piece)
    return tuple(found)


def tagged(text: str) -> Pieces:
    """Return a plain text in pieces, with the tags in it as marks.

    Args:
        text: A text that may have tags, such as "Press `<b>`Enter`</b>`".

    Returns:
        Its pieces.
    """
    pieces: list[Piece] = []
    end = 0
    for tag in _TAG.finditer(text):
        name = tag["name"].casefold()
        if tag["empty"] or name in _VOID:
            kind: Kind = ALONE
        else:
            kind = CLOSE if tag["close"] else OPEN
        pieces += text[end : tag.start()], Mark(tag[0], kind, name)
        end = tag.end()
    return joined([*pieces, text[end:]])


def untagged(pieces: Sequence[Piece]) -> str:
    """Return pieces as a plain text with tags: the inverse of `tagged`.

    Args:
        pieces: The pieces.

    Returns:
        The text.
    """
    return "".join(piece.raw if isinstance(piece, Mark) else piece for piece in pieces)
