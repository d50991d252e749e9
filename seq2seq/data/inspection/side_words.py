"""Which side of the pairs the words of a text belong to, learned from the pairs themselves.

No language needs to be known: of a swapped pair, the source is made of words that are nearly always
on the target side. A text does not count in its own favor.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seq2seq.data.alignment.ibm_model_1 import Floats
from seq2seq.data.inspection.words import WordIds
from seq2seq.data.ragged import Ints, RaggedIds

SMOOTHING = 0.5
"""Occurrences that are added to those of each word on each side."""


def side_evidence(sources: Sequence[str], targets: Sequence[str]) -> tuple[Floats, Floats]:
    """Measure how clearly each text belongs to the side that it is on.

    Args:
        sources: N sources.
        targets: N targets.

    Returns:
        Evidence (N,) of the sources and of the targets, as log-likelihood ratios: above 0 for the
        side that a text is on, below 0 for the other.
    """
    words = WordIds()
    source = words.ids(sources)
    target = words.ids(targets)
    here = np.bincount(source.ids, minlength=len(words)).astype(float)
    there = np.bincount(target.ids, minlength=len(words)).astype(float)
    return _evidence(source, here, there), _evidence(target, there, here)


def _evidence(texts: RaggedIds, here: Floats, there: Floats) -> Floats:
    """Return the evidence (N,) that texts belong here, with the words of each left out."""
    owners: Ints = np.arange(len(texts)).repeat(texts.lengths)
    left = np.maximum(here[texts.ids] - 1, 0) + SMOOTHING
    ratios = np.log(left / max(here.sum(), 1)) - np.log(
        (there[texts.ids] + SMOOTHING) / max(there.sum(), 1)
    )
    return np.bincount(owners, ratios, len(texts)).astype(np.float64)
