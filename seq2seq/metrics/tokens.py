"""Tokens to count and compare in any language: words where spaces part them, letters where none
do."""

from __future__ import annotations

from seq2seq.text import UNSPACED_LETTER


def tokens(text: str) -> list[str]:
    """What spaces part; of a text with letters of a script without spaces, its letters and
    signs."""
    return list("".join(text.split())) if in_letters(text) else text.split()


def in_letters(text: str) -> bool:
    """Whether `tokens` are letters."""
    return UNSPACED_LETTER.search(text) is not None
