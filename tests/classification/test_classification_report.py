"""Report of a classifier: its figures, its page, untrusted text in it, and the command."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from seq2seq import ClassificationReport, Classifier
from seq2seq.cli.app import app
from seq2seq.metrics.label_scores import OTHERS, LabelScores, label_scores
from seq2seq.reports.classification_report import LabelledText
from tests.support.examples import few
from tests.support.tiny_classifier import train_classifier, write_pairs

HOSTILE = "</script><script>window.hacked = 1</script><img src=x onerror='hacked()'> | & \x00"


def scored(labels: int, texts: int = 200) -> LabelScores:
    """Return the scores of random predictions of this number of labels."""
    generator = np.random.default_rng(1)
    probabilities = generator.dirichlet(np.ones(labels) / 2, texts)
    truth = generator.integers(labels, size=texts).tolist()
    return label_scores([f"label {number}" for number in range(labels)], truth, probabilities)


@given(st.integers(2, 12), st.integers(2, 8))
@few(30)
def test_rare_labels_share_a_row_and_no_text_is_lost(labels: int, most: int) -> None:
    scores = scored(labels)
    rows = scores.rows(most)
    assert len(rows) == min(labels, most) == len(rows[0].counts)
    assert sum(row.texts for row in rows) == scores.texts
    assert (rows[-1].label == OTHERS) == (labels > most) == (rows[-1].f1 is None)
    for place, row in enumerate(rows):
        if row.label != OTHERS:
            number = scores.labels.index(row.label)
            assert row.counts[place] == scores.confusion[number, number]
            assert row.texts == scores.confusion[number].sum()


def test_the_bins_hold_all_texts_and_give_the_calibration_error() -> None:
    scores = scored(3)
    assert scores.texts == 200
    assert sum(one.right for one in scores.bins) == np.trace(scores.confusion)
    gaps = [one.texts / 200 * abs(one.probability - one.right / one.texts) for one in scores.bins]
    assert scores.calibration_error == pytest.approx(100 * sum(gaps))
    assert [one.probability for one in scores.bins] == sorted(
        one.probability for one in scores.bins
    )
    assert sum(texts for _, _, texts in scores.confusions(100)) == 200
    assert len(scores.confusions(2)) == 2


def test_the_page_shows_text_as_text(tmp_path: Path) -> None:
    scores = label_scores([HOSTILE, "b"], [0, 1], np.array([[0.9, 0.1], [0.6, 0.4]]))
    words = [(HOSTILE, 0.75), ("film", 0.2), ("", 0.05)]
    texts = [LabelledText(HOSTILE, label, HOSTILE, 0.6, words) for label in (HOSTILE, "b")]
    report = ClassificationReport(HOSTILE, HOSTILE, scores, texts)
    report.write(tmp_path)
    report.write(tmp_path)  # replaces an earlier report
    page = (tmp_path / "report.html").read_text()
    assert "<script>window" not in page
    assert "<img" not in page
    assert page.count("<h3>") == 2
    assert "75.0 %" in page
    markdown = (tmp_path / "report.md").read_text()
    assert "<script" not in markdown
    assert "- Accuracy: 50.00 %" in markdown
    document = json.loads((tmp_path / "report.json").read_text())
    assert document["confusion"] == [
        {"label": HOSTILE, "predicted": HOSTILE, "texts": 1},
        {"label": "b", "predicted": HOSTILE, "texts": 1},
    ]


def test_no_color_is_so_strong_that_text_on_it_is_not_readable() -> None:
    scores = scored(2)
    text = LabelledText("a b", "x", "x", 0.9, [("a", 0.9), ("b", 0.1), ("", 0.0)])
    page = ClassificationReport("model", "set", scores, [text]).to_html()
    shades = [float(one) for one in re.findall(r"--w:([\d.]+)", page)]
    assert max(shades) == 50
    assert min(shades) == pytest.approx(50 / 9, abs=0.1)
    assert "a 90.0 %, b 10.0 %, the end of the text 0.0 %" in page


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with a trained classifier in `run`, and its text."""
    torch.set_num_threads(1)
    place = tmp_path_factory.mktemp("classifier")
    write_pairs(place)
    train_classifier(place, "run", "training.max_steps=10")
    return place


def test_the_report_of_a_file_is_that_of_its_texts(directory: Path) -> None:
    classifier = Classifier.from_pretrained(directory / "run")
    report = classifier.report_data(str(directory / "train.tsv"), examples=3)
    expected = classifier.score_data(str(directory / "train.tsv"))
    assert report.scores.to_markdown() == expected.to_markdown()
    for wanted in (False, True):
        sure = [one.probability for one in report.examples if one.right == wanted]
        assert sure == sorted(sure, reverse=True)
        assert len(sure) <= 3
    for one in report.examples:
        assert [word for word, _ in one.words] == [*one.text.split(), ""]
        assert sum(weight for _, weight in one.words) == pytest.approx(1, abs=1e-5)


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["classify", *map(str, arguments)])
    return result.exit_code, result.output


def test_the_command_writes_a_page_with_the_training(directory: Path, tmp_path: Path) -> None:
    command = ("--model", directory / "run", "--data", directory / "train.tsv")
    code, printed = run(*command, "--output", tmp_path, "--examples", 0)
    assert code == 0, printed
    assert "report.html" in printed
    page = (tmp_path / "report.html").read_text()
    assert "Dev accuracy" in page
    assert "a fine and" not in page
    document = json.loads((tmp_path / "report.json").read_text())
    assert document["examples"] == []
    assert document["training"][0]["step"] == 10
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "report.md").write_text("mine")
    code, printed = run(*command, "--output", tmp_path / "other")
    assert code != 0
    assert (tmp_path / "other" / "report.md").read_text() == "mine"


def test_a_page_needs_texts_to_score(directory: Path, tmp_path: Path) -> None:
    code, _ = run("--model", directory / "run", "--output", tmp_path / "page", "a film")
    assert code != 0
    assert not (tmp_path / "page").exists()
