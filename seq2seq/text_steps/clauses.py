"""Cutting of a sentence that is too long for a model, at the boundaries of clauses."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from seq2seq.text_steps.sentence_words import words

_FILL = 0.8
"""Length of a part that is aimed at, as a fraction of the maximum."""

_WINDOW = 0.25
"""Distance from an even cut at which a better one is looked for, as a fraction of a part."""

_CLOSING = "[\"'“”’»)\\]]*"
_BOUNDARIES = (
    re.compile(rf"[;:!?…]{_CLOSING}\s+|[；：。！？]"),
    re.compile(rf",{_CLOSING}\s+|[，、]|\s+[-–—]\s+"),
)
"""Ends of clauses, the clearest first. The cut is after the match, or before its white space."""

_WHITE_SPACE = re.compile(r"\s+")
_WORD_AFTER_SPACE = re.compile(r"\s+([^\W\d_]+)")
_BINDS_BACK = re.compile("[\u0300-\u036f\u200d\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]")
"""Matches a character that belongs to the one before it: an accent, a variation of an emoji."""


def split_long(
    sentence: str, *, longest: int, length: Callable[[str], int]
) -> list[tuple[str, str]]:
    """Cut a sentence that is too long into parts of similar length.

    A cut is made at the clearest boundary near the place of an even cut: after a semicolon or
    colon, after a comma or dash, before a conjunction, at white space, and anywhere if there is
    none, as in a script without spaces.

    Args:
        sentence: Any text.
        longest: Maximum length of a part, at least 1.
        length: Returns the length of a text, such as its number of tokens. It is called about
            twice per part, and once with the whole sentence.

    Returns:
        Pairs (part, white space after it). Joined, they give the sentence. No part is longer than
        the maximum, unless a single character is.
    """
    assert longest >= 1
    parts: list[tuple[str, str]] = []
    text = sentence.rstrip()
    pending = [(text, sentence[len(text) :])]
    while pending:
        text, space = pending.pop()
        size = length(text)
        if size <= longest or len(text) < 2:
            parts.append((text, space))
            continue
        count = min(max(2, math.ceil(size / (_FILL * longest))), len(text))
        pending += reversed(_cut(text, space, count))
    return parts


def _cut(text: str, space: str, count: int) -> list[tuple[str, str]]:
    """Cut a text that does not end with white space into at least two parts."""
    parts: list[tuple[str, str]] = []
    begin = 0
    for remaining in range(count, 1, -1):
        share = (len(text) - begin) / remaining
        if share < 1:
            break
        end, following = _best_cut(text, begin, begin + round(share), math.ceil(share * _WINDOW))
        parts.append((text[begin:end], text[end:following]))
        begin = following
    return [*parts, (text[begin:], space)]


def _best_cut(text: str, begin: int, middle: int, window: int) -> tuple[int, int]:
    """Return where a part that begins at a place ends, and where the next one begins."""
    low = max(begin + 1, middle - window)
    high = min(len(text) - 1, middle + window)
    for pattern in _BOUNDARIES:
        found = [match.end() for match in pattern.finditer(text, low, high)]
        if found:
            return _around_space(text, begin, min(found, key=lambda end: abs(end - middle)))
    conjunctions = [
        match.start()
        for match in _WORD_AFTER_SPACE.finditer(text, low, high)
        if match[1].casefold() in words("conjunctions")
    ]
    spaces = conjunctions or [match.start() for match in _WHITE_SPACE.finditer(text, low, high)]
    if spaces:
        return _around_space(text, begin, min(spaces, key=lambda start: abs(start - middle)))
    whole = (cut for cut in range(middle, high) if not _BINDS_BACK.match(text, cut))
    cut = next(whole, middle)
    return cut, cut


def _around_space(text: str, begin: int, place: int) -> tuple[int, int]:
    """Return the begin and end of the white space around a place, which may be none."""
    space = _WHITE_SPACE.match(text, place)
    following = space.end() if space else place
    end = begin + len(text[begin:place].rstrip())
    return (end, following) if end > begin else (following, following)
