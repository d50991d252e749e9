"""Phrases of pairs as pairs of their own: from them a model learns what a few words mean without
their sentence.

A model of sentences makes a sentence of whatever it is given: "casa de papel" became "I'm wearing
paper house". Phrases that are translations of each other are found in the pairs by the links of
their words, as for phrase-based translation (Koehn et al. 2003), those alone whose ends are
certain."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from seq2seq.data.alignment.word_alignment import WORDS, WordAligner
from seq2seq.data.augmentation.names import names

LONGEST = 4
"""Words of a phrase on either side, at most."""


def extract_phrases(
    sources: Sequence[str], targets: Sequence[str], share: float, seed: int, aligner: WordAligner
) -> tuple[list[str], list[str]]:
    """The pairs; of such a share of them, where they hold any, one phrase alone. The same seed
    gives the same.

    Both sides of a phrase begin with a small letter, names excepted, or, half of them, with a
    capital."""
    draw, known = random.Random(f"phrases {seed}"), (names(sources), names(targets))
    pairs = list(zip(sources, targets, strict=True))
    rows = [row for row in range(len(pairs)) if draw.random() < share]
    links = aligner.links([sources[row] for row in rows], [targets[row] for row in rows])
    for row, linked in zip(rows, links, strict=True):
        phrase = one_of(PhrasesOf(*pairs[row], linked), draw)
        if phrase is not None:
            source, target = (
                text[begin:end] for text, (begin, end) in zip(pairs[row], phrase.sides, strict=True)
            )
            capital = draw.random() < 0.5
            pairs[row] = _begun(source, known[0], capital), _begun(target, known[1], capital)
    return [source for source, _ in pairs], [target for _, target in pairs]


class Phrase(NamedTuple):
    """Where a phrase is in its pair.

    `sides` are the characters it has in the source and in the target; `beside` the words or signs
    before and behind them, source first."""

    sides: tuple[tuple[int, int], tuple[int, int]]
    beside: tuple[str, str, str, str]


class PhrasesOf:
    """The phrases of a pair: words without signs among them, linked at their ends, and to nothing
    outside.

    What stands beside a phrase on either side must be linked, a sign, or nothing: of another word
    it is not known whether it belongs to the phrase."""

    def __init__(self, source: str, target: str, links: Sequence[tuple[int, int]]) -> None:
        self.firsts = sorted(word for word, _ in links)
        self._source = _Words(source, dict(links))
        self._target = _Words(target, {place: word for word, place in links})

    def __iter__(self) -> Iterator[Phrase]:
        for first in self.firsts:
            yield from self.starting_at(first)

    def starting_at(self, first: int) -> Iterator[Phrase]:
        """Those that begin with a linked word of the source, the shortest first."""
        forward, backward = self._source.linked, self._target.linked
        begin = end = forward[first]
        for last in range(first, min(first + LONGEST, self._source.count)):
            if (place := forward.get(last)) is None:
                continue
            begin, end = min(begin, place), max(end, place)
            if end - begin >= LONGEST:
                return
            inside = all(
                first <= backward.get(place, first) <= last for place in range(begin, end + 1)
            )
            if inside and self._source.certain(first, last) and self._target.certain(begin, end):
                sides = self._source.characters(first, last), self._target.characters(begin, end)
                yield Phrase(
                    sides, (*self._source.beside(first, last), *self._target.beside(begin, end))
                )


class _Words:
    """The words of a side of a pair, and the links of those that have one."""

    def __init__(self, text: str, linked: dict[int, int]) -> None:
        self.linked = linked
        self._found = list(WORDS.finditer(text))
        self.count = len(self._found)
        signs = {place for place, found in enumerate(self._found) if not found.group()[0].isalnum()}
        self._signs, self._known = signs, signs | {-1, self.count, *linked}

    def certain(self, first: int, last: int) -> bool:
        """Whether words alone are from first to last, and no word beside them might belong to
        them."""
        beside = first - 1 in self._known and last + 1 in self._known
        return beside and self._signs.isdisjoint(range(first, last + 1))

    def characters(self, first: int, last: int) -> tuple[int, int]:
        return self._found[first].start(), self._found[last].end()

    def beside(self, first: int, last: int) -> tuple[str, str]:
        """The words or signs before and behind, with small letters; "" where there is none."""
        before = self._found[first - 1].group() if first else ""
        behind = self._found[last + 1].group() if last + 1 < self.count else ""
        return before.casefold(), behind.casefold()


def one_of(phrases: PhrasesOf, draw: random.Random) -> Phrase | None:
    """One of them, if there are any, beginning anywhere."""
    for first in draw.sample(phrases.firsts, len(phrases.firsts)):
        if found := list(phrases.starting_at(first)):
            return draw.choice(found)
    return None


def _begun(text: str, known: set[str], capital: bool) -> str:
    first = WORDS.match(text)
    if first is not None and first.group() in known:
        return text
    return (text[0].upper() if capital else text[0].lower()) + text[1:]
