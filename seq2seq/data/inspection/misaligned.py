"""Pairs whose sentences do not belong together, by the evidence of their words.

How the evidence of wrong pairs looks is learned from pairs that are made by exchanging sentences of
the same length. The limit below which a pair counts as misaligned lets few right pairs through.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from seq2seq.data.alignment.ibm_model_1 import Floats
from seq2seq.data.alignment.mutual_evidence import mutual_evidence
from seq2seq.data.inspection.words import WordIds
from seq2seq.data.ragged import Ints, RaggedIds

MIN_PAIRS = 2000
"""Number of pairs from which their words teach enough to judge by."""

EXCHANGED = 5000
"""Maximum number of pairs to make by exchanging sentences."""

FALSE_ALARMS = 0.005
"""Part of all pairs that may be right and nevertheless below the limit, at most."""

RECALL = 0.99
"""Part of the exchanged pairs that are below the limit at most: more is not worth a false alarm."""

_SEED = 1


class Alignments(NamedTuple):
    """How well the sentences of each pair belong together.

    Attributes:
        evidence: (N,) evidence for each pair, negative against it; NaN if there are too few pairs.
        limit: Evidence below which a pair counts as misaligned.
        exchanged: Evidence for pairs that were made by exchanging sentences.
    """

    evidence: Floats
    limit: float
    exchanged: Floats


def measure_alignments(sources: Sequence[str], targets: Sequence[str]) -> Alignments:
    """Measure how well the sentences of each pair belong together.

    Args:
        sources: N sources.
        targets: N targets.

    Returns:
        The evidence, and the limit below which a pair counts as misaligned.
    """
    if len(sources) < MIN_PAIRS:
        return Alignments(np.full(len(sources), np.nan), -np.inf, np.empty(0))
    source = WordIds().ids(sources)
    target = WordIds().ids(targets)
    evidence, wrong = mutual_evidence(source, target, mismatched=_exchange(target))
    return Alignments(evidence, _limit(evidence, wrong), wrong)


def _exchange(target: RaggedIds) -> tuple[Ints, Ints]:
    """Return rows of sources, and for each the row of another target of the same length."""
    random = np.random.default_rng(_SEED)
    shuffled = random.permutation(len(target))
    by_length = shuffled[np.argsort(target.lengths[shuffled], kind="stable")]
    chosen = random.permutation(len(target) - 1)[:EXCHANGED]
    return by_length[chosen], by_length[chosen + 1]


def _limit(evidence: Floats, wrong: Floats) -> float:
    """Return the highest limit below which few right pairs are expected.

    Half of the wrong pairs are below the median of the exchanged ones, and hardly any right pair.
    """
    ascending = np.sort(evidence)
    wrong = np.sort(wrong)
    part_wrong = min(1.0, 2 * float(np.mean(ascending < np.median(wrong))))
    below = np.arange(1, len(ascending) + 1) / len(ascending)
    found = np.searchsorted(wrong, ascending) / len(wrong)
    few = below - part_wrong * found <= FALSE_ALARMS
    allowed = ascending[few & (ascending <= min(0.0, np.quantile(wrong, RECALL)))]
    return float(allowed[-1]) if len(allowed) else -np.inf
