"""Trackers: settings, curves and samples in TensorBoard; unknown trackers are refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from seq2seq.errors import ConfigError
from seq2seq.training.run import train
from tests.support import tiny_run as tiny


@pytest.fixture
def place(tmp_path: Path) -> Path:
    torch.set_num_threads(1)
    tiny.write_text(tmp_path)
    return tmp_path


def run(place: Path, *overrides: str) -> Path:
    train(tiny.tiny_config(place, *overrides), output=place / "run", resume=True, cpu=True)
    return place / "run"


def test_tensorboard_has_the_curves_of_metrics_jsonl_the_settings_and_samples(place: Path) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    output = run(place, "training.trackers=[tensorboard]", "training.max_steps=8")
    run(place, "training.trackers=[tensorboard]", "training.max_steps=14")
    events = accumulator.EventAccumulator(
        str(output / "trackers"), size_guidance={"scalars": 0, "tensors": 0}
    )
    events.Reload()
    lines = [json.loads(line) for line in (output / "metrics.jsonl").read_text().splitlines()]
    for name in ("loss", "learning_rate", "dev_bleu", "gradient_norm"):
        expected = [(line["step"], line[name]) for line in lines if name in line]
        found = [(event.step, event.value) for event in events.Scalars(name)]
        assert [step for step, _ in found] == [step for step, _ in expected]
        assert [value for _, value in found] == pytest.approx(
            [value for _, value in expected], rel=1e-5
        )
    [first, *_] = events.Tensors("sample 1/text_summary")
    text = first.tensor_proto.string_val[0].decode()
    source, reference = (place / "dev.tsv").read_text().splitlines()[0].split("\t")
    assert text.startswith(f"{source}  \n**reference** {reference}  \n**hypothesis** ")
    [settings, *_] = (output / "trackers").glob("*/hparams.yml")
    assert "model.hidden_size: 16" in settings.read_text()


def test_a_tracker_that_is_unknown_or_not_installed_is_refused_before_anything_is_read(
    place: Path,
) -> None:
    with pytest.raises(ConfigError, match="no tracker 'tensorbord'; did you mean 'tensorboard'"):
        run(place, "training.trackers=[tensorbord]")
    with pytest.raises(ConfigError, match="'comet_ml' is not installed; run: pip install comet_ml"):
        run(place, "training.trackers=[comet_ml]")
    assert not (place / "run").exists()
