"""A terminal shows control characters and does not obey them; files and pipes get them."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import pty
import subprocess
import sys
import unicodedata
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

import seq2seq
from seq2seq.runtime.terminal import RAW, visible
from tests.support.commands import SEQ2SEQ, TRANSLATE, WAIT, arguments

OVERRIDES = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
HOSTILE = "casa \x9b2J\u202e de papel"
"""A text that clears a terminal and turns the direction of its line."""


@given(st.text())
def test_nothing_is_left_to_obey_and_nothing_is_lost(text: str) -> None:
    found = visible(text)
    harmful = [one for one in found if unicodedata.category(one) == "Cc" or one in OVERRIDES]
    assert set(harmful) <= {"\t", "\n"}
    assert visible(found) == found


@given(st.text())
def test_json_stays_the_same_value(text: str) -> None:
    assert json.loads(visible(json.dumps(text, ensure_ascii=False))) == text


def test_other_texts_stay_as_they_are() -> None:
    text = "Año\t“niño” שלום\u200f 👩\u200d🚀 e\u0301\n\u200bx"
    assert visible(text) == text
    assert visible("\x00\x1b[0m\r\x7f\x85\u2066") == r"\u0000\u001b[0m\u000d\u007f\u0085\u2066"


def on_terminal(program: str, *options: object, **environment: str) -> str:
    """Return what a program writes on a terminal of its own."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(sys.executable, arguments(program, *options), os.environ | environment)
    found = b""
    with contextlib.suppress(OSError):  # what the end of a terminal raises on Linux
        while piece := os.read(terminal, 1 << 16):
            found += piece
    os.close(terminal)
    os.waitpid(pid, 0)
    return found.decode().replace("\r\n", "\n")


def through_pipes(program: str, *options: object) -> tuple[str, str]:
    """Return standard output and standard error of a program."""
    done = subprocess.run(
        arguments(program, *options), capture_output=True, encoding="utf-8", timeout=WAIT
    )
    return done.stdout, done.stderr


def test_a_translation_is_escaped_on_a_terminal_only(model: Path, tmp_path: Path) -> None:
    options = ("--model", model, "--json", HOSTILE)
    piped, _ = through_pipes(TRANSLATE, *options)
    assert HOSTILE in piped
    shown = on_terminal(TRANSLATE, *options)
    assert visible(piped) in shown
    assert visible(shown) == shown
    assert json.loads(visible(piped)) == json.loads(piped)
    assert piped in on_terminal(TRANSLATE, "--raw-terminal", *options)
    assert piped in on_terminal(TRANSLATE, *options, **{RAW: "1"})
    on_terminal(TRANSLATE, "--output", tmp_path / "file", *options)
    assert (tmp_path / "file").read_text() == piped


def test_a_trace_to_a_terminal_is_escaped(model: Path) -> None:
    shown = on_terminal(TRANSLATE, "--model", model, "--trace", "/dev/tty", HOSTILE)
    assert visible(HOSTILE) in shown
    assert visible(shown) == shown


def test_messages_that_quote_a_file_are_escaped(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text('data: {train: a, dev: b}\nmodel: {"\\e[2Jcell": 1}\n')
    _, error = through_pipes(SEQ2SEQ, "train", config)
    assert "\x1b[2J" in error
    assert on_terminal(SEQ2SEQ, "train", config) == visible(error)
    assert on_terminal(SEQ2SEQ, "--raw-terminal", "train", config) == error


def test_log_records_are_escaped(tmp_path: Path) -> None:
    program = (
        "import logging; from seq2seq.cli.run import run; "
        "run(lambda: logging.getLogger('seq2seq').info('\\x1b[2J %s', 'casa'))"
    )
    assert through_pipes(program) == ("", "\x1b[2J casa\n")
    assert on_terminal(program) == "\\u001b[2J casa\n"


def test_notes_and_errors_are_escaped_and_only_notes_can_be_left_out() -> None:
    program = (
        "from seq2seq.runtime.notes import be_quiet, note, write_error\n"
        "note('\\x1b[2J casa'); be_quiet(True); note('perro'); write_error('\\x9b gato')"
    )
    written = "\x1b[2J casa\n\x9b gato\n"
    assert through_pipes(program) == ("", written)
    assert on_terminal(program) == visible(written)


PACKAGE = Path(seq2seq.__file__).parent


def test_the_package_writes_to_terminals_in_one_place() -> None:
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or path.name in ("terminal.py", "notes.py"):
                continue
            called = ast.unparse(node.func)
            to_stream = "stream" in {keyword.arg for keyword in node.keywords}
            direct = called == "print" or (called == "logging.basicConfig" and to_stream)
            assert not direct, f"{path}:{node.lineno}: use show() or note()"
