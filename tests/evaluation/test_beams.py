"""Beams in the report of an evaluation, and scores from files."""

from __future__ import annotations

import json
import re
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
import torch

from seq2seq import EvaluationReport, Translator, evaluate
from seq2seq.errors import ConfigError, DataError
from tests.support.chromium import chromium
from tests.support.tiny_model import save_tiny_model

LINES = ["casa de papel", "perro rojo", "", "gato </script><b> azul"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("beams")
    save_tiny_model(folder / "model")
    pairs = "".join(f"{line}\tcasa roja\n" for line in LINES)
    (folder / "test.tsv").write_text(pairs, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def report(place: Path) -> EvaluationReport:
    return evaluate(place / "model", str(place / "test.tsv"), beams=[1, 4], decoding={"beam": 3})


def test_the_page_has_the_search_that_found_the_translation(
    place: Path, report: EvaluationReport, tmp_path: Path
) -> None:
    report.write(tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    [data] = re.findall(r'<script type="application/json" id="beams">(.*?)</script>', page)
    beams = json.loads(data)
    assert [beam["name"].split(": ", 1)[1] for beam in beams] == [LINES[0], LINES[3]]
    assert "layOutBeam" in page
    translator = Translator.from_pretrained(place / "model")
    records: list[dict[str, Any]] = []
    translator.translate(LINES[0], beam=3, trace=records.append)
    trace = records[1]
    shown = beams[0]["sentence"]
    assert shown["hypotheses"] == trace["hypotheses"]
    assert [step["candidates"] for step in shown["steps"]] == [
        step["candidates"] for step in trace["steps"]
    ]
    assert len(data) < 40_000, "states of the cells are not for this page"


def test_a_browser_draws_the_search_as_a_tree_that_can_be_followed(
    report: EvaluationReport, tmp_path: Path
) -> None:
    report.write(tmp_path)
    with chromium() as browser:
        page = browser.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto((tmp_path / "report.html").as_uri())
        nodes = page.locator("#beam-view .tree .node")
        assert nodes.count() >= 3
        assert page.locator("#beam-view .tree .node.chosen").count() >= 1
        page.locator("#beam-view select").select_option("1")
        nodes.first.focus()
        page.keyboard.press("Enter")
        assert page.locator("#beam-view .moment").inner_text().startswith("Step 1")
        assert not errors


def test_a_page_without_text_has_no_search_and_a_plain_one_no_script_for_it(
    place: Path, report: EvaluationReport, tmp_path: Path
) -> None:
    report.write(tmp_path / "none", sentences=0)
    plain = evaluate(place / "model", str(place / "test.tsv"), decoding={"beam": 1})
    plain.write(tmp_path / "plain")
    for name in ("none", "plain"):
        assert "beam-view" not in (tmp_path / name / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("row", [3, 5])
def test_a_blank_sentence_and_one_that_is_not_there_have_no_search(place: Path, row: int) -> None:
    with pytest.raises(ConfigError, match=f"--show-beam {row}"):
        evaluate(place / "model", str(place / "test.tsv"), beams=[row])


def test_scores_of_another_metric_are_a_metric_of_the_report(place: Path, tmp_path: Path) -> None:
    values = [0.5, 0.25, 1.0, 0.125]
    (tmp_path / "x.txt").write_text("".join(f"{value}\n" for value in values))
    arguments = {"decoding": {"beam": 1}, "scores": {"X": [tmp_path / "x.txt"]}}
    report = evaluate(place / "model", str(place / "test.tsv"), lower_is_better=["X"], **arguments)
    score = report.score("X")
    assert score.value == fmean(values)
    assert score.interval is not None
    assert min(values) <= score.interval[0] <= score.value <= score.interval[1] <= max(values)
    assert not score.higher_is_better
    groups = report.sets[0].breakdowns[0].groups
    assert sum(group.sentences * group.scores["X"] for group in groups) == pytest.approx(
        sum(values)
    )
    with pytest.raises(ConfigError, match="1 files for 2 sets"):
        evaluate(place / "model", [str(place / "test.tsv")] * 2, **arguments)
    (tmp_path / "x.txt").write_text("1\n2\n3\nhigh\n")
    with pytest.raises(DataError, match="line 4: 'high' is no score"):
        evaluate(place / "model", str(place / "test.tsv"), **arguments)
