"""Phrases of pairs as pairs of their own: from them a model learns what a few words mean without their sentence.

A model of sentences makes a sentence of whatever it is given: "casa de papel" became "I'm wearing paper house". Phrases
that are translations of each other are found in the pairs by the links of their words, as for phrase-based translation
(Koehn et al. 2003), those alone whose ends are certain.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from seq2seq.data.renamed import names
from seq2seq.data.word_alignment import WORDS, WordAligner

LONGEST = 4
"""Words of a phrase on either side, at most."""


def as_phrases(
    sources: Sequence[str], targets: Sequence[str], share: float, seed: int, aligner: WordAligner
) -> tuple[list[str], list[str]]:
    """The pairs; of such a share of them, where they hold any, one phrase alone. The same seed gives the same.

    Both sides of a phrase begin with a small letter, names excepted, or, half of them, with a capital.
    """
    draw, known = random.Random(seed), (names(sources), names(targets))
    pairs = list(zip(sources, targets, strict=True))
    rows = [row for row in range(len(pairs)) if draw.random() < share]
    links = aligner.links([sources[row] for row in rows], [targets[row] for row in rows])
    for row, linked in zip(rows, links, strict=True):
        phrase = _one(PhrasesOf(*pairs[row], linked), draw)
        if phrase is not None:
            capital = draw.random() < 0.5
            source, target = (_begun(text, kept, capital) for text, kept in zip(phrase, known, strict=True))
            pairs[row] = source, target
    return [source for source, _ in pairs], [target for _, target in pairs]


class PhrasesOf:
    """The phrases of a pair: words without signs among them, linked at their ends, and to nothing outside.

    What stands beside a phrase on either side must be linked, a sign, or nothing: of another word it is not known
    whether it belongs to the phrase.
    """

    def __init__(self, source: str, target: str, links: Sequence[tuple[int, int]]) -> None:
        self.firsts = sorted(word for word, _ in links)
        self._source = _Words(source, dict(links))
        self._target = _Words(target, {place: word for word, place in links})

    def starting_at(self, first: int) -> Iterator[tuple[str, str]]:
        """Those that begin with a linked word of the source, the shortest first."""
        forward, backward = self._source.linked, self._target.linked
        begin = end = forward[first]
        for last in range(first, min(first + LONGEST, self._source.count)):
            if (place := forward.get(last)) is None:
                continue
            begin, end = min(begin, place), max(end, place)
            if end - begin >= LONGEST:
                return
            inside = all(first <= backward.get(place, first) <= last for place in range(begin, end + 1))
            if inside and self._source.certain(first, last) and self._target.certain(begin, end):
                yield self._source.between(first, last), self._target.between(begin, end)


class _Words:
    """The words of a side of a pair, and the links of those that have one."""

    def __init__(self, text: str, linked: dict[int, int]) -> None:
        self._text, self.linked = text, linked
        self._found = list(WORDS.finditer(text))
        self.count = len(self._found)
        signs = {place for place, found in enumerate(self._found) if not found.group()[0].isalnum()}
        self._signs, self._known = signs, signs | {-1, self.count, *linked}

    def certain(self, first: int, last: int) -> bool:
        """Whether words alone are from first to last, and no word beside them might belong to them."""
        beside = first - 1 in self._known and last + 1 in self._known
        return beside and self._signs.isdisjoint(range(first, last + 1))

    def between(self, first: int, last: int) -> str:
        return self._text[self._found[first].start() : self._found[last].end()]


def _one(phrases: PhrasesOf, draw: random.Random) -> tuple[str, str] | None:
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
