"""Content of XML elements as pieces, and changes to elements."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from seq2seq.documents.markup import Kind, Mark, Piece, Pieces, joined
from seq2seq.documents.xml_tokens import Token, escape, unescape

CDATA = "<![CDATA["

Judge = Callable[[Token], tuple[Kind, str] | None]
"""Returns the kind and the name of an inline element that is kept whole; None for one with text."""


def children(tokens: Sequence[Token], parent: int) -> Iterator[int]:
    """Yield the places of the elements directly in an element."""
    place = parent + 1
    while place < tokens[parent].mate:
        if tokens[place].kind == "start":
            yield place
            place = tokens[place].mate
        place += 1


def child(tokens: Sequence[Token], parent: int, *names: str) -> int | None:
    """Return the place of the last child with one of these names, without prefix."""
    found = [place for place in children(tokens, parent) if tokens[place].local in names]
    return found[-1] if found else None


def content_pieces(
    text: str, tokens: Sequence[Token], begin: int, end: int, whole: Judge
) -> Pieces:
    """Return the tokens from `begin` to before `end` in pieces.

    Args:
        text: The XML text.
        tokens: Its tokens.
        begin: Place of the first token.
        end: Place after the last.
        whole: Says which elements are kept whole.
    """
    pieces: list[Piece] = []
    place = begin
    in_cdata = False
    while place < end:
        token = tokens[place]
        raw = text[token.begin : token.end]
        if token.kind == "text":
            pieces.append(raw if in_cdata else unescape(raw))
        elif token.kind == "other":
            in_cdata = raw == CDATA
            if not in_cdata and raw != "]]>":
                pieces.append(Mark(raw))
        elif token.kind == "start" and (judged := whole(token)) is not None:
            last = tokens[token.mate]
            pieces.append(Mark(text[token.begin : last.end], *judged))
            place = token.mate
        elif token.kind == "start" and tokens[token.mate].begin == tokens[token.mate].end:
            pieces.append(Mark(raw))
            place = token.mate
        else:
            start = token if token.kind == "start" else tokens[token.mate]
            name = f"{start.local} {start.attributes.get('id', '')}"
            pieces.append(Mark(raw, "open" if token.kind == "start" else "close", name))
        place += 1
    return joined(pieces)


def encode(pieces: Pieces) -> str:
    """Write pieces as XML."""
    return "".join(one.raw if isinstance(one, Mark) else escape(one) for one in pieces)


def with_attributes(tag: str, attributes: Mapping[str, str]) -> str:
    """Return a start tag with attributes set; an empty value takes one away."""
    for name, value in attributes.items():
        pattern = re.compile(rf"\s+{re.escape(name)}\s*=\s*(?:\"[^\"]*\"|'[^']*')")
        new = f' {name}="{escape(value)}"' if value else ""
        if pattern.search(tag):
            tag = pattern.sub(lambda found, new=new: new, tag, count=1)  # type: ignore[misc]
        else:
            tag = re.sub(r"\s*/?>$", lambda found, new=new: new + found[0].lstrip(), tag)  # type: ignore[misc]
    return tag


def space_before(text: str, token: Token) -> str:
    """Return the white space before a token: its line end and indentation."""
    found = re.search(r"\s*$", text[max(0, token.begin - 200) : token.begin])
    return found[0] if found else ""
