"""Training of a language model: exact resume, truncation, settings that it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from seq2seq.config.config import Config
from seq2seq.errors import CheckpointError, ConfigError, DataError, TrainingError
from seq2seq.evaluation.training_runs import report
from seq2seq.model_directory.store import load_model
from seq2seq.training.check import check
from seq2seq.training.run import train
from seq2seq.translation.translator import Translator
from tests.support.interrupted import interrupt
from tests.support.tiny_language_model import (
    LINES,
    language_model_config,
    train_language_model,
    write_lines,
)
from tests.support.tiny_run import last_weights, metrics, tiny_config, write_text


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    write_lines(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "options",
    [
        ["data.shuffle_lines=true", "training.accumulate=2", "training.ema=0.9"],
        ["model.cell=lstm", "model.decoder_layers=2", "training.schedule=plateau"],
        ["training.truncate_after=1", "model.weight_norm=true", "model.dropout_over_time=true"],
        ["training.truncate_after=null", "training.batch_tokens=1000", "model.cell=sru"],
    ],
)
def test_a_run_interrupted_anywhere_and_resumed_ends_like_an_uninterrupted_one(
    place: Path, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    unbroken = train_language_model(place, "unbroken", *options)
    interrupt(monkeypatch, lambda: train_language_model(place, "broken", *options, resume=True))
    broken = train_language_model(place, "broken", *options, resume=True)
    ours = last_weights(unbroken)
    theirs = last_weights(broken)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert metrics(unbroken) == metrics(broken)


def test_it_learns_and_ranks_weights_by_perplexity(place: Path) -> None:
    options = ["training.max_steps=60", "training.validate_every=10", "model.dropout=0"]
    config = language_model_config(place, *options)
    outcome = train(config, output=place / "run", cpu=True)
    lines = metrics(place / "run")
    found = {
        line["step"]: line["dev_perplexity_word"] for line in lines if "dev_perplexity" in line
    }
    assert outcome.best_score == pytest.approx(min(found.values()))
    assert outcome.best_score is not None
    assert outcome.best_score < 0.7 * found[10]
    assert outcome.measure.label == "perplexity"
    [run] = report([place / "run"]).trainings
    assert run.best is not None
    assert run.best[1] == pytest.approx(outcome.best_score)
    assert "Dev BLEU" not in " ".join(run.missing)
    card = (place / "run" / "README.md").read_text(encoding="utf-8")
    assert f"{outcome.best_score:.2f}" in card
    assert "text-generation" in card


def test_a_cut_beyond_the_text_trains_like_none(place: Path) -> None:
    long = train_language_model(
        place, "long", "training.truncate_after=9999", "training.batch_sentences=1"
    )
    full = train_language_model(
        place, "full", "training.truncate_after=null", "training.batch_tokens=9999"
    )
    ours = last_weights(long)
    theirs = last_weights(full)
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_full_backpropagation_through_more_text_than_a_batch_is_refused(place: Path) -> None:
    with pytest.raises(DataError, match=r"raise training\.batch_tokens above 40"):
        train_language_model(place, "run", "training.truncate_after=null")


def test_a_column_of_a_table_is_a_text(place: Path) -> None:
    for name in ("train", "dev"):
        lines = (place / f"{name}.txt").read_text(encoding="utf-8").splitlines()
        table = "".join(f"{number}\t{line}\n" for number, line in enumerate(lines))
        (place / f"{name}.tsv").write_text(table, encoding="utf-8")
        records = "".join(json.dumps({"body": line}) + "\n" for line in lines)
        (place / f"{name}.jsonl").write_text(records, encoding="utf-8")
    plain = last_weights(train_language_model(place, "plain"))
    for suffix, column in (("tsv", "1"), ("jsonl", "body")):
        files = [f"data.{name}={place / name}.{suffix}" for name in ("train", "dev")]
        run = train_language_model(place, suffix, *files, f"data.source={column}")
        found = last_weights(run)
        assert all(torch.equal(plain[name], found[name]) for name in plain)


@pytest.mark.parametrize("content", [b"", b"\n \n\t\n", b"caf\xe9 \xff\n", b"PK\x03\x04\x00\x00"])
def test_a_text_that_is_none_is_refused_in_one_line(place: Path, content: bytes) -> None:
    (place / "train.txt").write_bytes(content)
    with pytest.raises(DataError) as caught:
        train_language_model(place, "run")
    assert "\n" not in str(caught.value)
    assert not (place / "run" / "checkpoints").exists()


@pytest.mark.parametrize(
    "setting", ["model.attention=none", "data.target=1", "training.r_drop=1", "decoding.mbr=4"]
)
def test_a_setting_that_only_translation_reads_is_refused(place: Path, setting: str) -> None:
    with pytest.raises(ConfigError) as caught:
        language_model_config(place, setting)
    _, line = str(caught.value).splitlines()
    assert line.strip() == (
        f"{setting.partition('=')[0]}: task language-model does not read it; leave it out"
    )


def test_a_setting_that_only_a_language_model_reads_is_refused(place: Path) -> None:
    for setting in ("training.truncate_after=4", "data.shuffle_lines=true"):
        with pytest.raises(ConfigError, match="task translation does not read it"):
            tiny_config(place, setting)


def test_a_saved_configuration_has_only_what_its_task_reads(place: Path) -> None:
    for config in (language_model_config(place), tiny_config(place)):
        (place / "saved.yaml").write_text(config.to_yaml(), encoding="utf-8")
        assert Config.load(place / "saved.yaml") == config


def test_a_model_is_used_only_for_its_task(place: Path) -> None:
    run = train_language_model(place, "run")
    for load in (load_model, Translator.from_pretrained):
        with pytest.raises(ConfigError, match="use `seq2seq complete`"):
            load(run)
    write_text(place)
    with pytest.raises(ConfigError, match="start from a model of the same task"):
        train(tiny_config(place, f"training.init_from={run}"), output=place / "other", cpu=True)
    with pytest.raises(TrainingError, match="holds a run of task language-model"):
        train(tiny_config(place), output=run, resume=True, cpu=True)


def test_a_run_can_start_from_another_one(place: Path) -> None:
    first = train_language_model(place, "first")
    options = [f"training.init_from={first}", "training.init=continue", "training.max_steps=16"]
    second = train_language_model(place, "second", *options)
    assert [line["step"] for line in metrics(second) if "loss" in line] == [14, 16]


def test_a_damaged_carried_state_is_noticed(place: Path) -> None:
    run = train_language_model(place, "run")
    carried = run / "checkpoints" / "step-00000012" / "carried.safetensors"
    carried.write_bytes(carried.read_bytes()[:-1])
    with pytest.raises(CheckpointError, match=r"carried\.safetensors"):
        train_language_model(place, "run", resume=True)


def test_the_check_estimates_a_training(place: Path) -> None:
    estimate = check(language_model_config(place), output=place / "run", cpu=True)
    assert f"{len(LINES)} lines" in estimate.summary()
    assert not (place / "run").exists()
