"""Tests between groups of seeds, and metrics that are means."""

from __future__ import annotations

import os
from statistics import fmean

import numpy as np
import pytest
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.metrics.ter import TER
from sacrebleu.significance import PairedTest

from seq2seq.metrics.mean_metric import GivenScores
from seq2seq.metrics.scores import measure
from seq2seq.metrics.seed_groups import Measured, compare_seeds
from tests.metrics.test_significance import corpus


def measured(*spoilt: float) -> list[Measured]:
    references, *systems = corpus(60, *spoilt)
    return [dict(measure(lines, [[line] for line in references])) for lines in systems]


@pytest.mark.parametrize(("kind", "name"), [("bs", "p_bootstrap"), ("ar", "p_randomisation")])
def test_the_p_of_single_seeds_is_that_of_sacrebleu(
    kind: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "SACREBLEU_SEED", "12345")
    references, base, better, worse = corpus(60, 0.30, 0.26, 0.33)
    metrics = {
        "BLEU": BLEU(),
        "chrF2": CHRF(),
        "chrF2++": CHRF(word_order=2),
        "TER": TER(),
    }
    named = [("base", base), ("better", better), ("worse", worse)]
    theirs = PairedTest(named, metrics, [references], test_type=kind)()[1]
    own = [dict(measure(lines, [[line] for line in references])) for _, lines in named]
    for place in (1, 2):
        for one in compare_seeds([own[place]], [own[0]]):
            assert getattr(one, name) == pytest.approx(theirs[one.name][place].p_value, abs=1e-12)


def test_several_seeds_are_compared_by_their_means() -> None:
    ours = measured(0.1, 0.12, 0.14)
    theirs = measured(0.5, 0.52)
    for one in compare_seeds(ours, theirs, resamples=200, trials=200):
        assert one.value == fmean(seed[one.name].value for seed in ours)
        assert one.baseline == fmean(seed[one.name].value for seed in theirs)
        assert one.verdict == "better"
        assert one.p_bootstrap == one.p_randomisation == pytest.approx(1 / 201)
    back = compare_seeds(theirs, ours, resamples=200, trials=200)
    assert [one.verdict for one in back] == ["worse"] * 4


def test_seeds_that_differ_more_than_the_systems_show_no_clear_difference() -> None:
    seeds = measured(0.1, 0.5, 0.11, 0.48)
    for one in compare_seeds(seeds[:2], seeds[2:], resamples=100, trials=300):
        assert one.p_randomisation > 0.05
        assert one.verdict == "no clear difference"
    for one in compare_seeds(seeds, seeds, resamples=100, trials=100):
        assert one.p_bootstrap == one.p_randomisation == 1


def test_p_of_equal_systems_is_spread_evenly() -> None:
    draw = np.random.default_rng(1)
    p_values = []
    for _ in range(60):
        seeds = [
            {"x": GivenScores("x", draw.normal(size=12).tolist(), "file:x").counted()}
            for _ in range(4)
        ]
        [one] = compare_seeds(seeds[:2], seeds[2:], resamples=50, trials=99)
        p_values.append(one.p_randomisation)
    assert 0.35 < fmean(p_values) < 0.65
    assert sum(p < 0.1 for p in p_values) <= 15


def test_given_scores_are_averaged_in_every_subset() -> None:
    statistics = GivenScores("x", [1.0, 2.0, 6.0], "file:x.txt", higher_is_better=False).counted()
    assert statistics.value == 3
    assert statistics.subset([0, 2]).value == 3.5
    assert statistics.sentence_scores() == [1, 2, 6]
    assert not statistics.higher_is_better
    assert statistics.signature(bs=10, seed=1) == "file:x.txt|bs:10|seed:1"
