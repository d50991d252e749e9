"""Seeds of all random draws that a training derives from its one seed.

Each draw has a stream of its own, given by the training's seed and by its place: step, epoch, rank,
part of the text. Therefore a resumed run draws what the unbroken run would have drawn, on any
number of processes. The formulas must not change: a run of an older version is to be resumed with
the same numbers.
"""

from __future__ import annotations

import random

import numpy as np


def dropout_seed(seed: int, *, step: int, batch: int, rank: int) -> int:
    """Return torch's seed for one batch of an optimizer step on one rank.

    It is a linear congruential generator (Knuth's MMIX) that takes in one number per round.
    """
    state = 0
    for number in (seed, step, batch, rank):
        state = (state * 6364136223846793005 + number + 1442695040888963407) % (1 << 63)
    return state


def row_order(seed: int, *, epoch: int) -> np.random.Generator:
    """Return the generator that shuffles the pairs of an epoch."""
    return np.random.default_rng((seed, epoch))


def batch_order(seed: int, *, epoch: int) -> np.random.Generator:
    """Return the generator that shuffles the batches of an epoch."""
    return np.random.default_rng((seed, epoch, 1))


def pass_order(seed: int, *, corpus: int, number: int) -> np.random.Generator:
    """Return the generator that shuffles one pass through one of several corpora."""
    return np.random.default_rng((seed, corpus, number, 2))


def epoch_seeds(seed: int, *, epoch: int, parts: int, part: int) -> tuple[int, int]:
    """Return the seeds of the augmentation and of the segmentation of one part of an epoch."""
    first = ((seed * 1_000_003 + epoch) * parts + part) * 2
    return first, first + 1


def block_seed(seed: int, *, block: int) -> int:
    """Return the seed of a block of streamed text; it takes the training's place in the block.

    No block has the seed of a text in memory, which is the training's own.
    """
    return int(np.random.SeedSequence((seed, block + 2)).generate_state(1)[0])


def chunk_seeds(seed: int, *, epoch: int, chunk: int) -> tuple[int, int]:
    """Return the seeds of the augmentation and of the segmentation of a chunk of a block."""
    first, second = np.random.SeedSequence((seed, epoch, chunk)).generate_state(2).tolist()
    return first, second


def named_draws(name: str, seed: int) -> random.Random:
    """Return the generator of one kind of draws, which do not repeat those of another kind."""
    return random.Random(f"{name} {seed}")
