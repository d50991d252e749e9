"""Every metric keeps the contract, and a plug-in is used wherever the built-in ones are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from seq2seq.errors import ConfigError
from seq2seq.evaluation.examine import SystemOutput, TestSet, examine
from seq2seq.metrics.metric import Counts, Metric, References, Totals
from seq2seq.metrics.registry import METRICS
from seq2seq.metrics.scores import measure, to_score
from seq2seq.reports.evaluation_report import EvaluationReport

HYPOTHESES = ["the cat sat", "a small house", "we go there today", ""]
REFERENCES = [["the cat sat on a mat"], ["a small home"], ["we go there today"], ["yes"]]
SEVERAL = [[*choices, "a small house"] for choices in REFERENCES]


class ExactMatch(Metric):
    """Percentage of hypotheses that equal a reference."""

    name = "exact match"

    def statistics(self, hypotheses: Sequence[str], references: References) -> Counts:
        pairs = zip(hypotheses, references, strict=True)
        return np.array([[hypothesis in choices, 1.0] for hypothesis, choices in pairs])

    def score(self, totals: Totals) -> float:
        return float(100 * totals[0] / totals[1])


@pytest.fixture
def exact_match() -> Iterator[None]:
    METRICS.register(ExactMatch.name)(ExactMatch)
    yield
    del METRICS._entries[ExactMatch.name]


@pytest.mark.parametrize("references", [REFERENCES, SEVERAL], ids=["one", "several"])
@pytest.mark.parametrize("name", METRICS)
def test_a_metric_counts_sentence_by_sentence(name: str, references: list[list[str]]) -> None:
    metric = METRICS[name]()
    assert metric.name == name
    counts = metric.statistics(HYPOTHESES, references)
    assert counts.dtype == np.float64
    assert len(counts) == len(HYPOTHESES)
    for row, counted in enumerate(counts):
        alone = metric.statistics([HYPOTHESES[row]], [references[row]])
        assert (alone == [counted]).all()
        assert isinstance(metric.sentence_score(counted), float)
    assert isinstance(metric.score(counts.sum(0)), float)
    assert metric.signature(n_references=2, bs=10).startswith("nrefs:2|bs:10|")
    assert metric.signature(n_references=None).startswith("nrefs:var|")


@pytest.mark.parametrize("references", [REFERENCES, SEVERAL], ids=["one", "several"])
@pytest.mark.parametrize("name", METRICS)
def test_measured_counts_are_the_metric_s_own(name: str, references: list[list[str]]) -> None:
    """Also where they are derived from those of another metric."""
    expected = METRICS[name]().statistics(HYPOTHESES, references)
    measured = measure(HYPOTHESES, references, metrics=list(METRICS))
    assert (measured[name].counts == expected).all()
    assert (name in measure(HYPOTHESES, references)) == METRICS[name].by_default


@pytest.mark.parametrize("precision", [np.float32, np.float64])
@pytest.mark.parametrize("name", METRICS)
def test_scores_of_several_corpora_are_those_of_each(name: str, precision: type) -> None:
    """To the last bit, also for corpora without any match, or without any words."""
    metric = METRICS[name]()
    hypotheses = [*HYPOTHESES, "x y", "we do not go there today at all", ""]
    references = [*REFERENCES, ["z"], ["we do not go there at all today"], [""]]
    counts = metric.statistics(hypotheses, references).astype(precision)
    generator = np.random.default_rng(1)
    sizes = [1, 1, 1, 2, 2, 3, 5, 8, 40] * 20
    totals = np.array([counts[generator.integers(len(counts), size=n)].sum(0) for n in sizes])
    totals[0] = 0
    assert metric.scores(totals).tolist() == [metric.score(one) for one in totals]


@pytest.mark.usefixtures("exact_match")
def test_a_metric_from_outside_is_in_reports_breakdowns_and_comparisons(tmp_path: Path) -> None:
    test = TestSet("set", ["a", "b", "c", "d e f g h i"], REFERENCES)
    baseline = ("old", [choices[0] for choices in REFERENCES])
    findings = examine("model", test, SystemOutput(HYPOTHESES), {}, baseline=baseline)
    score = findings.score("exact match")
    assert score.value == 25
    assert score.interval is not None
    assert score.interval[0] <= 25 <= score.interval[1]
    assert score.signature == "nrefs:1|bs:1000|seed:12345|case:mixed"
    groups = findings.breakdowns[0].groups
    assert [group.scores["exact match"] for group in groups] == [pytest.approx(100 / 3), 0]
    comparison = findings.comparisons[-1]
    assert (comparison.name, comparison.value, comparison.baseline) == ("exact match", 25, 100)
    EvaluationReport([findings]).write(tmp_path)
    found = json.loads((tmp_path / "report.json").read_text())["sets"][0]
    by_default = [name for name in METRICS if METRICS[name].by_default]
    assert [one["name"] for one in found["scores"]] == by_default
    assert found["breakdowns"][0]["parts"][1]["scores"]["exact match"] == 0
    for name in ("report.md", "report.html"):
        assert (tmp_path / name).read_text().count("exact match") >= 2


def test_a_metric_that_is_not_computed_by_default_can_be_asked_for() -> None:
    test = TestSet("set", ["a", "b", "c", "d"], REFERENCES)
    names = ["word error rate"]
    findings = examine("model", test, SystemOutput(HYPOTHESES), {}, metrics=names)
    assert findings.score("word error rate").value == 75
    with pytest.raises(ConfigError, match="did you mean 'word error rate'"):
        examine("model", test, SystemOutput(HYPOTHESES), {}, metrics=["word error"])


@pytest.mark.usefixtures("exact_match")
def test_a_metric_from_outside_is_resampled() -> None:
    statistics = measure(HYPOTHESES, REFERENCES)["exact match"]
    assert set(statistics.bootstrap_scores(50, 1)) <= {0, 25, 50, 75, 100}
    assert statistics.sentence_scores() == [0, 0, 100, 0]
    assert to_score(statistics, bootstrap=0).signature == "nrefs:1|case:mixed"
