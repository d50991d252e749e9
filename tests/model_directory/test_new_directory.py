"""A command makes a model directory only where there is none of the user's files."""

from __future__ import annotations

from pathlib import Path

import pytest

from seq2seq.errors import CheckpointError
from seq2seq.model_directory.new_directory import make_new


def test_an_absent_or_empty_directory_is_made(tmp_path: Path) -> None:
    for _ in range(2):
        make_new(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()


def test_what_is_in_the_way_is_said_in_one_line(tmp_path: Path) -> None:
    for name in "dcbae":
        (tmp_path / name).touch()
    with pytest.raises(CheckpointError, match=r"is not empty \(it holds a, b, c and 2 more\)"):
        make_new(tmp_path)
    with pytest.raises(CheckpointError, match=r"a: is not a directory; choose another --output"):
        make_new(tmp_path / "a")
    with pytest.raises(CheckpointError, match=r"a/x: cannot be made: Not a directory"):
        make_new(tmp_path / "a" / "x")
