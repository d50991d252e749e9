"""Which sentences of a report are shown, and in which order: the worst, the best, and some at
random."""

from __future__ import annotations

import random
from collections.abc import Sequence

from seq2seq.reports.findings import Sentence

WORST, BEST, RANDOM = "worst", "best", "random"


def select_examples(sentences: Sequence[Sentence], most: int) -> list[tuple[str, int]]:
    """Up to so many sentences, by their numbers: a third of them the worst by chrF, a third the
    best, the rest drawn.

    Each comes once, with why it is shown. The same sentences are drawn each time, and fewer are
    some of the more."""
    ordered = sorted(range(len(sentences)), key=lambda row: (sentences[row].chrf, row))
    most = min(most, len(ordered))
    third = -(-most // 3)
    worst, rest = ordered[:third], ordered[third:]
    best = rest[::-1][: min(third, most - len(worst))]
    left, shuffled = set(rest[: len(rest) - len(best)]), list(range(len(sentences)))
    random.Random(0).shuffle(shuffled)
    drawn = sorted([row for row in shuffled if row in left][: most - len(worst) - len(best)])
    return [
        (why, row) for why, rows in ((WORST, worst), (BEST, best), (RANDOM, drawn)) for row in rows
    ]
