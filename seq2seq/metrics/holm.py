"""Holm's correction for several significance tests (Holm 1979)."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Correct the p-values of a family of tests, in which any of them may be significant by chance.

    The smallest p is multiplied by the number of tests, the next one by one less, and so on. A test
    whose corrected p is below a level is significant, and the probability that any test of the
    family is so by chance is at most that level.

    Args:
        p_values: p of each test.

    Returns:
        Corrected p of each test, in the same order, at most 1.
    """
    corrected = [0.0] * len(p_values)
    largest = 0.0
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * p_values[place]))
        corrected[place] = largest
    return corrected
