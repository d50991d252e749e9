"""Draws of a given seed are those of earlier versions, whose runs are resumed."""

from __future__ import annotations

import itertools

from seq2seq.runtime import seeds


def test_seeds_are_those_of_earlier_versions() -> None:
    assert seeds.dropout_seed(1, step=2, batch=0, rank=3) == 4790059396617281150
    assert seeds.epoch_seeds(1, epoch=2, parts=3, part=1) == (6000032, 6000033)
    assert seeds.block_seed(1, block=0) == 1596810411
    assert seeds.chunk_seeds(1, epoch=2, chunk=3) == (3822189696, 3026158655)
    assert seeds.row_order(1, epoch=2).integers(1000) == 643
    assert seeds.batch_order(1, epoch=2).integers(1000) == 628
    assert seeds.pass_order(1, corpus=2, number=3).integers(1000) == 276
    assert seeds.named_draws("phrases", 1).randrange(1000) == 216


def test_no_two_places_of_a_training_share_a_seed() -> None:
    grid = list(itertools.product(range(3), range(4), range(5)))
    dropout = {seeds.dropout_seed(seed, step=step, batch=0, rank=rank) for seed, step, rank in grid}
    assert len(dropout) == len(grid)
    chunks = [seeds.chunk_seeds(seed, epoch=epoch, chunk=chunk) for seed, epoch, chunk in grid]
    assert len(set(itertools.chain.from_iterable(chunks))) == 2 * len(grid)
