"""Minimum Bayes risk over candidates."""

from __future__ import annotations

import math

import pytest
import sacrebleu

from seq2seq.metrics.expected_chrf import expected_chrf


def test_each_candidate_is_scored_against_all() -> None:
    candidates = ["the house is red", "the house is blue", "a dog", "the house is red"]
    found = expected_chrf(candidates)
    for text, value in zip(candidates, found, strict=True):
        scores = [
            100.0 if text == other else sacrebleu.sentence_chrf(text, [other]).score
            for other in candidates
        ]
        assert value == pytest.approx(sum(scores) / 4)
    assert max(found) == found[0] == found[3]
    assert min(found) == found[2]


def test_candidates_of_a_beam_are_weighted_by_their_probability() -> None:
    candidates, log_p = (
        ["the house is red", "a dog", "a cat"],
        [-1000.0, -1000.0 - 2.0, -1000.0 - 1.0],
    )
    weights = [1.0, math.exp(-2.0), math.exp(-1.0)]
    for text, value in zip(candidates, expected_chrf(candidates, log_p), strict=True):
        scores = [
            100.0 if text == other else sacrebleu.sentence_chrf(text, [other]).score
            for other in candidates
        ]
        assert value == pytest.approx(
            sum(w * s for w, s in zip(weights, scores, strict=True)) / sum(weights)
        )


def test_one_candidate_agrees_with_itself_and_an_empty_one_with_nothing_else() -> None:
    assert expected_chrf(["x"]) == [100.0]
    assert expected_chrf([]) == []
    assert expected_chrf(["", "abc def"]) == [50.0, 50.0]
