"""Selection of the sentences that a report shows: the worst, the best, and random ones."""

from __future__ import annotations

import random
from collections.abc import Sequence

from seq2seq.reports.sentence import Sentence

WORST = "worst"
BEST = "best"
RANDOM = "random"


def select_examples(sentences: Sequence[Sentence], most: int) -> list[tuple[str, int]]:
    """Select a third each of the worst and the best sentences by chrF2, and of random ones.

    The selection is always the same, and a smaller one is part of a larger one.

    Args:
        sentences: All sentences of a set.
        most: Maximum number of sentences to select.

    Returns:
        The reason (WORST, BEST or RANDOM) and the index of each sentence, at most once each.
    """
    ordered = sorted(range(len(sentences)), key=lambda row: (sentences[row].chrf, row))
    most = min(most, len(ordered))
    third = -(-most // 3)
    worst = ordered[:third]
    rest = ordered[third:]
    best = rest[::-1][: min(third, most - len(worst))]
    left = set(rest[: len(rest) - len(best)])
    shuffled = list(range(len(sentences)))
    random.Random(0).shuffle(shuffled)
    drawn = sorted([row for row in shuffled if row in left][: most - len(worst) - len(best)])
    groups = ((WORST, worst), (BEST, best), (RANDOM, drawn))
    return [(reason, row) for reason, rows in groups for row in rows]
