"""Files of models and runs may come from strangers: what is not a file, or is too large, is refused
before it is opened."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from seq2seq.errors import CheckpointError
from seq2seq.model_directory.manifest import seal
from seq2seq.model_directory.names import WEIGHTS
from seq2seq.model_directory.store import load_tensors
from seq2seq.reports.training_log import read_log
from seq2seq.runtime import saved_file
from seq2seq.training.metrics_log import MetricsLog


def _link_to_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


READERS: dict[str, Callable[[Path], object]] = {
    "whole": saved_file.read_bytes,
    "JSON": saved_file.read_json,
    "integers": saved_file.read_arrays,
    "header": saved_file.read_tensor_header,
    "tensors": load_tensors,
    "log": read_log,
    "metrics": MetricsLog,
}


@pytest.mark.parametrize("make", [os.mkfifo, _link_to_device])
@pytest.mark.parametrize("reader", READERS)
def test_a_pipe_or_a_device_is_refused_before_it_is_opened(
    reader: str, make: Callable[[Path], None], tmp_path: Path
) -> None:
    make(tmp_path / "file")
    with pytest.raises(CheckpointError, match="file: is a device or a pipe"):
        READERS[reader](tmp_path / "file")


def test_neither_is_sealed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / WEIGHTS)
    with pytest.raises(CheckpointError, match="is a device or a pipe"):
        seal(tmp_path)


def test_a_file_above_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_file, "MAX_BYTES", 10)
    (tmp_path / "file").write_text("x" * 11)
    with pytest.raises(CheckpointError, match="file: has 11 bytes; at most 10 are read"):
        saved_file.read_bytes(tmp_path / "file")
