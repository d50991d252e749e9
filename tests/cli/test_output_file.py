"""Input and output that are one file are refused, and nothing in it is lost."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from seq2seq.cli.output_file import output_stream
from seq2seq.errors import DataError
from tests.support.commands import Command

TEXT = b"casa\nperro rojo\n"


@pytest.mark.parametrize("kind", ["itself", "symbolic link", "hard link", "named .gz"])
@pytest.mark.parametrize("options", [[], ["--score"]])
def test_standard_input_is_not_written_to(
    translate: Command, tmp_path: Path, kind: str, options: list[str]
) -> None:
    read = tmp_path / "stdin"  # where the fixture has standard input from
    output = read if kind == "itself" else tmp_path / ("other.gz" if ".gz" in kind else "other")
    read.touch()
    if kind == "symbolic link":
        output.symlink_to(read)
    elif kind != "itself":
        output.hardlink_to(read)
    error = translate(*options, "--output", output, stdin=TEXT).error
    assert error == f"{output}: is also the input; name another file to write\n"
    assert read.read_bytes() == TEXT


@pytest.mark.parametrize("source", ["path", "descriptor"])
def test_a_file_that_standard_output_appends_to_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    path = tmp_path / "text"
    path.write_bytes(TEXT)
    with path.open("rb") as reader, path.open("a") as writer:
        monkeypatch.setattr(sys, "stdout", writer)
        read = path if source == "path" else reader.fileno()
        with pytest.raises(DataError, match="standard output: is also the input"):
            output_stream(None, read).__enter__()
    assert path.read_bytes() == TEXT


def test_texts_given_as_arguments_may_go_to_the_file_that_is_standard_input(
    translate: Command, tmp_path: Path
) -> None:
    output = tmp_path / "stdin"
    assert translate("casa", "--output", output).code == 0
    assert output.read_bytes().count(b"\n") == 1


def test_one_device_may_be_read_and_written() -> None:
    with (
        open(os.devnull, "rb") as null,
        output_stream(Path(os.devnull), null.fileno()) as sink,
    ):
        sink.write(TEXT)
