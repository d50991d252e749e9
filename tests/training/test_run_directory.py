"""A training replaces and removes only what a training has written."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import torch

from seq2seq.errors import StorageError, TrainingError
from seq2seq.model_directory.average import average
from seq2seq.model_directory.learn_shortlist import shortlist
from seq2seq.model_directory.names import checkpoint_paths
from seq2seq.model_directory.quantize import quantize
from seq2seq.runtime.directory_lock import directory_lock
from seq2seq.training.run import train
from tests.support.tiny_run import tiny_config, write_text


@pytest.fixture
def place(tmp_path: Path) -> Path:
    torch.set_num_threads(1)
    write_text(tmp_path)
    return tmp_path


def run(place: Path, *overrides: str, resume: bool = False) -> Path:
    train(tiny_config(place, *overrides), output=place / "run", resume=resume, cpu=True)
    return place / "run"


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "metrics.jsonl",
        "model.safetensors",
        "best/step-00000001.safetensors",
        "checkpoints/step-00000001/model.safetensors",
        "tokenizer/vocab.json",
        "thesis.tex",
        "config.yaml",
    ],
)
def test_a_directory_with_files_but_no_run_is_refused_and_left_as_it_is(
    place: Path, name: str, resume: bool
) -> None:
    path = place / "run" / name
    path.parent.mkdir(parents=True)
    path.write_text("data: {train: a, dev: b}\n")
    before = files(place)
    top = name.partition("/")[0]
    with pytest.raises(TrainingError, match=rf"run: .*{top}.* no run; choose another --output"):
        run(place, resume=resume)
    assert files(place) == before


def test_an_empty_directory_and_hidden_files_are_no_obstacle(place: Path) -> None:
    (place / "run").mkdir()
    (place / "run" / ".gitignore").write_text("*")
    run(place, "training.max_steps=1")
    assert (place / "run" / ".gitignore").read_text() == "*"


def test_a_run_killed_before_it_wrote_its_configuration_is_begun_again(place: Path) -> None:
    whole = run(place)
    shutil.copytree(whole / "tokenizer", place / "tokenizer")
    shutil.rmtree(whole)
    whole.mkdir()
    shutil.move(place / "tokenizer", whole)
    with pytest.raises(TrainingError, match="holds tokenizer"):
        run(place)
    run(place, resume=True)


def test_a_model_that_was_not_trained_there_is_not_trained_over(place: Path) -> None:
    whole = run(place, "training.keep_last=2")
    average(whole, output=place / "mean")
    shutil.rmtree(whole)
    (place / "mean").rename(whole)
    before = files(whole)
    with pytest.raises(TrainingError, match=r"holds config\.yaml but no run"):
        run(place, "training.keep_last=2", resume=True)
    assert files(whole) == before


def test_copies_of_checkpoints_stay_and_are_not_gone_on_from(place: Path) -> None:
    directory = run(place)
    [last] = checkpoint_paths(directory)
    copies = [
        *(last.with_name(name) for name in ("step-00000012-keep", "step-00000099.backup")),
        last.with_name("step-99"),
        directory / "best" / "step-00000005.safetensors.old",
        directory / "best" / "step-5.safetensors",
        directory / "best" / ".mine.tmp",
        directory / ".mine.tmp",
        directory / "checkpoints" / ".step-00000012-keep.tmp",
    ]
    for copy in copies:
        shutil.copytree(last, copy)
    before = files(directory)
    run(place, "training.max_steps=30", resume=True)
    assert [path.name for path in checkpoint_paths(directory)] == ["step-00000030"]
    after = files(directory)
    inside = [name for name in before for copy in copies if copy.name in name]
    assert inside
    assert all(before[name] == after[name] for name in inside)


def test_steps_of_nine_digits_come_after_those_of_eight(tmp_path: Path) -> None:
    for step in (99_999_999, 100_000_000, 5):
        (tmp_path / "checkpoints" / f"step-{step:08d}").mkdir(parents=True)
    (tmp_path / "checkpoints" / "step-00000007").write_text("a file")
    steps = [int(path.name[5:]) for path in checkpoint_paths(tmp_path)]
    assert steps == [5, 99_999_999, 100_000_000]


def test_nothing_else_writes_to_a_live_run(place: Path) -> None:
    directory = run(place, "training.keep_last=2")
    before = files(directory)
    (place / "new").mkdir()
    with directory_lock(directory), directory_lock(place / "new"):
        for write in (
            lambda: run(place, "training.keep_last=2"),
            lambda: run(place, "training.keep_last=2", resume=True),
            lambda: shortlist(directory),
            lambda: average(directory, output=place / "new"),
            lambda: quantize(directory, output=place / "new"),
        ):
            with pytest.raises(StorageError, match=f"written to by process {os.getpid()} on ") as e:
                write()
            assert "\n" not in str(e.value)
    assert files(directory) == before


def test_what_killed_commands_left_is_swept_and_nothing_else(place: Path) -> None:
    directory = run(place)
    [last] = checkpoint_paths(directory)
    before = files(directory)
    left = [
        *(directory / name for name in (".config.yaml.tmp", ".model.safetensors.tmp")),
        *(directory / name for name in (".shortlist.safetensors.tmp", ".confidence.json.tmp")),
        directory / "tokenizer" / ".source.json.tmp",
        directory / "best" / ".step-00000005.safetensors.tmp",
        last / ".state.json.tmp",
        *(folder / ".tmpuDEdFE" for folder in (directory, directory / "best", last)),
        directory / "checkpoints" / ".step-00000099.tmp" / "model.safetensors",
    ]
    mine = [directory / ".tmp", directory / ".tmpuDEdFE2", directory / "best" / "tmpuDEdFE"]
    for path in (*left, *mine):
        path.parent.mkdir(exist_ok=True)
        path.write_text("half")
    run(place, resume=True)
    assert files(directory).keys() == before.keys() | {
        path.relative_to(directory).as_posix() for path in mine
    }


def test_a_checkpoint_that_holds_a_file_of_the_users_is_renamed(place: Path) -> None:
    directory = run(place)
    [last] = checkpoint_paths(directory)
    (last / "notes.txt").write_text("a good one")
    run(place, "training.max_steps=30", resume=True)
    kept = last.with_name("step-00000012.kept")
    assert (kept / "notes.txt").read_text() == "a good one"
    assert [path.name for path in checkpoint_paths(directory)] == ["step-00000030"]
