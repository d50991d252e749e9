"""Calibration at the end of a training."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import torch

from seq2seq import Translator, train
from seq2seq.model_directory.names import CONFIDENCE
from seq2seq.model_directory.seal_directory import seal_directory
from seq2seq.translation.confidence import load_confidence
from tests.support.tiny_run import tiny_config, write_text


def run(place: Path, *overrides: str, resume: bool = False) -> Path:
    train(tiny_config(place, *overrides), output=place / "run", resume=resume, cpu=True)
    return place / "run"


def test_a_training_ends_with_a_calibration_which_a_resumed_one_repeats(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    write_text(tmp_path)
    dev = (tmp_path / "train.tsv").read_text(encoding="utf-8")
    (tmp_path / "dev.tsv").write_text(dev * 3, encoding="utf-8")
    settings = ("data.drop_duplicates=false", "training.max_steps=20")
    directory = run(tmp_path, *settings)
    path = directory / CONFIDENCE
    before = path.read_bytes()
    assert load_confidence(directory) is not None
    confidence = Translator.from_pretrained(directory).translate("gato rojo").confidence
    assert confidence is not None
    written = path.stat().st_mtime_ns
    run(tmp_path, *settings, resume=True)
    assert path.stat().st_mtime_ns == written  # the run had finished
    path.unlink()
    seal_directory(directory)  # as if it had been killed before the calibration
    run(tmp_path, *settings, resume=True)
    assert path.read_bytes() == before
    run(tmp_path, settings[0], "training.max_steps=25", resume=True)
    assert path.stat().st_mtime_ns != written


def test_a_small_dev_set_leaves_a_model_without_confidence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    torch.set_num_threads(1)
    write_text(tmp_path)
    with caplog.at_level(logging.INFO, logger="seq2seq"):
        directory = run(tmp_path)
    assert not (directory / CONFIDENCE).exists()
    assert "no confidence: fewer than 50 dev pairs" in caplog.text
