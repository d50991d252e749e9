"""`seq2seq evaluate`: several sets, baselines, columns and errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from seq2seq.cli.evaluate import evaluate
from seq2seq.errors import ConfigError, DataError
from seq2seq.evaluation.evaluate import evaluate as evaluated
from seq2seq.training.run import train
from tests.support import tiny_run as tiny


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("evaluate")
    tiny.write_text(folder)
    train(
        tiny.tiny_config(folder, "training.max_steps=60", "training.ema=0.5"),
        output=folder / "run",
        cpu=True,
    )
    train(tiny.tiny_config(folder, "training.max_steps=8"), output=folder / "old", cpu=True)
    lines = (folder / "dev.tsv").read_text().splitlines()
    rows = [f"{line}\t{'long' if len(line) > 24 else 'short'}" for line in lines]
    (folder / "domains.tsv").write_text(
        "source\ttarget\tdomain\n" + "".join(f"{row}\n" for row in rows)
    )
    (folder / "gold.txt").write_text("".join(line.split("\t")[1] + "\n" for line in lines))
    return folder


def test_several_sets_and_a_model_to_compare_with_are_one_report(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sets = [str(place / "dev.tsv"), str(place / "train.tsv")]
    evaluate(
        [place / "run"],
        sets,
        output=tmp_path,
        baseline=[place / "old"],
        nbest=2,
        training_text=str(place / "train.tsv"),
    )
    document = json.loads((tmp_path / "report.json").read_text())
    assert [one["data"] for one in document["sets"]] == sets
    assert [one["baseline"] for one in document["sets"]] == [str(place / "old")] * 2
    for one, data in zip(document["sets"], sets, strict=True):
        assert one["scores"][0]["value"] == evaluated(place / "run", data).score().value
        assert one["comparisons"][0]["baseline"] == evaluated(place / "old", data).score().value
        assert [part["by"] for part in one["breakdowns"]] == [
            "length of the source in words",
            "rare words in the source",
        ]
        assert one["notes"] == []
        assert 0 <= one["attention"]["entropy"] <= one["attention"]["even"]
        layers = {flow["layer"]: flow for flow in one["gradients"]}
        assert list(layers) == [
            "encoder layer 1 forwards",
            "encoder layer 1 backwards",
            "decoder layer 1",
        ]
        assert all(
            flow["diagnosis"].startswith(("healthy", "vanishing", "exploding"))
            for flow in layers.values()
        )
        assert all(norm > 0 for flow in layers.values() for norm in flow["norms"])
    assert [one["step"] for one in document["training"]] == [60]
    page = (tmp_path / "report.html").read_text()
    assert "Training" in page
    assert page.count("<svg ") >= 2 * 2 + 4
    line = json.loads((tmp_path / "sentences-1.jsonl").read_text().splitlines()[0])
    assert len(line["alternatives"]) == 2
    assert line["hypothesis"] == (tmp_path / "hypotheses-1.txt").read_text().splitlines()[0]
    said = capsys.readouterr().out
    assert "BLEU" in said
    assert f"wrote {tmp_path / 'report.html'}" in said


def test_a_file_of_translations_is_a_baseline_and_a_column_groups_the_set(
    place: Path, tmp_path: Path
) -> None:
    arguments = {"source": "source", "target": "target", "by": "domain"}
    sets = [str(place / "domains.tsv")]
    evaluate(
        [place / "run"],
        sets,
        output=tmp_path,
        baseline=[place / "gold.txt"],
        sentences=0,
        **arguments,
    )
    [one] = json.loads((tmp_path / "report.json").read_text())["sets"]
    assert one["comparisons"][1]["baseline"] == pytest.approx(100)
    assert one["breakdowns"][-1]["by"] == "domain"
    assert {part["name"] for part in one["breakdowns"][-1]["parts"]} == {"long", "short"}
    assert not (tmp_path / "sentences.jsonl").exists()
    assert "gato" not in (tmp_path / "report.html").read_text()


def test_only_a_training_text_that_is_given_is_read(place: Path) -> None:
    dev = str(place / "dev.tsv")
    for text, said in ((None, "--training-text"), (str(place / "gone.tsv"), "gone.tsv")):
        [report] = evaluated(place / "run", dev, training_text=text).sets
        assert [one.by for one in report.breakdowns] == ["length of the source in words"]
        [note] = report.notes
        assert "rare words" in note
        assert said in note


@pytest.mark.parametrize(("lines", "said"), [(3, "3 lines"), (500, "more than"), (0, "0 lines")])
def test_a_baseline_of_another_length_is_an_error_of_one_line(
    place: Path, tmp_path: Path, lines: int, said: str
) -> None:
    (tmp_path / "theirs.txt").write_text("a line\n" * lines)
    with pytest.raises(
        DataError, match=rf"theirs\.txt: {said}.* for the \d+ sentences of .*dev\.tsv"
    ) as caught:
        evaluate([place / "run"], [str(place / "dev.tsv")], baseline=[tmp_path / "theirs.txt"])
    assert "\n" not in str(caught.value)


def test_baselines_are_one_model_or_one_per_set(place: Path) -> None:
    sets = [str(place / "dev.tsv")] * 2
    with pytest.raises(ConfigError, match="--baseline: 1 for 2 sets"):
        evaluate([place / "run"], sets, baseline=[place / "gold.txt"])
    with pytest.raises(ConfigError, match="--baseline: 3 for 2 sets"):
        evaluate([place / "run"], sets, baseline=[place / "old"] * 3)


def test_a_metric_that_is_asked_for_is_in_the_scores_and_the_comparison(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sets = [str(place / "dev.tsv")]
    evaluate([place / "run"], sets, baseline=[place / "gold.txt"], metric=["word error rate"])
    printed = capsys.readouterr().out
    assert printed.count("word error rate") >= 2
    assert "phoneme error rate" not in printed
    with pytest.raises(ConfigError, match="unknown metric 'wer'"):
        evaluate([place / "absent"], sets, metric=["wer"])


def test_an_empty_set_and_a_missing_column_are_errors_of_one_line(
    place: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty.tsv").write_text("")
    with pytest.raises(DataError, match=r"empty\.tsv"):
        evaluate([place / "run"], [str(tmp_path / "empty.tsv")])
    with pytest.raises(DataError, match="genre"):
        evaluate(
            [place / "run"],
            [str(place / "domains.tsv")],
            source="source",
            target="target",
            by="genre",
        )


def test_a_page_that_is_not_ours_is_refused_before_anything_is_translated(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("mine")
    with pytest.raises(DataError, match=r"holds report\.html"):
        evaluate([tmp_path / "absent"], ["absent.tsv"], output=tmp_path)
    assert (tmp_path / "report.html").read_text() == "mine"


def test_with_a_glossary_the_report_says_how_often_its_terms_are_used(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "terms.tsv").write_text("perro\thound\ngato\tcat\npez\tfish\n")
    evaluate(
        [place / "run"],
        [str(place / "dev.tsv")],
        output=tmp_path / "report",
        baseline=[place / "run"],
        glossary=tmp_path / "terms.tsv",
    )
    [found] = json.loads((tmp_path / "report" / "report.json").read_text())["sets"]
    terms = {one["source"]: one for one in found["terms"]}
    assert terms.keys() == {"perro", "gato"}
    assert terms["perro"]["used_by_baseline"] == 0
    used = [sum(one[key] for one in found["terms"]) for key in ("used", "used_by_baseline")]
    assert used[0] > used[1]
    assert "Terms" in capsys.readouterr().out
    assert "hound" in (tmp_path / "report" / "report.html").read_text()
