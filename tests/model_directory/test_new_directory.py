"""A command makes a model directory only where there is none of the user's files."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from seq2seq.errors import CheckpointError, StorageError
from seq2seq.model_directory.names import UNFINISHED
from seq2seq.model_directory.new_directory import new_directory
from seq2seq.runtime.directory_lock import LOCK


def test_an_absent_or_empty_directory_is_made(tmp_path: Path) -> None:
    for _ in range(2):
        with new_directory(tmp_path / "a" / "b"):
            assert (tmp_path / "a" / "b").is_dir()
    assert not any((tmp_path / "a" / "b").iterdir())


def test_what_is_in_the_way_is_said_in_one_line(tmp_path: Path) -> None:
    for name in "dcbae":
        (tmp_path / name).touch()
    refused = r"is not empty \(it holds a, b, c and 2 more\)"
    with pytest.raises(CheckpointError, match=refused), new_directory(tmp_path):
        pass
    refused = r"a: is not a directory; choose another --output"
    with pytest.raises(CheckpointError, match=refused), new_directory(tmp_path / "a"):
        pass
    refused = r"a/x: cannot be written: Not a directory; choose"
    with pytest.raises(StorageError, match=refused), new_directory(tmp_path / "a" / "x"):
        pass


def test_what_was_written_before_an_error_is_removed_and_hidden_files_stay(tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / ".gitignore").write_text("*")

    def write() -> None:
        with new_directory(model):
            (model / "tokenizer").mkdir()
            (model / "tokenizer" / "tokenizer.json").touch()
            (model / "model.safetensors").touch()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    refused = r"model: cannot be written: No space left on device; free some space"
    with pytest.raises(StorageError, match=refused):
        write()
    assert [path.name for path in model.iterdir()] == [".gitignore"]


def test_a_directory_is_not_made_where_another_command_makes_one(tmp_path: Path) -> None:
    model = tmp_path / "model"
    with (
        new_directory(model),
        pytest.raises(StorageError, match=f"is being written to by process {os.getpid()} on"),
        new_directory(model),
    ):
        pass


def test_what_a_killed_command_left_is_written_anew_and_files_of_the_users_are_not(
    tmp_path: Path,
) -> None:
    for name in ("README.md", "model.safetensors", "config.yaml", LOCK, UNFINISHED):
        (tmp_path / name).write_text("")
    with new_directory(tmp_path):
        assert {path.name for path in tmp_path.iterdir()} == {LOCK, UNFINISHED}
    assert not list(tmp_path.iterdir())
    for name in ("README.md", "model.safetensors", LOCK):
        (tmp_path / name).write_text("")
    with pytest.raises(CheckpointError, match="is not empty"), new_directory(tmp_path):
        pass
    (tmp_path / "model.safetensors").unlink()
    for name in ("thesis.tex", UNFINISHED):
        (tmp_path / name).write_text("")
    with pytest.raises(CheckpointError, match="is not empty"), new_directory(tmp_path):
        pass
    assert (tmp_path / "README.md").exists()
