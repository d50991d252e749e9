"""Sentence splitting, for models that have seen only single sentences."""

from __future__ import annotations

import re

_BOUNDARY = re.compile(
    # a mark, an optional closing bracket or quote, white space
    r"(?:(?<=[.!?…])|(?<=[.!?…][\"'”’»)\]]))\s+(?=\S)"
    r"|(?<=[。！？])(?=\S)"  # scripts without spaces
)
_OPENING = "\"'“‘«([¿¡"
_LAST_WORD = re.compile(r"(?:^|[\s(])([^\W\d_]{1,3})\.$")


def split_sentences(text: str) -> list[tuple[str, str]]:
    """Split a text into sentences.

    A mark such as a full stop ends a sentence if white space follows it, and then no lowercase
    letter. A full stop after an abbreviation does not end one. An abbreviation is a single letter,
    or two or three letters that begin with a capital, as in J., Sr., Dra.

    Args:
        text: The text.

    Returns:
        Pairs (sentence, white space after it). Joined, they give the text.
    """
    sentences: list[tuple[str, str]] = []
    begin = 0
    for boundary in _BOUNDARY.finditer(text):
        end, following = boundary.span()
        if _goes_on(text[following : following + 20]) or _is_abbreviated(
            text[max(begin, end - 6) : end]
        ):
            continue
        sentences.append((text[begin:end], boundary[0]))
        begin = boundary.end()
    return [*sentences, (text[begin:], "")]


def _goes_on(rest: str) -> bool:
    return rest.lstrip(_OPENING)[:1].islower()


def _is_abbreviated(end: str) -> bool:
    last = _LAST_WORD.search(end)
    return last is not None and (len(last[1]) == 1 or last[1][0].isupper())
