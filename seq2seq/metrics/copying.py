"""Count the names and numbers that translations keep."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from seq2seq.text import COMPOUND_WORD


class Copied(NamedTuple):
    """Names and numbers to copy, and how many of them were copied.

    Attributes:
        words: Number of names and numbers that translations should keep.
        kept: Number of those that they do keep.
    """

    words: int
    kept: int

    def __str__(self) -> str:
        fraction = self.kept / max(1, self.words)
        return f"{self.kept:,} of {self.words:,} names and numbers ({fraction:.1%})"


def copied_words(
    sources: Sequence[str],
    references: Sequence[Sequence[str]],
    hypotheses: Sequence[str],
    known: Collection[str] = frozenset(),
) -> Copied:
    """Count names and numbers shared by source and reference, and those that hypotheses keep.

    A name is a word with a capital letter that never occurs in lowercase in these sources and
    references. A number is a word with a digit. Each counts once per sentence.

    Args:
        sources: Source sentences.
        references: One or more references per sentence.
        hypotheses: One translation per sentence.
        known: Words to leave out, such as those of the training text.

    Returns:
        The counts over all sentences.
    """
    plain = {
        word
        for text in _all(sources, references)
        for word in words_of(text)
        if word == word.lower()
    }
    words = 0
    kept = 0
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
    """Return the words of a text, with the hyphens and points inside them."""
    return set(COMPOUND_WORD.findall(text))


def _all(sources: Iterable[str], references: Iterable[Sequence[str]]) -> Iterable[str]:
    yield from sources
    for choices in references:
        yield from choices


def _is_name(word: str, plain: Collection[str]) -> bool:
    return word != word.lower() and word.lower() not in plain
