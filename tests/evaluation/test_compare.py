"""Comparing systems: groups of seeds, tests, files, and what is refused."""

from __future__ import annotations

import csv
import json
import random
import shutil
from pathlib import Path
from statistics import mean, stdev

import pytest
import torch
from typer.testing import CliRunner

from seq2seq import ComparisonReport, compare, evaluate, train
from seq2seq.cli.app import app
from seq2seq.errors import ConfigError, DataError
from seq2seq.evaluation.systems import find_systems
from seq2seq.metrics.holm import holm
from seq2seq.reports.tex import escaped
from tests.support import tiny_run as tiny


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with three models, two of them seeds, and files of translations."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("compare")
    tiny.write_text(folder)
    for name, *settings in (
        ("gru-1", "training.seed=1"),
        ("gru-2", "training.seed=2"),
        ("elman", "model.cell=elman-tanh"),
    ):
        config = tiny.tiny_config(
            folder, "training.max_steps=8", "training.validate_every=8", *settings
        )
        train(config, output=folder / "runs" / name, cpu=True)
    lines = (folder / "dev.tsv").read_text().splitlines()
    targets = [line.split("\t")[1] for line in lines]
    draw = random.Random(1)
    for name, kept in (("good", 0.95), ("bad", 0.3)):
        texts = [
            " ".join(word if draw.random() < kept else "nothing" for word in target.split())
            for target in targets
        ]
        (folder / f"{name}.txt").write_text("".join(f"{text}\n" for text in texts))
        (folder / f"{name}.scores").write_text("".join(f"{kept + draw.random()}\n" for _ in texts))
    return folder


@pytest.fixture(scope="module")
def report(place: Path) -> ComparisonReport:
    names = ["runs/gru-1", "bad.txt", "runs/elman", "runs/gru-2"]
    systems = [*(place / name for name in names), f"theirs={place / 'good.txt'}"]
    return compare(systems, str(place / "dev.tsv"))


def test_seeds_of_a_configuration_are_one_system(place: Path, report: ComparisonReport) -> None:
    assert [Path(one.name).name for one in report.systems] == ["gru", "bad.txt", "elman", "theirs"]
    assert report.systems[0].seeds == [1, 2]
    assert report.systems[1].seeds == [None]
    values = [
        evaluate(place / "runs" / name, str(place / "dev.tsv")).score("chrF2").value
        for name in ("gru-1", "gru-2")
    ]
    found = report.score(report.baseline, "chrF2")
    assert found.values == values
    assert (found.mean, found.deviation) == (mean(values), stdev(values))
    assert (found.interval, found.verdict, found.p) == (None, "", None)
    assert report.score("theirs").interval is not None


def test_p_is_corrected_for_the_systems_of_a_metric(report: ComparisonReport) -> None:
    for metric in report.metrics:
        scores = [one for one in report.scores if one.metric == metric and one.comparison]
        assert len(scores) == 3
        for kind in ("p_bootstrap", "p_randomisation"):
            raw = [getattr(one.comparison, kind) for one in scores]
            assert [getattr(one, kind) for one in scores] == holm(raw)
    assert report.score("theirs").verdict == "better"
    assert report.score("theirs", "TER").verdict == "better"
    assert report.score("theirs", "TER").mean < report.score(report.baseline, "TER").mean


def test_two_single_systems_are_tested_as_evaluate_does(place: Path) -> None:
    data = str(place / "dev.tsv")
    ours = compare([place / "good.txt", place / "runs" / "elman"], data)
    theirs = evaluate(place / "runs" / "elman", data, baseline=place / "good.txt")
    assert [one.comparison for one in ours.scores[4:]] == theirs.sets[0].comparisons
    assert [one.interval for one in ours.scores[4:]] == [
        one.interval for one in theirs.sets[0].scores
    ]


def test_the_command_writes_the_same_table_in_every_form(place: Path, tmp_path: Path) -> None:
    (place / "a&b.txt").write_text((place / "bad.txt").read_text())
    words = ["compare", f"x={place / 'good.txt'}", f"x={place / 'bad.txt'}", str(place / "a&b.txt")]
    options = ["--data", str(place / "dev.tsv"), "--output", str(tmp_path), "--baseline", "x"]
    scores = [f"--scores=COMET={place / name}.scores" for name in ("good", "bad", "bad")]
    scores.append("--metric=word error rate")
    for _ in range(2):  # files of an earlier comparison are replaced
        done = CliRunner().invoke(app, [*words, *options, *scores], catch_exceptions=False)
        assert done.exit_code == 0
    document = json.loads((tmp_path / "table.json").read_text())
    assert document["systems"][0]["name"] == "x"
    with (tmp_path / "table.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(document["scores"]) == 2 * 6
    for row, one in zip(rows, document["scores"], strict=True):
        assert float(row["mean"]) == one["mean"]
        assert row["values"].split(" ") == [str(value) for value in one["values"]]
        cell = f"{one['mean']:.2f}"
        for name in ("table.md", "table.tex", "table.html"):
            assert cell in (tmp_path / name).read_text()
        assert cell in done.stdout
    assert [row["metric"] for row in rows[4:6]] == ["word error rate", "COMET"]
    assert "a\\&b.txt" in (tmp_path / "table.tex").read_text()
    assert "a&amp;b.txt" in (tmp_path / "table.html").read_text()
    assert document["scores"][-1]["signature"] == "file:bad.scores"


def test_a_file_that_no_comparison_wrote_is_not_replaced(place: Path, tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("mine")
    report = compare([place / "good.txt", place / "bad.txt"], str(place / "dev.tsv"))
    with pytest.raises(DataError, match=r"table\.csv"):
        report.write(tmp_path)


def test_systems_with_the_same_seed_stay_apart(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place / "runs" / "gru-1", tmp_path / "copy")
    systems = find_systems([place / "runs" / "gru-1", tmp_path / "copy"])
    assert [one.name for one in systems] == [str(place / "runs" / "gru-1"), str(tmp_path / "copy")]


def test_what_cannot_be_compared_is_an_error_of_one_line(place: Path, tmp_path: Path) -> None:
    dev = str(place / "dev.tsv")
    good = place / "good.txt"
    bad = place / "bad.txt"
    with pytest.raises(ConfigError, match="all are seeds of one system"):
        compare([place / "runs" / "gru-1", place / "runs" / "gru-2"], dev)
    with pytest.raises(ConfigError, match="given twice"):
        compare([good, good], dev)
    with pytest.raises(ConfigError, match="did you mean 'good'"):
        compare({"good": good, "bad": bad}, dev, baseline="goud")
    with pytest.raises(ConfigError, match="one test set"):
        compare([good, bad], [dev, dev])
    with pytest.raises(ConfigError, match="1 files for 2"):
        compare([good, bad], dev, scores={"COMET": [place / "good.scores"]})
    with pytest.raises(ConfigError, match="--lower-is-better X"):
        compare([good, bad], dev, lower_is_better=["X"])
    (tmp_path / "nan").write_text("nan\n" * len(good.read_text().splitlines()))
    with pytest.raises(DataError, match="line 1: 'nan' is no score"):
        compare([good, bad], dev, scores={"X": [tmp_path / "nan", place / "bad.scores"]})
    (tmp_path / "short").write_text("1\n")
    with pytest.raises(DataError, match="1 lines, for"):
        compare([good, bad], dev, scores={"X": [tmp_path / "short", place / "bad.scores"]})


def test_several_models_of_evaluate_are_an_ensemble_and_a_note_says_so(place: Path) -> None:
    models = [str(place / "runs" / name) for name in ("gru-1", "gru-2")]
    done = CliRunner().invoke(app, ["evaluate", *models, "--data", str(place / "dev.tsv")])
    [line] = [line for line in done.stderr.splitlines() if "ensemble" in line]
    assert "seq2seq compare" in line


def test_text_in_latex_is_text() -> None:
    assert escaped("50 % of $x_1 & #{~^\\}") == (
        r"50 \% of \$x\_1 \& \#\{\textasciitilde{}\textasciicircum{}\textbackslash{}\}"
    )
