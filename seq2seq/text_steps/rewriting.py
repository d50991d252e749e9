"""Rewriting of a text by patterns, with or without a record of where each character comes from."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

Replacement = Callable[[re.Match[str]], str]
"""Function that returns what replaces a match, as for `re.sub`."""


def rewrite_with_offsets(
    text: str, offsets: Sequence[int], *, pattern: re.Pattern[str], replacement: Replacement
) -> tuple[str, list[int]]:
    """Replace the matches of a pattern, and keep track of the origin of each character.

    Args:
        text: The text to rewrite.
        offsets: For each character of the text, its index in an original.
        pattern: Pattern that never matches an empty string.
        replacement: Function from a match to its replacement.

    Returns:
        The new text, and for each of its characters the index of the one in the original that it
        comes from. The n-th character of a replacement comes from the n-th one of the match, or
        from its last one.
    """
    parts: list[str] = []
    new: list[int] = []
    done = 0
    for found in pattern.finditer(text):
        start, end = found.span()
        spelled = replacement(found)
        parts += text[done:start], spelled
        new += offsets[done:start]
        new += [offsets[min(start + place, end - 1)] for place in range(len(spelled))]
        done = end
    parts.append(text[done:])
    new += offsets[done:]
    return "".join(parts), new
