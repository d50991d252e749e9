"""Pairs that share a sentence with other pairs, such as training pairs with those of dev."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seq2seq.data.inspection.near_duplicates import folded, near_duplicates

Sides = tuple[Sequence[str], Sequence[str]]
"""Sources and targets."""


def leaking(pairs: Sides, held_out: Sides) -> NDArray[np.bool_]:
    """Find pairs with a sentence that is held out, on either side, apart from small changes.

    Args:
        pairs: N sources and N targets.
        held_out: Sources and targets of the pairs that are held out.

    Returns:
        (N,) True for each pair whose source or target is one of those held out, once both are
        folded, or nearly one.
    """
    found = np.zeros(len(pairs[0]), bool)
    for texts, held in zip(pairs, held_out, strict=True):
        rows: dict[str, list[int]] = {}
        for row, text in enumerate(texts):
            rows.setdefault(folded(text), []).append(row)
        taken = set(map(folded, held))
        distinct = list(dict.fromkeys((*rows, *taken)))
        same = taken & rows.keys()
        for one, other in near_duplicates(distinct):
            for text, twin in (
                (distinct[one], distinct[other]),
                (distinct[other], distinct[one]),
            ):
                if text in taken and twin in rows:
                    same.add(twin)
        for text in same:
            found[rows[text]] = True
    return found
