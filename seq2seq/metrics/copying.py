"""Names and numbers: how many of those that a translation should copy it does.

This file takes strings. It does not know who translated, nor how words are cut into subwords.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from seq2seq.text import COMPOUND_WORD


class Copied(NamedTuple):
    """Of so many names and numbers, so many came through."""

    words: int
    kept: int

    def __str__(self) -> str:
        return f"{self.kept:,} of {self.words:,} names and numbers ({self.kept / max(1, self.words):.1%})"


def copied_words(
    sources: Sequence[str],
    references: Sequence[Sequence[str]],
    hypotheses: Sequence[str],
    known: Collection[str] = frozenset(),
) -> Copied:
    """Count the names and numbers that stand alike in a source and in a reference of it, and in the
    hypothesis too.

    A name is a word with a capital letter that is nowhere in these sources and references without
    it; a number is a word with a digit. One that a sentence has twice counts once. Words that are
    `known`, such as those seen in training, are left out."""
    plain = {
        word
        for text in _all(sources, references)
        for word in words_of(text)
        if word == word.lower()
    }
    words = kept = 0
    for source, choices, hypothesis in zip(sources, references, hypotheses, strict=True):
        there = words_of(source) & set().union(*map(words_of, choices))
        wanted = {
            word
            for word in there - set(known)
            if _is_name(word, plain) or any(map(str.isdigit, word))
        }
        words += len(wanted)
        kept += len(wanted & words_of(hypothesis))
    return Copied(words, kept)


def words_of(text: str) -> set[str]:
    """The words of a text, hyphens and points within them included."""
    return set(COMPOUND_WORD.findall(text))


def _all(sources: Iterable[str], references: Iterable[Sequence[str]]) -> Iterable[str]:
    yield from sources
    for choices in references:
        yield from choices


def _is_name(word: str, plain: Collection[str]) -> bool:
    return word != word.lower() and word.lower() not in plain
