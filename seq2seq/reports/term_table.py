"""Use of the terms of a glossary, as figures and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

MAX_TERMS = 100
"""Maximum number of terms of a glossary in a table."""


class TermUse(NamedTuple):
    """Use of a term of a glossary.

    Attributes:
        source: The source term.
        target: The target term.
        sentences: Number of sentences with the source term.
        used: Number of their translations with the target term.
        used_by_baseline: Number of the baseline's translations with it; None without a baseline.
    """

    source: str
    target: str
    sentences: int
    used: int
    used_by_baseline: int | None = None

    @property
    def missed(self) -> int:
        """Number of translations without the target term."""
        return self.sentences - self.used

    def to_json(self) -> dict[str, object]:
        """Return the term as a value for `json.dumps`."""
        of_baseline = self.used_by_baseline
        return {
            "source": self.source,
            "target": self.target,
            "used": self.used,
            "missed": self.missed,
            "used_by_baseline": of_baseline,
            "missed_by_baseline": None if of_baseline is None else self.sentences - of_baseline,
        }


def terms_summary(terms: Sequence[TermUse], *, baseline: bool) -> str:
    """Return how many terms are used, in words.

    Args:
        terms: The terms that occur.
        baseline: True if there is a baseline to compare with.

    Returns:
        A phrase such as "8 of 10 used".
    """
    total = sum(one.sentences for one in terms)
    text = f"{sum(one.used for one in terms):,} of {total:,} used"
    if baseline and terms:
        text += f"; by the baseline {sum(one.used_by_baseline or 0 for one in terms):,}"
    return text


def term_table(terms: Sequence[TermUse], *, baseline: bool) -> list[tuple[str, ...]]:
    """Return the terms as a table of text.

    Args:
        terms: The terms that occur, those that are missed most often first.
        baseline: True if there is a baseline to compare with.

    Returns:
        Header and rows; empty if no term occurs.
    """
    if not terms:
        return []
    header = ("Source term", "Target term", "Sentences", "Used", "Missed")
    rows = [
        (one.source, one.target, f"{one.sentences:,}", f"{one.used:,}", f"{one.missed:,}")
        for one in terms[:MAX_TERMS]
    ]
    if not baseline:
        return [header, *rows]
    others = [f"{one.used_by_baseline:,}" for one in terms[:MAX_TERMS]]
    return [
        (*header, "Used by the baseline"),
        *((*row, other) for row, other in zip(rows, others, strict=True)),
    ]
