"""Reduce pairs to one of their phrases, so that a model learns to translate phrases too.

A model trained only on sentences turns any source into a sentence: "casa de papel" became "I'm
wearing paper house". Phrase pairs are extracted from the word alignment, as in phrase-based
translation (Koehn et al. 2003), but only those whose boundaries are certain.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from seq2seq.data.augmentation.aligner import Aligner
from seq2seq.data.augmentation.names import find_names
from seq2seq.runtime.seeds import named_draws
from seq2seq.text import alignment_token

MAX_WORDS = 4
"""Maximum number of words of a phrase on either side."""


def extract_phrases(
    sources: Sequence[str],
    targets: Sequence[str],
    *,
    fraction: float,
    seed: int,
    aligner: Aligner,
) -> tuple[list[str], list[str]]:
    """Replace pairs with one of their phrase pairs, such as "black dog", "perro negro".

    Half of the phrases begin with a capital on both sides. The others begin in lowercase, except
    with a name.

    Args:
        sources: N source sentences.
        targets: Their N translations.
        fraction: Fraction of the pairs to change. A pair without a certain phrase stays as it is.
        seed: Random seed; the same seed gives the same pairs.
        aligner: Word aligner.

    Returns:
        N sources and N targets.
    """
    draw = named_draws("phrases", seed)
    source_names = find_names(sources)
    target_names = find_names(targets)
    pairs = list(zip(sources, targets, strict=True))
    rows = [row for row in range(len(pairs)) if draw.random() < fraction]
    links = aligner.links([sources[row] for row in rows], [targets[row] for row in rows])
    for row, linked in zip(rows, links, strict=True):
        phrase = choose_phrase(PhrasesOf(*pairs[row], linked), draw)
        if phrase is None:
            continue
        source, target = (
            text[begin:end] for text, (begin, end) in zip(pairs[row], phrase.sides, strict=True)
        )
        capital = draw.random() < 0.5
        pairs[row] = (
            _begin(source, source_names, capital=capital),
            _begin(target, target_names, capital=capital),
        )
    return [source for source, _ in pairs], [target for _, target in pairs]


class Phrase(NamedTuple):
    """Position of a phrase in its pair.

    Attributes:
        sides: Character span (begin, end) in the source, and in the target.
        beside: Neighboring words or punctuation: before and after the phrase in the source, then in
            the target. Case-folded; "" at the edge of a sentence.
    """

    sides: tuple[tuple[int, int], tuple[int, int]]
    beside: tuple[str, str, str, str]


class PhrasesOf:
    """All phrases of a pair: spans of words that begin and end with a linked word.

    No word of a phrase is linked to a word outside it, and a phrase contains no punctuation. Its
    neighbors must be linked words, punctuation or the edge of the sentence, because an unlinked
    word might belong to the phrase.

    Args:
        source: Source sentence.
        target: Its translation.
        links: Links (source word, target word) from a word aligner.
    """

    def __init__(self, source: str, target: str, links: Sequence[tuple[int, int]]) -> None:
        self.firsts = sorted(word for word, _ in links)
        self._source = _Words(source, dict(links))
        self._target = _Words(target, {place: word for word, place in links})

    def __iter__(self) -> Iterator[Phrase]:
        for first in self.firsts:
            yield from self.starting_at(first)

    def starting_at(self, first: int) -> Iterator[Phrase]:
        """Yield the phrases that begin with a linked source word, shortest first."""
        forward = self._source.linked
        backward = self._target.linked
        begin = end = forward[first]
        for last in range(first, min(first + MAX_WORDS, self._source.count)):
            if (place := forward.get(last)) is None:
                continue
            begin = min(begin, place)
            end = max(end, place)
            if end - begin >= MAX_WORDS:
                return
            inside = all(
                first <= backward.get(place, first) <= last for place in range(begin, end + 1)
            )
            if inside and self._source.certain(first, last) and self._target.certain(begin, end):
                yield Phrase(
                    (self._source.characters(first, last), self._target.characters(begin, end)),
                    (*self._source.beside(first, last), *self._target.beside(begin, end)),
                )


class _Words:
    """Words of one side of a pair, and their links."""

    def __init__(self, text: str, linked: dict[int, int]) -> None:
        self.linked = linked
        self._found = list(alignment_token().finditer(text))
        self.count = len(self._found)
        self._punctuation = {
            place for place, found in enumerate(self._found) if not found.group()[0].isalnum()
        }
        self._known = self._punctuation | {-1, self.count, *linked}

    def certain(self, first: int, last: int) -> bool:
        """Return whether words first to last can be a phrase, by their content and neighbors."""
        beside = first - 1 in self._known and last + 1 in self._known
        return beside and self._punctuation.isdisjoint(range(first, last + 1))

    def characters(self, first: int, last: int) -> tuple[int, int]:
        """Return the character span (begin, end) of words first to last."""
        return self._found[first].start(), self._found[last].end()

    def beside(self, first: int, last: int) -> tuple[str, str]:
        """Return the neighbors before and after, case-folded; "" at the edge of the sentence."""
        before = self._found[first - 1].group() if first else ""
        after = self._found[last + 1].group() if last + 1 < self.count else ""
        return before.casefold(), after.casefold()


def choose_phrase(phrases: PhrasesOf, draw: random.Random) -> Phrase | None:
    """Draw a random phrase: first its beginning, then its end. Return None if there is none."""
    for first in draw.sample(phrases.firsts, len(phrases.firsts)):
        if found := list(phrases.starting_at(first)):
            return draw.choice(found)
    return None


def _begin(text: str, known: set[str], *, capital: bool) -> str:
    """Capitalize or lowercase the first letter, unless the first word is a known name."""
    first = alignment_token().match(text)
    if first is not None and first.group() in known:
        return text
    return (text[0].upper() if capital else text[0].lower()) + text[1:]
