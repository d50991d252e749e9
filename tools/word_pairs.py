"""Pairs of words that translate each other, found by counting in which sentences they occur."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

_WORD = re.compile(r"[^\W\d_]{4,}")
MIN_DICE = 0.6
"""Least share of common sentences, by the coefficient of Dice."""


def read_pairs(path: Path) -> list[tuple[str, str]]:
    """Return the pairs of sentences of a TSV file, which may be compressed."""
    with (
        gzip.open(path, "rt", encoding="utf-8")
        if path.suffix == ".gz"
        else path.open(encoding="utf-8") as file
    ):
        rows = [line.rstrip("\n").split("\t") for line in file]
    return [(row[0], row[1]) for row in rows if len(row) > 1]


def words(text: str) -> set[str]:
    """Return the words of four letters or more of a text, in lowercase."""
    return {word.casefold() for word in _WORD.findall(text)}


class WordPairs:
    """Translations of words, learned from pairs of sentences.

    Args:
        pairs: Pairs of sentences.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._sources: Counter[str] = Counter()
        self._targets: Counter[str] = Counter()
        self._common: Counter[tuple[str, str]] = Counter()
        for source, target in pairs:
            ours = words(source)
            theirs = words(target)
            self._sources.update(ours)
            self._targets.update(theirs)
            self._common.update((one, other) for one in ours for other in theirs)

    def dice(self, source: str, target: str) -> float:
        """Return the share of the sentences of two words that they have in common."""
        total = self._sources[source] + self._targets[target]
        return 2 * self._common[source, target] / total if total else 0.0

    def of(self, source: str, target: str) -> list[tuple[str, str]]:
        """Return the pairs of words of two sentences that clearly translate each other."""
        found: list[tuple[str, str]] = []
        theirs = words(target)
        for one in sorted(words(source)):
            best = max(theirs, key=lambda other: self.dice(one, other), default="")
            if self._sources[one] >= 10 and self.dice(one, best) >= MIN_DICE:
                found.append((one, best))
        return found

    def every(self, least: int) -> Sequence[tuple[str, str]]:
        """Return all pairs of words that are clear, with `least` common sentences."""
        return [
            pair
            for pair, count in self._common.most_common()
            if count >= least and self.dice(*pair) >= MIN_DICE
        ]
