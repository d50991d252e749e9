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


@pytest.mark.parametrize("size", [7, 300, 2048])
@pytest.mark.parametrize("rows", [1, MIN_ROWS])
def test_of_equal_scores_the_lowest_positions_come_first(rows: int, size: int) -> None:
    generator = torch.Generator().manual_seed(size + rows)
    scores = torch.randint(4, (rows, size), generator=generator).float()
    for count in (1, 4, 7):
        best, places = top_k(scores, count)
        expected = scores.sort(dim=-1, descending=True, stable=True)
        assert torch.equal(best, expected.values[:, :count])
        assert torch.equal(places, expected.indices[:, :count])
