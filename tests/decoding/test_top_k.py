"""Highest scores of each row."""

from __future__ import annotations

import pytest
import torch

from seq2seq.decoding.top_k import MIN_ROWS, top_k


@pytest.mark.parametrize("size", [5, 64, 1999, 2048, 8000])
@pytest.mark.parametrize("rows", [1, MIN_ROWS, 40])
def test_it_finds_what_topk_finds(rows: int, size: int) -> None:
    generator = torch.Generator().manual_seed(size + rows)
    scores = torch.randn(rows, size, generator=generator)
    scores[:, ::7] = float("-inf")
    best, places = top_k(scores, 4)
    expected = scores.topk(4, -1)
    assert torch.equal(best, expected.values)
    assert torch.equal(places, expected.indices)


def test_positions_lead_to_the_scores_even_with_ties() -> None:
    scores = torch.zeros(MIN_ROWS, 1000)
    scores[:, 990:] = 1.0
    best, places = top_k(scores, 6)
    assert torch.equal(scores.gather(1, places), best)
    assert all(len(set(row)) == 6 for row in places.tolist())
