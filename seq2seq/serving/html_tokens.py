"""Tokens of an HTML page: its tags, its texts and the rest, as a browser splits them.

The standard library's parser takes time with the square of a hostile page's length. This one looks
at each character a bounded number of times, and every token keeps its source letter by letter.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass


def names(text: str) -> frozenset[str]:
    """Return a set of names of elements."""
    return frozenset(text.split())


VOID = names("area base br col embed hr img input link meta param source track wbr")
"""Elements without content and without an end tag."""

RAW = names("iframe noembed noframes noscript plaintext script style textarea xmp")
"""Elements whose content a browser does not read as markup; none of it is text to translate."""

_MARKUP = re.compile(r"<(?:[!?]|/?[a-zA-Z]|/(?=.))", re.DOTALL)
_BEGIN = re.compile(r"</?[a-zA-Z]")
_VALUE = r"""(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\s>"'][^\s>]*+)"""
_ATTRIBUTE = re.compile(rf"([^\s/>=]++)\s*+(?:=\s*+({_VALUE})?+)?+|[\s/=]")
_TAG = re.compile(rf"<(/?)([a-zA-Z][^\s/>]*+)((?:{_ATTRIBUTE.pattern})*+)>")


@dataclass(frozen=True)
class Token:
    """Part of a page.

    Attributes:
        raw: Its source, letter by letter.
        kind: "text", "tag", or "other": comments, declarations, and what browsers leave out.
        name: Name of the element of a tag, in lowercase.
        opens: True for a start tag.
        untouched: True if a start tag says that its content is not to be translated.
    """

    raw: str
    kind: str
    name: str = ""
    opens: bool = False
    untouched: bool = False


def tokens(source: str) -> Iterator[Token]:
    """Yield the tokens of a page; joined, they give the page.

    Args:
        source: The page, or a part of one.
    """
    at = 0
    while at < len(source):
        found = _MARKUP.search(source, at)
        begin = found.start() if found else len(source)
        if begin > at:
            yield Token(source[at:begin], "text")
        if begin == len(source):
            return
        tag = _TAG.match(source, begin)
        if tag is None:
            at = _end_of_other(source, begin)
            yield Token(source[begin:at], "other")
            continue
        at = tag.end()
        name = tag[2].lower()
        opens = not tag[1]
        yield Token(tag[0], "tag", name, opens, opens and _is_untouched(tag[3]))
        if opens and name in RAW:
            end = _end_of_raw(source, at, name)
            yield Token(source[at:end], "other")
            at = end


def _end_of_other(source: str, begin: int) -> int:
    """Return where a comment, a declaration or a tag that is not closed ends."""
    if source.startswith("<!--", begin):
        closing = "-->"
    elif _BEGIN.match(source, begin):
        return len(source)  # a tag without an end: browsers leave it out
    else:
        closing = ">"
    found = source.find(closing, begin + 2)
    return len(source) if found < 0 else found + len(closing)


def _end_of_raw(source: str, begin: int, name: str) -> int:
    """Return where the end tag of an element begins whose content is not markup."""
    found = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(source, begin)
    return found.start() if found and name != "plaintext" else len(source)


def _is_untouched(attributes: str) -> bool:
    """Return whether attributes say that the content of an element is not to be translated."""
    if "translate" not in attributes.lower():
        return False
    values: dict[str, str] = {}
    for found in _ATTRIBUTE.finditer(attributes):
        if found[1]:
            value = html.unescape((found[2] or "").strip("\"'")).lower()
            values.setdefault(found[1].lower(), value)
    return values.get("translate") == "no" or "notranslate" in values.get("class", "").split()
