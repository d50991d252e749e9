"""Evaluating a model directory: options affect the search and the scores, and are reported."""

from __future__ import annotations

import io
import shutil
import sys
import unicodedata
from pathlib import Path

import pytest
import torch

from seq2seq import Translator, evaluate, train
from seq2seq.errors import CheckpointError, ConfigError, DataError
from seq2seq.metrics.scores import bleu
from seq2seq.model_directory.description import ModelDescription
from seq2seq.model_directory.learn_shortlist import shortlist
from seq2seq.runtime.progress import track
from seq2seq.translation.engines import choose
from tests.support import tiny_run as tiny


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with a briefly trained model in `run`, and its text."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("evaluate")
    tiny.write_text(folder)
    train(tiny.tiny_config(folder, "training.max_steps=80"), output=folder / "run", cpu=True)
    return folder


def test_the_scores_are_those_of_the_models_translations(place: Path) -> None:
    report = evaluate(place / "run", str(place / "train.tsv"))
    pairs = [line.split("\t") for line in (place / "train.tsv").read_text().splitlines()]
    translator = Translator.from_pretrained(place / "run")
    hypotheses = [translator.translate(source).text for source, _ in pairs]
    assert list(report.sets[0].hypotheses) == hypotheses
    assert report.score().value == bleu(hypotheses, [[target] for _, target in pairs]).value
    assert report.sets[0].decoding == {
        "beam": 2,
        "length_penalty": 1.0,
        "dtype": "fp32",
        "shortlist": "no",
        "text": "split into sentences, items protected, case marks",
    }


def test_beam_and_length_penalty_are_used_and_reported(place: Path) -> None:
    [short] = evaluate(
        place / "run", str(place / "train.tsv"), decoding={"beam": 4, "length_penalty": 0.0}
    ).sets
    [long] = evaluate(
        place / "run", str(place / "train.tsv"), decoding={"beam": 4, "length_penalty": 5.0}
    ).sets
    assert (short.decoding["beam"], short.decoding["length_penalty"]) == (4, 0.0)
    assert short.length_ratio < long.length_ratio


def test_narrow_weights_and_a_shortlist_are_used_and_reported(place: Path) -> None:
    with pytest.raises(CheckpointError, match="seq2seq shortlist"):
        evaluate(place / "run", str(place / "dev.tsv"), shortlist=True)
    shortlist(place / "run")
    greedy = {"beam": 1}
    [plain] = evaluate(place / "run", str(place / "train.tsv"), decoding=greedy).sets
    [narrow] = evaluate(
        place / "run", str(place / "train.tsv"), decoding=greedy, dtype="int8", shortlist=True
    ).sets
    assert (narrow.decoding["dtype"], narrow.decoding["shortlist"]) == ("int8", "yes")
    same = [a == b for a, b in zip(plain.hypotheses, narrow.hypotheses, strict=True)]
    assert sum(same) >= 0.8 * len(same)
    translator = Translator.from_pretrained(place / "run", dtype="int8", shortlist=True)
    assert [
        translator.translate(text, beam=1).text for text in ("gato azul", "", "tres perro uno")
    ] == [
        translation.text
        for translation in translator.translate_all(["gato azul", "", "tres perro uno"], beam=1)
    ]
    with pytest.raises(ConfigError, match="known: fp32, bf16, int8"):
        Translator.from_pretrained(place / "run", dtype="int4")


def test_case_tokenization_and_columns(place: Path) -> None:
    lines = [line.split("\t") for line in (place / "dev.tsv").read_text().splitlines()]
    (place / "named.tsv").write_text(
        "".join(f"{t}\t{s}\n" for s, t in [("es", "EN"), *((s, t.upper()) for s, t in lines)])
    )
    arguments = {"source": "es", "target": "EN"}
    cased = evaluate(place / "run", str(place / "named.tsv"), **arguments)
    lowered = evaluate(
        place / "run", str(place / "named.tsv"), lowercase=True, tokenize="char", **arguments
    )
    assert cased.score().value == 0 < lowered.score().value
    assert "case:lc" in lowered.score().signature
    assert "tok:char" in lowered.score().signature


def test_a_hub_dataset_needs_its_split_and_an_unknown_tokenization_is_named(place: Path) -> None:
    with pytest.raises(DataError, match="--split test"):
        evaluate(place / "run", "Helsinki-NLP/opus-100")
    with pytest.raises(ConfigError, match="13a"):
        evaluate(place / "run", str(place / "dev.tsv"), tokenize="13aa")


def test_progress_is_shown_only_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for stream, visible in ((Terminal(), True), (io.StringIO(), False)):
        monkeypatch.setattr(sys, "stderr", stream)
        assert list(track(range(5), "counting", total=5)) == list(range(5))
        assert ("counting" in stream.getvalue()) == visible


def test_a_model_is_scored_with_the_tokenizer_of_its_training_unless_told_otherwise(
    place: Path,
) -> None:
    options = ["data.bleu_tokenizer=char", "training.max_steps=20", "training.validate_every=20"]
    train(tiny.tiny_config(place, *options), output=place / "char", cpu=True)
    assert "tok:char" in (place / "char" / "README.md").read_text()
    report = evaluate(place / "char", str(place / "dev.tsv"), decoding={"beam": 1})
    assert "tok:char" in report.score().signature
    assert (
        f"dev BLEU | {report.score().value:.2f} at step 20"
        in (place / "char" / "README.md").read_text()
    )
    assert (
        "tok:13a"
        in evaluate(place / "char", str(place / "dev.tsv"), tokenize="13a").score().signature
    )
    with pytest.raises(ConfigError, match="unknown tokenization 'chars'"):
        train(tiny.tiny_config(place, "data.bleu_tokenizer=chars"), output=place / "none", cpu=True)


def test_each_model_is_loaded_once_for_any_number_of_sets(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[Path] = []
    real = choose.describe

    def counting(directory: Path, *, verify: bool) -> ModelDescription:
        loaded.append(directory)
        return real(directory, verify=verify)

    monkeypatch.setattr(choose, "describe", counting)
    sets = [str(place / "dev.tsv"), str(place / "train.tsv"), str(place / "dev.tsv")]
    shutil.copytree(place / "run", place / "other")
    report = evaluate(place / "run", sets, baseline=place / "other")
    assert loaded == [place / "run", place / "other"]
    assert [one.data for one in report.sets] == sets
    assert report.score(number=0).value == report.score(number=2).value
    assert report.summary().count("Model") >= 3


def test_references_in_another_unicode_form_score_the_same_in_training_and_evaluation(
    tmp_path: Path,
) -> None:
    tiny.write_text(tmp_path)
    accented = (tmp_path / "train.tsv").read_text().replace("one", "óne").replace("cat", "çät")
    for name, form in (("train.tsv", "NFC"), ("nfc.tsv", "NFC"), ("nfd.tsv", "NFD")):
        (tmp_path / name).write_text(unicodedata.normalize(form, accented), encoding="utf-8")
    options = ["training.max_steps=80", "training.validate_every=40", "data.bleu_tokenizer=char"]
    for name in ("nfc", "nfd"):
        dev = f"data.dev={tmp_path / name}.tsv"
        train(tiny.tiny_config(tmp_path, dev, *options), output=tmp_path / name, cpu=True)

    def dev_bleu(run: str) -> list[float]:
        return [line["dev_bleu"] for line in tiny.metrics(tmp_path / run) if "dev_bleu" in line]

    assert dev_bleu("nfc")[-1] > 5
    assert dev_bleu("nfd") == dev_bleu("nfc")
    composed, decomposed = evaluate(
        tmp_path / "nfc", [str(tmp_path / "nfc.tsv"), str(tmp_path / "nfd.tsv")]
    ).sets
    assert decomposed.scores == composed.scores
    assert (composed.decomposed, decomposed.decomposed > 0) == (0, True)
