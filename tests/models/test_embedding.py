"""Embeddings: scale and dtype of the vectors."""

from __future__ import annotations

import pytest
import torch

from seq2seq.models.embedding import PADDING, Embedding


@pytest.mark.parametrize(("scale", "factor"), [(True, 2), (False, 1)])
def test_vectors_are_rows_of_the_weight_times_the_root_of_their_size(
    scale: bool, factor: int
) -> None:
    embedding = Embedding(9, 4, scale=scale)
    ids = torch.tensor([[3, PADDING], [8, 1]])
    assert torch.equal(embedding(ids), embedding.weight[ids] * factor)
    assert not embedding.weight[PADDING].any()
    assert embedding.weight[1:].all()


def test_autocast_changes_the_type_of_the_vectors_and_not_that_of_the_gradient() -> None:
    embedding = Embedding(9, 4)
    ids = torch.tensor([3, 8, 3, PADDING])
    with torch.autocast("cpu", torch.bfloat16):
        vectors = embedding(ids)
    assert torch.equal(vectors, embedding.weight[ids].bfloat16())
    vectors.sum().backward()
    gradient = embedding.weight.grad
    assert gradient is not None
    assert gradient.dtype == torch.float32
    assert gradient.sum(1).tolist() == [0, 0, 0, 8, 0, 0, 0, 0, 4]
