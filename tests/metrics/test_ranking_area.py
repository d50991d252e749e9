"""The area under the ROC curve, and chrF of single sentences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.metrics.ranking_area import area_under_curve
from seq2seq.metrics.scores import measure
from seq2seq.metrics.sentence_chrf import sentence_chrf

CASES = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=30)


@given(CASES)
def test_the_area_is_the_fraction_of_pairs_in_the_right_order(
    cases: list[tuple[int, bool]],
) -> None:
    high = [score for score, positive in cases if positive]
    low = [score for score, positive in cases if not positive]
    area = area_under_curve(*map(list, zip(*cases, strict=True)))
    if not high or not low:
        assert area == 0.5
        return
    wins = sum((one > other) + 0.5 * (one == other) for one in high for other in low)
    assert area == pytest.approx(wins / (len(high) * len(low)))


def test_sentence_chrf_is_the_score_of_a_corpus_of_one_composed_sentence() -> None:
    hypotheses = ["El nin\u0303o come.", "Otra cosa.", ""]
    references = ["El ni\u00f1o come.", "El gato bebe.", "El gato."]
    found = sentence_chrf(hypotheses, references)
    for one, hypothesis, reference in zip(found, hypotheses, references, strict=True):
        assert one == pytest.approx(measure([hypothesis], [[reference]])["chrF2"].value)
    assert found[0] == 100
