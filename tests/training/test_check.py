"""`seq2seq train --check`: it finds what a training would, and estimates what that will take."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
import torch

from seq2seq.errors import ConfigError, DataError, StorageError, TrainingError
from seq2seq.training.check import check
from seq2seq.training.estimate import duration, size
from seq2seq.training.run import train
from tests.support.commands import Command
from tests.support.tiny_run import tiny_config, write_text


@pytest.fixture
def place(tmp_path: Path) -> Path:
    torch.set_num_threads(1)
    write_text(tmp_path)
    return tmp_path


def tree(place: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(place)): path.read_bytes() if path.is_file() else b""
        for path in place.rglob("*")
    }


def test_it_leaves_nothing_and_prints_what_the_training_takes(
    place: Path, seq2seq: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    config = json.loads(tiny_config(place).model_dump_json())
    (place / "config.yaml").write_text(json.dumps(config))
    (place / "stdin").touch()
    before = tree(place)
    lines = seq2seq("train", "config.yaml", "--check", "--cpu").lines
    assert tree(place) == before
    rows = {line[:8].strip(): line[8:] for line in lines}
    assert rows["text"] == "21 training pairs, 5 dev pairs"
    assert rows["steps"].startswith("12, about ")
    assert "(20 steps timed)" in rows["speed"]
    assert "for 3 validations" in rows["time"]
    assert set(rows) - {"note"} == {"text", "model", "steps", "speed", "time", "memory", "disk"}


def test_the_predicted_time_is_that_of_the_training(place: Path) -> None:
    # A network that is large enough for its steps to take longer than all that surrounds them.
    config = tiny_config(
        place,
        "model.hidden_size=256",
        "model.embedding_size=128",
        "training.batch_tokens=300",
        "training.max_steps=80",
        "training.validate_every=40",
        "training.checkpoint_every=80",
    )
    estimate = check(config, output=place / "run", cpu=True)
    began = time.perf_counter()
    train(config, output=place / "run", cpu=True)
    # Other processes may slow down either; the bounds are wide.
    assert 0.2 < estimate.seconds / (time.perf_counter() - began) < 5


def test_steps_passes_and_validations_are_counted(place: Path) -> None:
    config = tiny_config(
        place,
        "training.max_steps=100",
        "training.validate_every=30",
        "training.validate_first=true",
        "training.accumulate=2",
    )
    estimate = check(config, output=place / "run", cpu=True)
    assert estimate.steps == 100
    assert estimate.validations == 5
    assert estimate.passes == pytest.approx(100 / estimate.steps_per_block)
    limited = tiny_config(place, "training.max_steps=100000000", "training.max_minutes=2")
    estimate = check(limited, output=place / "run", cpu=True)
    assert estimate.seconds == pytest.approx(
        estimate.start_seconds + 120 + estimate.end_seconds, rel=1e-6
    )


def test_the_disk_space_is_an_upper_bound(place: Path) -> None:
    options = ["training.keep_last=2", "training.keep_best=2", "training.ema=0.9"]
    config = tiny_config(place, *options, "model.hidden_size=256", "model.embedding_size=256")
    estimate = check(config, output=place / "run", cpu=True)
    train(config, output=place / "run", cpu=True)
    written = sum(
        path.stat().st_size for path in (place / "run").rglob("*.safetensors") if path.is_file()
    )
    assert 0.5 * estimate.disk < written < estimate.disk


def test_of_a_resumed_run_only_the_rest_counts(place: Path) -> None:
    train(tiny_config(place), output=place / "run", cpu=True)
    before = tree(place)
    longer = tiny_config(place, "training.max_steps=20")
    assert check(longer, output=place / "run", resume=True, cpu=True).steps == 8
    assert tree(place) == before
    with pytest.raises(TrainingError, match="already holds a run"):
        check(longer, output=place / "run", cpu=True)


def test_streamed_text_and_a_model_to_start_from_are_checked(place: Path) -> None:
    train(tiny_config(place), output=place / "run", cpu=True)
    start = f"training.init_from={place / 'run'}"
    check(tiny_config(place, start), output=place / "new", cpu=True)
    streamed = tiny_config(place, "data.streaming=true", "data.block_pairs=16")
    estimate = check(streamed, output=place / "new", cpu=True)
    assert estimate.passes is None
    assert "passes" not in estimate.summary()


@pytest.mark.parametrize(
    ("option", "error"),
    [
        ("data.train=absent.tsv", DataError),
        ("data.max_tokens=1", DataError),
        ("data.bleu_tokenizer=latin", ConfigError),
        ("training.trackers=[unknown]", ConfigError),
        ("training.source_vectors=absent.txt", DataError),
    ],
)
def test_it_finds_what_would_stop_the_training(
    place: Path, option: str, error: type[Exception]
) -> None:
    before = tree(place)
    with pytest.raises(error) as found:
        check(tiny_config(place, option), output=place / "run", cpu=True)
    assert tree(place) == before
    with pytest.raises(error) as expected:
        train(tiny_config(place, option), output=place / "run", cpu=True)
    assert str(found.value) == str(expected.value)


def test_a_place_that_cannot_be_written_is_found(place: Path) -> None:
    (place / "file").touch()
    with pytest.raises((StorageError, TrainingError), match="file"):
        check(tiny_config(place), output=place / "file", cpu=True)


def test_times_and_sizes_in_words() -> None:
    assert [duration(value) for value in (0.1, 59, 61, 3599, 3700, 200_000)] == [
        "1 s",
        "59 s",
        "1 min",
        "1 h 0 min",
        "1 h 2 min",
        "55 h 33 min",
    ]
    assert [size(value) for value in (2**20, 2**30)] == ["1 MiB", "1.0 GiB"]
