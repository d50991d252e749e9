"""Tokens to count and compare in any language: words, or characters in scripts without spaces."""

from __future__ import annotations

from seq2seq.text import UNSPACED_LETTER


def tokens(text: str) -> list[str]:
    """Split a text at spaces, or into characters if it has letters of a script without spaces."""
    return list("".join(text.split())) if is_unspaced(text) else text.split()


def is_unspaced(text: str) -> bool:
    """Return whether a text has letters of a script without spaces."""
    return UNSPACED_LETTER.search(text) is not None
