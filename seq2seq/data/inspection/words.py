"""Beginnings of words as ids, to compare the words of two languages.

A word counts by its first letters, so that forms of one word count together. A character of a
script without spaces is a word.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from seq2seq.data.ragged import RaggedIds
from seq2seq.text import combining_marks
from seq2seq.text_steps.scripts import RANGES, UNSPACED

LETTERS = 4
"""Number of letters of a word that count."""


@functools.cache
def _word() -> re.Pattern[str]:
    unspaced = "".join(
        f"{chr(first)}-{chr(last)}" for first, last, script in RANGES if script in UNSPACED
    )
    marks = combining_marks()
    return re.compile(rf"[{unspaced}]|[^\W_{unspaced}](?:[^\W_{unspaced}]|[{marks}])*")


def words(text: str) -> list[str]:
    """Return the beginnings of the words of a text, in lowercase."""
    return [word[:LETTERS] for word in _word().findall(text.casefold())]


class WordIds:
    """Ids of words from 1, which grow as texts are added."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    def __len__(self) -> int:
        """Return the number of words, with the id 0 that none has."""
        return len(self._known) + 1

    def ids(self, texts: Iterable[str]) -> RaggedIds:
        """Return the ids of the words of each text."""
        known = self._known
        return RaggedIds(
            [[known.setdefault(word, len(known) + 1) for word in words(text)] for text in texts]
        )
