"""The command line of `translate` and `seq2seq`: arguments, streams, notes, help and the prompt."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from seq2seq import Translator
from seq2seq.cli.app import app
from seq2seq.cli.command import texts_last
from seq2seq.runtime.devices import resolve_device
from seq2seq.runtime.file_kinds import kind_of
from tests.support.commands import SEQ2SEQ, TRANSLATE, WAIT, Command, arguments
from tests.support.office_samples import office_file
from tests.support.terminal import has_color, lines_shown, terminal

# Texts


@pytest.mark.parametrize("text", ["- perro rojo", "-perro", "-5 perros", "—perro", "-¿perro?", "-"])
def test_a_text_may_begin_with_a_hyphen(translate: Command, text: str) -> None:
    expected = translate("--", text).lines if text != "-" else translate(stdin=b"perro\n").lines
    assert translate(text, stdin=b"perro\n").lines == expected


def test_texts_and_options_may_be_mixed(translate: Command) -> None:
    separate = translate("- perro", "gato").lines
    assert translate("- perro", "--beam", "5", "gato").lines == separate
    assert translate("--beam=5", "- perro", "--", "gato").lines == separate


def test_a_mistyped_option_is_an_error(translate: Command) -> None:
    for option in ("--bem", "-beam", "-x"):
        done = translate(option, "5", "perro")
        assert done.code == 2
        assert not done.out
        assert "No such option" in done.err


def test_arguments_are_divided_without_losing_any() -> None:
    known = {"--input": True, "-i": True, "--json": False, "-q": False}
    for given, expected in {
        ("-i", "-x", "a"): ["-i", "-x", "--", "a"],
        ("--input=- b", "a"): ["--input=- b", "--", "a"],
        ("-ifile", "--json"): ["-ifile", "--json"],
        ("a", "--", "--json"): ["--", "a", "--json"],
        ("- a", "-q", "--"): ["-q", "--", "- a"],
        ("--input",): ["--input"],
    }.items():
        assert texts_last(given, known) == expected


def test_a_hyphen_stands_for_standard_input_and_output(translate: Command, tmp_path: Path) -> None:
    expected = translate("perro rojo").out
    assert translate("-i", "-", "-o", "-", stdin=b"perro rojo\n").out == expected
    assert "not both" in translate("-", "perro").error


def test_a_text_that_is_a_files_name_is_noted(
    translate: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("notes.txt").write_text("perro\n")
    Path("perro").touch()
    done = translate("notes.txt")
    assert done.lines
    assert done.err == (
        "notes.txt: is taken as a text; for the file of this name add --input notes.txt\n"
    )
    assert translate("absent.txt").err == ""
    assert translate("perro").err == ""  # a word, although there is a file of that name


def test_empty_names_are_refused(translate: Command, seq2seq: Command, tmp_path: Path) -> None:
    assert "--output names no file" in translate("perro", "--output", "").error
    (tmp_path / "c.yaml").write_text("data: {train: a.tsv, dev: b.tsv}")
    assert (
        "name a directory of its own"
        in seq2seq("train", tmp_path / "c.yaml", "--output", ".").error
    )


def test_more_translations_raise_the_beam(translate: Command) -> None:
    assert len(translate("perro rojo", "--nbest", "9").lines) == 9
    assert "nbest must be" in translate("perro rojo", "--nbest", "9", "--beam", "3").error


def test_seq2seq_translate_is_translate(translate: Command, seq2seq: Command) -> None:
    assert seq2seq("translate", "- perro").lines == translate("- perro").lines


def test_a_device_is_chosen_and_an_absent_one_is_named_in_a_line(
    translate: Command, model: Path
) -> None:
    assert translate("perro", "--device", "auto").lines == translate("perro").lines
    assert resolve_device("auto") in ("cpu", "cuda")
    translator = Translator.from_pretrained(model, device="auto")
    assert [str(translator.translate("perro"))] == translate("perro").lines
    for name in ("gpu", "mps"):
        assert "there is no such device here" in translate("perro", "--device", name).error


# Files that are not text


BINARIES = {
    "a PDF": b"%PDF-1.7\n",
    "a PNG image": b"\x89PNG\r\n\x1a\n\0\0",
    "a JPEG image": b"\xff\xd8\xff\xe0",
    "a zip archive": b"PK\x03\x04" + bytes(26) + b"notes.txt",
    "an old Office file": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "a tar archive": b"notes.txt".ljust(257, b"\0") + b"ustar\x0000",
    "an xz file": b"\xfd7zXZ\x00",
    "a 7-Zip archive": b"7z\xbc\xaf\x27\x1c",
}


@pytest.mark.parametrize("kind", BINARIES)
def test_a_binary_file_is_refused_by_what_it_is(
    translate: Command, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(BINARIES[kind] + b"\nperro\n")
    for done in (
        translate("--input", path),
        translate(stdin=path.read_bytes()),
    ):
        assert f"is {kind}" in done.error
        assert "where text is needed" in done.error


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-16-le", "utf-32", "utf-32-be"])
def test_text_is_read_by_its_byte_order_mark(
    translate: Command, tmp_path: Path, encoding: str
) -> None:
    lines = ["perro rojo", "", "gato"]
    text = "\ufeff" * encoding[-2:].isalpha() + "\n".join(lines)
    path = tmp_path / "text.txt"
    path.write_bytes(text.encode(encoding))
    expected = translate(stdin="\n".join(lines).encode()).lines
    assert translate("--input", path).lines == expected
    assert translate(stdin=path.read_bytes()).lines == expected


def test_utf_16_without_a_mark_is_named(translate: Command, tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes("perro rojo\ngato\n".encode("utf-16-le"))
    for done in (translate("--input", path), translate(stdin=path.read_bytes())):
        assert "looks like UTF-16-LE" in done.error


def test_a_document_without_its_suffix_is_refused(translate: Command, tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_bytes(office_file("docx"))
    assert "where text is needed" in translate("--input", path).error


@pytest.mark.parametrize(
    "text", [b"", b"PK", b"%", b"GIF", "¿Qué?".encode(), b"\xff\xfex\0", b'{"a": 1}', b"BOM"]
)
def test_text_is_no_binary_file(text: bytes) -> None:
    assert not kind_of(text)


# Streams


def run_closed(program: str, closed: str, *options: object, stdin: bytes = b"") -> tuple[int, str]:
    """Run a program with a stream closed; return its exit code and what it writes to the other."""
    words = " ".join(f"'{word}'" for word in arguments(program, *options))
    command = ["sh", "-c", f"{words} {closed}"]
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=WAIT, check=False)
    return done.returncode, (done.stdout or done.stderr).decode()


def test_notes_go_nowhere_if_standard_error_is_closed(model: Path, translate: Command) -> None:
    text = b"perro rojo\n\xff x\ngato\n"
    noted = translate(stdin=text)
    assert "line 2: undecodable bytes" in noted.err
    code, out = run_closed(TRANSLATE, "2>&-", "--model", model, stdin=text)
    assert (code, out) == (0, noted.out.decode())


def test_an_error_is_an_error_if_standard_error_is_closed(tmp_path: Path) -> None:
    code, out = run_closed(SEQ2SEQ, "2>&-", "train", tmp_path / "absent.yaml")
    assert (code, out) == (1, "")


def test_a_file_is_written_whole_if_standard_streams_are_closed(
    model: Path, translate: Command, tmp_path: Path
) -> None:
    (tmp_path / "in").write_bytes(b"\xff perro\ngato\n")
    expected = translate("-i", tmp_path / "in").out
    options = ["--model", model, "-i", tmp_path / "in", "-o", tmp_path / "out"]
    for closed in (">&-", ">&- 2>&-", "<&- >&- 2>&-"):
        assert run_closed(TRANSLATE, closed, *options)[0] == 0
        assert (tmp_path / "out").read_bytes() == expected


def test_quiet_leaves_out_notes_and_keeps_errors(translate: Command, tmp_path: Path) -> None:
    loud = translate(stdin=b"\xff perro\n")
    quiet = translate("-q", stdin=b"\xff perro\n")
    assert loud.err
    assert (quiet.out, quiet.err) == (loud.out, "")
    assert "no such file" in translate("-q", "-i", tmp_path / "absent").error
    assert translate(stdin=b"\xff perro\n").err == loud.err


def test_verbose_says_where_an_error_comes_from(tmp_path: Path) -> None:
    command = arguments(SEQ2SEQ, "train", tmp_path / "absent.yaml")
    plain = subprocess.run(command, capture_output=True, text=True, timeout=WAIT, check=False)
    more = subprocess.run(
        [*command, "-v"], capture_output=True, text=True, timeout=WAIT, check=False
    )
    assert plain.stderr.count("\n") == 1
    assert "Traceback" in more.stderr
    assert more.stderr.endswith(plain.stderr)


# Help and completion


COMMANDS: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
DIRECTORIES = [
    (name, option.opts[0])
    for name, command in COMMANDS.items()
    for option in command.params
    if option.param_type_name == "option" and option.metavar == "DIRECTORY"
]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_names_placeholders_instead_of_types(seq2seq: Command, command: str) -> None:
    text = seq2seq(command, "--help").out.decode()
    assert "Usage" in text
    assert not re.search(r"<(str|int|float|bool|path|list)\b|\b(INTEGER|FLOAT)\b", text)


@pytest.mark.parametrize("command", COMMANDS)
def test_all_commands_can_be_quiet_or_verbose(command: str) -> None:
    options = {name for one in COMMANDS[command].params for name in one.opts}
    assert {"-q", "--quiet", "-v", "--verbose"} <= options


def test_all_options_for_a_directory_to_write_say_so() -> None:
    assert len(DIRECTORIES) == 9
    for command in COMMANDS.values():
        for one in command.params:
            if "--output" in getattr(one, "opts", ()):
                assert one.metavar in ("DIRECTORY", "FILE"), command.name


@pytest.mark.parametrize(("command", "option"), DIRECTORIES)
def test_a_directory_is_neither_standard_output_nor_nameless(
    seq2seq: Command, command: str, option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "- is standard output" in seq2seq(command, option, "-").error
    assert "names no directory" in seq2seq(command, option, "").error
    assert not (tmp_path / "-").exists()


@pytest.mark.parametrize("program", [SEQ2SEQ, TRANSLATE])
def test_options_are_completed_in_a_shell(program: str) -> None:
    name = "SEQ2SEQ" if program == SEQ2SEQ else "TRANSLATE"
    environment = os.environ | {
        f"_{name}_COMPLETE": "complete_bash",
        "COMP_WORDS": f"{name.lower()} " + ("train --che" if program == SEQ2SEQ else "--bea"),
        "COMP_CWORD": "2" if program == SEQ2SEQ else "1",
    }
    named = f"import sys; sys.argv[0] = '{name.lower()}'; {program}"
    done = subprocess.run(
        [sys.executable, "-c", named], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["--check" if program == SEQ2SEQ else "--beam"]


# On a terminal


@pytest.mark.parametrize("options", [["--help"], ["train", "--nothing"]])
def test_help_and_errors_fit_80_columns_and_heed_no_color(options: list[str]) -> None:
    with terminal(SEQ2SEQ, *options) as colored:
        shown = colored.rest()
    assert has_color(shown)
    assert max(map(len, lines_shown(shown))) <= 80
    with terminal(SEQ2SEQ, *options, environment={"NO_COLOR": "1"}) as plain:
        assert not has_color(plain.rest())


def test_the_prompt_has_editing_and_history(
    model: Path, translate: Command, tmp_path: Path
) -> None:
    [dog] = translate("perro rojo").lines
    [cat] = translate("gato").lines
    environment = {"SEQ2SEQ_MODEL": str(model), "XDG_STATE_HOME": str(tmp_path)}
    history = tmp_path / "seq2seq" / "history"
    with terminal(TRANSLATE, environment=environment) as running:
        running.read_until(b"> ")
        running.type(b"rojo\x01perro \n")  # to the beginning of the line
        assert dog.encode() in running.read_until(b"\r\n> ", 1)
        running.type(b"gatos\x7f\n")  # backspace
        assert cat.encode() in running.read_until(b"\r\n> ", 1)
        running.type(b"\x04")
        running.rest()
        assert running.end() == 0
    assert history.read_text().splitlines() == ["perro rojo", "gato"]
    assert history.stat().st_mode & 0o077 == 0
    with terminal(TRANSLATE, environment=environment) as running:
        running.read_until(b"> ")
        running.type(b"\x1b[A\x1b[A\n")  # two lines up
        assert dog.encode() in running.read_until(b"\r\n> ", 1)


def test_the_history_can_be_turned_off(model: Path, tmp_path: Path) -> None:
    environment = {
        "SEQ2SEQ_MODEL": str(model),
        "XDG_STATE_HOME": str(tmp_path),
        "SEQ2SEQ_HISTORY": "",
    }
    with terminal(TRANSLATE, environment=environment) as running:
        running.read_until(b"> ")
        running.type(b"gato\n")
        running.read_until(b"\r\n> ", 1)
        running.type(b"\x04")
        running.rest()
        assert running.end() == 0
    assert not list(tmp_path.rglob("history"))
