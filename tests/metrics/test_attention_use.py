"""Statistics of attention, on matrices for which they are known."""

from __future__ import annotations

import numpy as np
import pytest

from seq2seq.metrics.attention_use import AttentionUse, Weights, attention_use


def even(rows: int, columns: int) -> Weights:
    return np.full((rows, columns), 1 / columns, dtype=np.float32)


def test_one_to_one_attention_has_no_entropy_and_reads_all_once() -> None:
    assert attention_use([np.eye(5, dtype=np.float32)]) == pytest.approx(
        AttentionUse(0, np.log2(5), 0, 0), abs=1e-6
    )


def test_even_attention_has_the_highest_entropy() -> None:
    found = attention_use([even(4, 8), even(2, 2)])
    assert found is not None
    assert (
        found.entropy
        == pytest.approx((4 * 3 + 2 * 1) / 6, abs=1e-5)
        == pytest.approx(found.even, abs=1e-5)
    )


def test_unread_and_reread_source_tokens_are_counted() -> None:
    weights = np.zeros((4, 5), dtype=np.float32)
    weights[:, 0] = 0.75
    weights[:, 1] = 0.25
    found = attention_use([weights])
    assert found is not None
    assert (found.unread, found.reread) == (0.5, 0.25)  # the fifth column is the end token's
    assert "50.0% of source tokens are hardly attended to" in str(found)


def test_without_weights_there_are_no_statistics() -> None:
    assert attention_use([]) is None
    assert attention_use([even(1, 1)]) is None  # an empty source
