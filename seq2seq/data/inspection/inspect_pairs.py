"""Inspection of all pairs: tidies texts, puts swapped pairs right, and finds the faults."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seq2seq.data.inspection.encoding_trouble import (
    REPAIRED,
    UNUSUAL,
    has_unusual,
    trouble,
    unusual_characters,
)
from seq2seq.data.inspection.faults import (
    DUPLICATE,
    EMPTY,
    ENCODING,
    FAULTS,
    IDENTICAL,
    LANGUAGE,
    MISALIGNED,
    OVERLONG,
    RATIO,
    SCRIPT,
)
from seq2seq.data.inspection.languages import SideLanguages, examine_languages
from seq2seq.data.inspection.misaligned import Alignments, measure_alignments
from seq2seq.data.inspection.near_duplicates import folded
from seq2seq.data.inspection.side_words import side_evidence
from seq2seq.data.inspection.tidy import tidied
from seq2seq.data.ragged import Ints

CODES = {name: code for code, name in enumerate(FAULTS, start=1)}
"""Number of each fault; 0 is none."""

MIN_PAIRS = 200
"""Number of pairs from which the words of each side are known well enough."""

SWAPPED = -3.0
"""Evidence of both texts together from which a pair counts as swapped."""

ELSEWHERE = -6.0
"""Evidence of one text from which it counts as in the language of the other side."""

RATIO_FROM = 20
"""Characters up to which the ratio of lengths says nothing."""

IDENTICAL_FROM = 3
"""Number of words from which identical sides are a fault: names are the same in both languages."""


@dataclass(frozen=True)
class Rules:
    """Limits of the inspection.

    Attributes:
        source: Code of the source language; "" if it is unknown.
        target: Code of the target language; "" if it is unknown.
        max_characters: Maximum number of characters of a side.
        max_ratio: Maximum ratio of the lengths of the sides, compared with the usual ratio.
    """

    source: str = ""
    target: str = ""
    max_characters: int = 2000
    max_ratio: float = 4.0


@dataclass(frozen=True)
class Inspection:
    """Pairs and their faults.

    Attributes:
        sources: (N) tidied sources; those of swapped pairs are already exchanged.
        targets: (N) tidied targets.
        faults: (N,) number of the first fault of each pair (see `CODES`); 0 for none.
        swapped: (N,) True for pairs whose sides were exchanged.
        repaired: (N,) True for pairs whose wrong decoding could be undone.
        trouble: Number of pairs by trouble with their encoding, those that were repaired too.
        evidence: (N,) evidence that the sides belong together; NaN where it was not measured.
        alignments: Evidence of the pairs that were measured, and its limit.
        languages: Scripts and languages of the sources and of the targets.
    """

    sources: list[str]
    targets: list[str]
    faults: NDArray[np.int8]
    swapped: NDArray[np.bool_]
    repaired: NDArray[np.bool_]
    trouble: Counter[str]
    evidence: NDArray[np.float64]
    alignments: Alignments
    languages: tuple[SideLanguages, SideLanguages]

    @property
    def kept(self) -> Ints:
        """Rows of the pairs without a fault."""
        return np.flatnonzero(self.faults == 0)


def inspect_pairs(sources: Sequence[str], targets: Sequence[str], rules: Rules) -> Inspection:
    """Tidy pairs and find their faults.

    Args:
        sources: N sources, as they were read.
        targets: N targets.
        rules: Languages and limits.

    Returns:
        The pairs and their faults.
    """
    work = _Work(sources, targets)
    work.find_encoding_trouble()
    work.mark(EMPTY, lambda one, other: not one or not other)
    limit = rules.max_characters
    work.mark(OVERLONG, lambda one, other: max(len(one), len(other)) > limit)
    work.exchange_swapped()
    work.find_unusual_characters()
    work.find_ratios(rules.max_ratio)
    work.mark(IDENTICAL, _identical)
    languages = work.find_languages(rules)
    work.find_duplicates()
    alignments = work.find_misaligned()
    return Inspection(
        work.sources,
        work.targets,
        work.faults,
        work.swapped,
        work.repaired,
        work.trouble,
        work.evidence,
        alignments,
        languages,
    )


class _Work:
    """Pairs under inspection; attributes as those of `Inspection`."""

    def __init__(self, sources: Sequence[str], targets: Sequence[str]) -> None:
        self.raw = (sources, targets)
        self.sources = list(map(tidied, sources))
        self.targets = list(map(tidied, targets))
        self.faults = np.zeros(len(sources), np.int8)
        self.swapped = np.zeros(len(sources), bool)
        self.repaired = np.zeros(len(sources), bool)
        self.trouble: Counter[str] = Counter()
        self.evidence = np.full(len(sources), np.nan)

    def mark(self, fault: str, has: Callable[[str, str], bool]) -> None:
        """Mark the pairs without a fault so far that have this one."""
        for row in self._rows():
            if has(self.sources[row], self.targets[row]):
                self.faults[row] = CODES[fault]

    def find_encoding_trouble(self) -> None:
        """Mark pairs with lost letters, and those that could be repaired."""
        for row, pair in enumerate(zip(*self.raw, strict=True)):
            found = {trouble(text) for text in pair} - {""}
            if found:
                self.trouble.update(found)
                self.repaired[row] = found <= REPAIRED
                if not found <= REPAIRED:
                    self.faults[row] = CODES[ENCODING]

    def find_unusual_characters(self) -> None:
        """Mark pairs with a letter that hardly any other pair has."""
        rows = self._rows()
        sources, targets = self._texts(rows)
        unusual = unusual_characters([*sources, *targets])
        for row, source, target in zip(rows.tolist(), sources, targets, strict=True):
            if has_unusual(source, unusual) or has_unusual(target, unusual):
                self.trouble[UNUSUAL] += 1
                self.faults[row] = CODES[ENCODING]

    def exchange_swapped(self) -> None:
        """Put pairs right whose sides are swapped, and mark those with both in one language."""
        rows = self._rows()
        if len(rows) < MIN_PAIRS:
            return
        source, target = side_evidence(*self._texts(rows))
        swapped = source + target < SWAPPED
        one_sided = (np.maximum(source, target) > -SWAPPED) & (
            np.minimum(source, target) < ELSEWHERE
        )
        self.faults[rows[one_sided]] = CODES[LANGUAGE]
        for row in rows[swapped & ~one_sided].tolist():
            self.swapped[row] = True
            self.sources[row], self.targets[row] = self.targets[row], self.sources[row]

    def find_ratios(self, limit: float) -> None:
        """Mark pairs with a side that is much longer than usual, compared with the other."""
        rows = self._rows()
        if not len(rows):
            return
        source, target = (np.array(list(map(len, texts))) for texts in self._texts(rows))
        ratios = np.log(target / source)
        unlike = np.abs(ratios - np.median(ratios)) > np.log(limit)
        self.faults[rows[unlike & (np.maximum(source, target) > RATIO_FROM)]] = CODES[RATIO]

    def find_languages(self, rules: Rules) -> tuple[SideLanguages, SideLanguages]:
        """Mark texts in another script or language than expected."""
        rows = self._rows()
        sources, targets = self._texts(rows)
        found = (
            examine_languages(sources, rules.source),
            examine_languages(targets, rules.target),
        )
        for side in found:
            script = np.array(side.wrong_script, bool)
            language = np.array(side.wrong_language, bool)
            free = self.faults[rows] == 0
            self.faults[rows[free & language]] = CODES[LANGUAGE]
            self.faults[rows[free & script]] = CODES[SCRIPT]
        return found

    def find_duplicates(self) -> None:
        """Mark pairs that were there before."""
        seen: set[tuple[str, str]] = set()
        for row in self._rows():
            pair = (self.sources[row], self.targets[row])
            if pair in seen:
                self.faults[row] = CODES[DUPLICATE]
            seen.add(pair)

    def find_misaligned(self) -> Alignments:
        """Mark pairs whose sides do not belong together."""
        rows = self._rows()
        alignments = measure_alignments(*self._texts(rows))
        self.evidence[rows] = alignments.evidence
        self.faults[rows[alignments.evidence < alignments.limit]] = CODES[MISALIGNED]
        return alignments

    def _rows(self) -> Ints:
        """Return the rows without a fault so far."""
        return np.flatnonzero(self.faults == 0)

    def _texts(self, rows: Ints) -> tuple[list[str], list[str]]:
        """Return the sources and the targets of rows."""
        numbers = rows.tolist()
        return [self.sources[row] for row in numbers], [self.targets[row] for row in numbers]


def _identical(source: str, target: str) -> bool:
    return (
        source[:1].casefold() == target[:1].casefold()
        and source.count(" ") + 1 >= IDENTICAL_FROM
        and folded(source) == folded(target)
    )
