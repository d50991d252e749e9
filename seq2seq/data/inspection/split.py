"""Division of pairs into train, dev and test, with each group of pairs in one of them."""

from __future__ import annotations

import numpy as np

from seq2seq.data.ragged import Ints
from seq2seq.errors import DataError

TRAIN, DEV, TEST = range(3)
"""Numbers of the parts."""

MAX_GROUP = 20
"""Groups of more pairs are for training: sentences that are so common make a test too easy."""


def split_groups(groups: Ints, *, dev: int, test: int, seed: int) -> Ints:
    """Divide pairs at random so that each group is in one part.

    Args:
        groups: (N,) group of each pair.
        dev: Number of pairs for dev.
        test: Number of pairs for test.
        seed: Seed of the choice.

    Returns:
        (N,) part of each pair: TRAIN, DEV or TEST.

    Raises:
        DataError: There are not enough pairs.
    """
    if dev + test >= len(groups):
        raise DataError(
            f"pairs left: {len(groups):,}, too few for {dev:,} dev pairs, {test:,} test pairs "
            "and some to train on; lower --dev and --test"
        )
    _, place, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    order = np.random.default_rng(seed).permutation(len(sizes))
    left = {DEV: dev, TEST: test}
    parts = np.full(len(sizes), TRAIN)
    for group in order.tolist():
        size = int(sizes[group])
        part = next((one for one, room in left.items() if size <= min(room, MAX_GROUP)), TRAIN)
        parts[group] = part
        if part != TRAIN:
            left[part] -= size
        if not any(left.values()):
            break
    found: Ints = parts[place]
    return found
