"""An output has its name when it is complete; one that was broken off is gone on with."""

from __future__ import annotations

import itertools
import os
import resource
import signal
import stat
import subprocess
import threading
from pathlib import Path

import pytest

from seq2seq.cli.output_file import output_stream
from tests.support.commands import TRANSLATE, WAIT, Command, arguments

WORDS = ["casa", "perro rojo", "", "gato azul", "el perro", "uno dos tres"]
TEXT = "".join(f"{words}\n" for words in itertools.islice(itertools.cycle(WORDS), 400))
FORMATS: dict[str, list[object]] = {
    "text": [],
    "n-best list": ["--nbest", 2],
    "JSON": ["--json", "--nbest", 2],
    "sampling": ["--set", "strategy=sampling", "--scores"],
}


@pytest.mark.parametrize("kind", FORMATS)
def test_the_output_equals_that_of_an_unbroken_run_wherever_it_was_broken_off(
    translate: Command, tmp_path: Path, kind: str
) -> None:
    source = tmp_path / "source"
    source.write_text(TEXT)
    whole = tmp_path / "whole"
    options = [*FORMATS[kind], "-i", source]
    assert translate(*options, "-o", whole).code == 0
    content = whole.read_bytes()
    output = tmp_path / "output"
    part = tmp_path / "output.part"
    size = len(content)
    first = content.index(b"\n") + 1
    for cut in (0, 1, first, first + 1, size // 3, size // 2, size - 1, size):
        part.write_bytes(content[:cut])
        assert translate(*options, "-o", output, "--continue").code == 0
        assert output.read_bytes() == content
        assert not part.exists()
        output.unlink()
    assert translate(*options, "-o", output, "--continue").code == 0  # nothing has been begun
    assert output.read_bytes() == content


@pytest.mark.parametrize(
    ("begun", "said"),
    [
        ("another translation\n", "line 1 of the input has another translation now"),
        ("\n" * 500, "holds the translations of 500 lines, and the input has 400"),
    ],
)
def test_what_was_begun_otherwise_is_not_gone_on_with(
    translate: Command, tmp_path: Path, begun: str, said: str
) -> None:
    (tmp_path / "source").write_text(TEXT)
    part = tmp_path / "output.part"
    part.write_text(begun)
    found = translate("-i", tmp_path / "source", "-o", tmp_path / "output", "--continue")
    assert said in found.error
    assert part.read_text() == begun
    assert not (tmp_path / "output").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "--continue needs --output"),
        (["-o", os.devnull], "--continue needs --output with the name of a file"),
        (["-o", "out.gz"], "cannot continue a gzip file: translate to out and compress that"),
        (["-o", "out", "--score"], "leave out --continue"),
        (["-o", "out", "--trace", "trace"], "leave out --trace"),
    ],
)
def test_what_cannot_be_continued_is_said(
    translate: Command, options: list[str], said: str
) -> None:
    assert said in translate(*options, "--continue", stdin=b"casa\n").error


def test_a_killed_translation_leaves_only_its_part_and_is_gone_on_with(
    model: Path, tmp_path: Path
) -> None:
    (tmp_path / "source").write_text(TEXT * 20)
    environment = os.environ | {"SEQ2SEQ_MODEL": str(model)}
    output = tmp_path / "output"
    output.write_text("dear")
    command = arguments(TRANSLATE, "-i", tmp_path / "source", "-o", output)
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as process:
        part = tmp_path / "output.part"
        while process.poll() is None and not (part.exists() and part.stat().st_size):
            pass
        process.send_signal(signal.SIGKILL)
    assert output.read_text() == "dear"
    assert 0 < part.read_bytes().count(b"\n") < 8000
    done = subprocess.run([*command, "--continue"], env=environment, timeout=WAIT, check=False)
    assert done.returncode == 0
    assert output.read_bytes().count(b"\n") == 8000


def test_a_file_that_cannot_grow_keeps_what_was_there(model: Path, tmp_path: Path) -> None:
    """A limit on file sizes stands for a full disk."""
    (tmp_path / "source").write_text(TEXT)
    output = tmp_path / "output"
    output.write_text("dear")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    done = subprocess.run(
        arguments(TRANSLATE, "-i", tmp_path / "source", "-o", output),
        env=os.environ | {"SEQ2SEQ_MODEL": str(model)},
        stderr=subprocess.PIPE,
        text=True,
        timeout=WAIT,
        check=False,
        preexec_fn=limit,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"error: {output}: cannot be written: File too large; raise the limit" in done.stderr
    assert f"what is complete of it is in {output}.part" in done.stderr
    assert output.read_text() == "dear"


def test_the_permissions_of_a_replaced_file_and_a_link_to_it_stay(
    translate: Command, tmp_path: Path
) -> None:
    output = tmp_path / "output"
    output.write_text("old")
    output.chmod(0o640)
    (tmp_path / "link").symlink_to(output)
    assert translate("casa", "-o", tmp_path / "link").code == 0
    assert (tmp_path / "link").is_symlink()
    assert output.read_bytes().count(b"\n") == 1
    assert stat.S_IMODE(output.stat().st_mode) == 0o640


def test_a_pipe_is_written_directly(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()))
    reader.start()
    with output_stream(pipe, None) as sink:
        sink.write(b"casa\n")
    reader.join(WAIT)
    assert found == [b"casa\n"]
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


def test_the_part_of_the_output_is_not_the_input(translate: Command, tmp_path: Path) -> None:
    part = tmp_path / "output.part"
    part.write_text("casa\n")
    assert "is also the input" in translate("-i", part, "-o", tmp_path / "output").error
    assert part.read_text() == "casa\n"
