"""Area under the ROC curve: how well a score separates two kinds."""

from __future__ import annotations

from collections.abc import Sequence


def area_under_curve(scores: Sequence[float], positive: Sequence[bool]) -> float:
    """Return the probability that a positive case has a higher score than a negative one.

    Args:
        scores: N scores.
        positive: Whether each case is positive.

    Returns:
        Area under the ROC curve, from 0 to 1; equal scores count half. It is 0.5 if all cases are
        of one kind.
    """
    order = sorted(range(len(scores)), key=lambda place: scores[place])
    ranks = [0.0] * len(scores)
    first = 0
    while first < len(order):
        last = first
        while last + 1 < len(order) and scores[order[last + 1]] == scores[order[first]]:
            last += 1
        for place in order[first : last + 1]:
            ranks[place] = (first + last) / 2
        first = last + 1
    count = sum(1 for one in positive if one)
    others = len(scores) - count
    if not count or not others:
        return 0.5
    total = sum(rank for rank, one in zip(ranks, positive, strict=True) if one)
    return (total - count * (count - 1) / 2) / (count * others)
