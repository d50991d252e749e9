"""A training replaces and removes only what a training has written."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import torch

from seq2seq.errors import (
    CheckpointError,
    ConfigError,
    DataError,
    StorageError,
    TrainingError,
)
from seq2seq.model_directory.average import average
from seq2seq.model_directory.learn_shortlist import shortlist
from seq2seq.model_directory.names import checkpoint_paths
from seq2seq.model_directory.quantize import quantize
from seq2seq.runtime.directory_lock import directory_lock
from seq2seq.training.run import train
from seq2seq.version import __version__
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


@pytest.mark.parametrize(
    ("option", "error"),
    [
        ("data.train=absent.tsv", DataError),
        ("data.dev=absent.tsv", DataError),
        ("data.max_characters=1", DataError),
        ("data.max_tokens=1", DataError),
        ("data.bleu_tokenizer=latin", ConfigError),
        ("training.init_from=absent", CheckpointError),
        ("training.source_vectors=absent.txt", DataError),
        ("training.trackers=[unknown]", ConfigError),
    ],
)
@pytest.mark.parametrize("exists", [False, True])
def test_what_is_wrong_before_the_first_step_leaves_no_directory(
    place: Path, option: str, error: type[Exception], exists: bool
) -> None:
    output = place / "runs" / "new"
    if exists:
        output.mkdir(parents=True)
    before = sorted(place.rglob("*"))
    with pytest.raises(error):
        train(tiny_config(place, option), output=output, cpu=True)
    assert sorted(place.rglob("*")) == before


def test_a_training_that_is_interrupted_while_it_reads_leaves_no_directory(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("seq2seq.training.run.prepare_model", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(place)
    assert not (place / "run").exists()


def test_a_run_names_versions_and_commits_once_per_start(place: Path) -> None:
    directory = run(place)
    run(place, "training.max_steps=20", resume=True)
    run(place, "training.max_steps=20", resume=True)  # finished: nothing is done
    lines = (directory / "environment.jsonl").read_text().splitlines()
    first, second = map(json.loads, lines)
    assert [first["step"], second["step"]] == [0, 12]
    assert first["packages"]["torch"] == torch.__version__
    assert first["seq2seq"] == __version__
    assert first["device"] == "cpu"


@pytest.mark.skipif(shutil.which("git") is None, reason="no git")
def test_the_commit_of_the_working_directory_is_named_with_its_changes(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = place / "clone"
    clone.mkdir()
    (clone / "notes.txt").write_text("one")
    git = ["git", "-c", "user.name=n", "-c", "user.email=n@example.org"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run([*git, *words], cwd=clone, check=True)
    done = subprocess.run(
        [*git, "rev-parse", "HEAD"], cwd=clone, check=True, capture_output=True, text=True
    )
    monkeypatch.chdir(clone)
    run(place)
    (clone / "notes.txt").write_text("two")
    run(place, "training.max_steps=13", resume=True)
    lines = (place / "run" / "environment.jsonl").read_text().splitlines()
    commits = [json.loads(line)["commits"]["working_directory"] for line in lines]
    assert commits == [done.stdout.strip(), f"{done.stdout.strip()}+"]


@pytest.mark.parametrize(
    ("option", "init"),
    [
        ("training.batch_tokens=90", "continue"),
        ("training.learning_rate=0.001", "new-rate"),
        ("training.optimizer=sgd", "fresh"),
    ],
)
def test_resuming_with_another_setting_names_the_way_which_works(
    place: Path, option: str, init: str
) -> None:
    directory = run(place, "training.max_steps=4")
    with pytest.raises(TrainingError) as caught:
        run(place, option, resume=True)
    advice = f"training.init_from={directory} training.init={init}"
    assert str(caught.value).endswith(f"to start from this model, add {advice}")
    config = tiny_config(place, option, "training.max_steps=6", *advice.split())
    train(config, output=place / "next", cpu=True)


def test_resuming_with_another_network_names_no_way(place: Path) -> None:
    run(place, "training.max_steps=4")
    with pytest.raises(TrainingError, match=r"model\.hidden_size; choose another --output$"):
        run(place, "model.hidden_size=24", resume=True)
