"""Tokens to count and compare in any language: words where spaces part them, letters where none
do."""

from __future__ import annotations

import re

_WITHOUT_SPACES = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]"
)
"""Thai, Lao, Burmese, Khmer, Japanese and Chinese letters."""


def tokens(text: str) -> list[str]:
    """What spaces part; of a text with letters of a script without spaces, its letters and
    signs."""
    return list("".join(text.split())) if in_letters(text) else text.split()


def in_letters(text: str) -> bool:
    """Whether `tokens` are letters."""
    return _WITHOUT_SPACES.search(text) is not None
