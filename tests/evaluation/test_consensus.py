"""Minimum Bayes risk over candidates."""

from __future__ import annotations

import pytest
import sacrebleu

from seq2seq.evaluation.consensus import expected_chrf


def test_each_candidate_is_measured_against_all() -> None:
    candidates = ["the house is red", "the house is blue", "a dog", "the house is red"]
    found = expected_chrf(candidates)
    for text, value in zip(candidates, found, strict=True):
        scores = [100.0 if text == other else sacrebleu.sentence_chrf(text, [other]).score for other in candidates]
        assert value == pytest.approx(sum(scores) / 4)
    assert max(found) == found[0] == found[3]
    assert min(found) == found[2]


def test_one_candidate_agrees_with_itself_and_an_empty_one_with_nothing_else() -> None:
    assert expected_chrf(["x"]) == [100.0]
    assert expected_chrf([]) == []
    assert expected_chrf(["", "abc def"]) == [50.0, 50.0]
