"""Tokens to count and compare in any language: words, or characters in scripts without spaces."""

from __future__ import annotations

import re

_WITHOUT_SPACES = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]"
)
"""Thai, Lao, Burmese, Khmer, Japanese and Chinese letters."""


def tokens(text: str) -> list[str]:
    """Split a text at spaces, or into characters if it has letters of a script without spaces."""
    return list("".join(text.split())) if is_unspaced(text) else text.split()


def is_unspaced(text: str) -> bool:
    """Return whether a text has letters of a script without spaces."""
    return _WITHOUT_SPACES.search(text) is not None
