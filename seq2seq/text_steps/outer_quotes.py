"""Quotation marks around a whole sentence, which its translation gets back.

A model translates the bare sentence better: in training text, quotes are rare and often on one side
only. A quotation of several sentences has its opening mark in the first and its closing one in the
last, so either mark may come without the other.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from seq2seq.text_steps.signs import plain_target

_DOUBLE = frozenset('"“”„‟«»')
_SINGLE = frozenset("'‘’‚‛‹›")
_BULLETS = frozenset("»›")
_OUTSIDE = frozenset(".,;:")
_LETTER = re.compile(r"[^\W\d_]")
_APOSTROPHE = re.compile(r"(?<=[^\W_])['’](?=[^\W_])")


class OuterQuotes(NamedTuple):
    """Sentence without the quotes around it.

    Attributes:
        text: The sentence; it keeps a stop that stands after the closing quote.
        opening: The opening quote and the white space after it, or "".
        closing: The closing quote and the stop after it, or "".
    """

    text: str
    opening: str = ""
    closing: str = ""

    @property
    def sides(self) -> tuple[bool, bool]:
        """Pair of flags: an opening quote, and a closing one."""
        return bool(self.opening), bool(self.closing)

    @property
    def dropped_words(self) -> int:
        """Number of words that `text` lacks at its beginning: 1 for a quote before a space."""
        return int(self.opening[-1:].isspace())


def split_outer_quotes(text: str) -> OuterQuotes:
    """Take away the quotes around a sentence.

    Single quotes need to stand on both sides, since one of them may be an apostrophe.

    Args:
        text: The sentence.

    Returns:
        The bare sentence and its quotes. A sentence with other quotes inside it stays as it is.
    """
    stop = text[-1:] if text[-1:] in _OUTSIDE and len(text) > 1 else ""
    body = text[: len(text) - len(stop)]
    for quotes in (_DOUBLE, _SINGLE):
        first = body[0] if body and body[0] in quotes else ""
        last = body[-1] if len(body) > 1 and body[-1] in quotes else ""
        if not (first and last) and (quotes is _SINGLE or not (first or last)):
            continue
        if first in _BULLETS and body[1:2].isspace() and not last:
            continue
        inner = body[len(first) : len(body) - len(last)]
        if _is_bare(inner, quotes) and (first or _may_be_closed(inner)):
            bare = inner.strip()
            opening = first + inner[: len(inner) - len(inner.lstrip())] if first else ""
            return OuterQuotes(bare + stop, opening, last + stop if last else "")
    return OuterQuotes(text)


def with_outer_quotes(translation: str, quotes: OuterQuotes) -> str:
    """Return a translation in plain quotes, on the sides where its source has some.

    Args:
        translation: Translation of the bare sentence.
        quotes: The quotes of the source.
    """
    if not translation:
        return translation
    closing = plain_target(quotes.closing)
    stop = closing[1:]
    if stop:
        translation, closing = translation.removesuffix(stop), closing[0]
        stop = "" if translation[-1:] in (".", "!", "?", "…") else stop
    return plain_target(quotes.opening.rstrip()) + translation + closing + stop


def _is_bare(text: str, quotes: frozenset[str]) -> bool:
    """Return whether a text says something and has no quotes of a kind."""
    if quotes is _SINGLE:
        text = _APOSTROPHE.sub("", text)
    return quotes.isdisjoint(text) and _LETTER.search(text) is not None


def _may_be_closed(text: str) -> bool:
    """Return whether a quote after a text closes a quotation: it is no inch sign."""
    return text[-1:] in (".", "!", "?", "…") or _LETTER.match(text[-1:]) is not None
