"""The command `translate` as a user meets it: input, output, errors, and how it ends.

The model is untrained. Tests of pipes, signals, a terminal or start-up run a process; the others
run in this one, where a command need not import torch again.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import pty
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from seq2seq.model_directory import shipped_models
from seq2seq.translation.confidence import Confidence
from seq2seq.translation.evidence import FEATURES
from seq2seq.translation.translator import Translator
from tests.support.commands import (
    SEQ2SEQ,
    TRANSLATE,
    WAIT,
    Command,
    arguments,
    process,
    read_until,
)
from tests.support.tiny_model import save_tiny_model, sentences

WITHOUT_SHIPPED = (
    "import pathlib, seq2seq.model_directory.shipped_models as d; "
    f"d.SHIPPED = pathlib.Path('absent'); {TRANSLATE}"
)

# Lines in, lines out


def test_a_line_out_for_each_line_in_and_blank_lines_stay_blank(translate: Command) -> None:
    (translation,) = translate("perro rojo").lines
    assert translation
    lines = translate(stdin=b"\nperro rojo\n\n  \t \nperro rojo\n\n").lines
    assert lines == ["", translation, "", "", translation, ""]


def test_arguments_a_file_and_a_gzipped_file_give_the_same(
    translate: Command, tmp_path: Path
) -> None:
    words = ["casa de papel", "niño", "perro rojo"]
    typed = translate(*words).lines
    assert len(set(typed)) == 3
    raw = "".join(f"{word}\n" for word in words).encode()
    (tmp_path / "text").write_bytes(raw)
    (tmp_path / "text.gz").write_bytes(gzip.compress(raw))
    assert translate(stdin=raw).lines == typed
    assert translate("--input", tmp_path / "text").lines == typed
    assert translate("-i", tmp_path / "text.gz").lines == typed


def test_output_to_a_file_and_a_gzipped_one(translate: Command, tmp_path: Path) -> None:
    out = translate("casa", "gato").out
    for name, read in (
        ("out", Path.read_bytes),
        ("out.gz", lambda path: gzip.decompress(path.read_bytes())),
    ):
        assert translate("casa", "gato", "--output", tmp_path / name).out == b""
        assert read(tmp_path / name) == out


def test_lines_of_mixed_length_keep_their_order(translate: Command) -> None:
    texts = sentences(400)  # more than the first windows
    records = [
        json.loads(line) for line in translate("--json", stdin="\n".join(texts).encode()).lines
    ]
    assert [record["source"] for record in records] == texts
    assert all(bool(record["translation"]) <= bool(record["source"]) for record in records)


def test_no_input_gives_no_output_and_a_last_line_needs_no_line_break(translate: Command) -> None:
    assert translate(stdin=b"").out == b""
    assert translate(stdin=b"\xef\xbb\xbf").out == b""
    assert translate(stdin=b"casa\ngato").lines == translate(stdin=b"casa\ngato\n").lines


def test_invalid_bytes_are_reported_and_lines_stay_aligned(translate: Command) -> None:
    raw = [
        b"\xef\xbb\xbfcasa",
        b"ca\xffsa",
        b"ca\0sa",
        b"casa\r",
        b"casa\rperro",
        "casa\u2028perro\u0085gato\x0b\x0c".encode(),
        b"casa " * 200_000,
        b"casa",
    ]
    result = translate("--json", stdin=b"\n".join(raw) + b"\n")
    records = [json.loads(line) for line in result.lines]
    assert len(records) == len(raw)
    for plain in (0, 3, 7):
        assert records[plain] == records[0]
    assert [record["cut"] for record in records] == [False] * 6 + [True, False]
    assert "Traceback" not in result.err
    said = sorted(result.err.splitlines())
    assert said == [
        "line 2: undecodable bytes",
        "line 3: NUL",
        "line 7: cut at 10,240 bytes",
        "line 7: cut at 40 subwords",
    ]
    assert len(translate(stdin=b"\n".join(raw) + b"\n").lines) == len(raw)


def test_only_the_first_repairs_are_reported(translate: Command) -> None:
    result = translate("--beam", 1, stdin=b"\xff\n" * 100)
    assert len(result.lines) == 100
    assert len(result.err.splitlines()) == 21
    assert "more lines" in result.err


def test_any_argument_is_one_line(translate: Command) -> None:
    result = translate("casa\nperro", os.fsdecode(b"ca\xffsa"), "")
    assert len(result.lines) == 3
    assert result.err.splitlines() == ["line 1: line break", "line 2: undecodable bytes"]


# Output formats


def test_nbest_scores_and_beam(translate: Command) -> None:
    best = translate("casa de papel", "", "gato").lines
    rows = [
        line.split(" ||| ")
        for line in translate("--nbest", 3, "--scores", "casa de papel", "", "gato").lines
    ]
    assert [row[0] for row in rows] == ["0"] * 3 + ["1"] + ["2"] * 3
    assert [rows[0][1], rows[3][1], rows[4][1]] == best
    for three in (rows[:3], rows[4:]):
        scores = [float(row[2]) for row in three]
        assert scores == sorted(scores, reverse=True)
        assert len(set(scores)) == 3
    (scored,) = translate("--scores", "casa").lines
    assert float(scored.split(" ||| ")[1]) < 0
    assert len(translate("--beam", 1, "casa de papel").lines) == 1


def test_threads(translate: Command) -> None:
    assert translate("--threads", 1, "casa").lines
    assert torch.get_num_threads() == 1


def test_json_is_one_object_per_line(translate: Command) -> None:
    first, blank = (
        json.loads(line) for line in translate("--json", "--nbest", 2, "niño", "").lines
    )
    assert set(first) == set(blank)
    assert first["source"] == "niño"
    assert len(first["alternatives"]) == 2
    assert first["alternatives"][0]["text"] == first["translation"]
    assert first["alternatives"][0]["score"] == first["score"]
    assert blank == {
        "source": "",
        "translation": "",
        "score": 0.0,
        "confidence": None,
        "warning": "",
        "alternatives": [],
        "cut": False,
    }


def test_a_doubtful_translation_is_reported_and_the_exit_status_stays_0(
    translate: Command, own_model: Path
) -> None:
    zeros = [0.0] * len(FEATURES)
    ones = [1.0] * len(FEATURES)
    Confidence(zeros, ones, zeros, 0.0, -2.0, threshold=0.5).save(own_model)
    model = ("--model", own_model, "--split-sentences")
    result = translate(*model, "casa de papel", "", "Где мой дом?")
    assert result.lines[1:] == ["", "Где мой дом?"]
    assert result.err.splitlines() == [
        "line 1: the translation may be wrong (confidence 0.12)",
        "line 3: is in Cyrillic script, which the model cannot read; copied",
    ]
    assert "Cyrillic" not in translate("--raw", "--model", own_model, "Где мой дом?").err
    (line,) = translate(*model, "--json", "Casa de papel. Где мой дом?").lines
    record = json.loads(line)
    assert record["confidence"] == 0.0
    assert record["warning"].startswith("is in Cyrillic script")
    first, second = record["sentences"]
    assert first["text"] == "Casa de papel."
    assert first["confidence"] == pytest.approx(0.1192, abs=1e-4)
    assert second["translation"] == "Где мой дом?"


# User errors


def test_without_a_model_it_says_how_to_get_one(
    translate: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SEQ2SEQ_MODEL")
    monkeypatch.setattr(shipped_models, "SHIPPED", tmp_path / "absent")
    error = translate("casa").error
    for way in ("--model", "SEQ2SEQ_MODEL", "make demo", "seq2seq train"):
        assert way in error


def test_the_option_comes_before_the_environment(translate: Command, tmp_path: Path) -> None:
    assert (
        "absent: no such model directory" in translate("--model", tmp_path / "absent", "casa").error
    )


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("model.safetensors", truncate),
        ("model.safetensors", Path.unlink),
        ("model.safetensors", lambda path: path.write_bytes(b"")),
        ("config.yaml", lambda path: path.write_bytes(b"\x00\xff: [")),
        ("config.yaml", lambda path: path.write_text("model: {cell: [1, 2")),
        ("config.yaml", lambda path: path.write_text("")),
        ("config.yaml", Path.unlink),
        ("tokenizer/tokenizer.json", Path.unlink),
        ("tokenizer/source.model", Path.unlink),
        ("tokenizer/target.model", truncate),
    ],
)
def test_a_damaged_model_names_the_file(
    translate: Command, own_model: Path, name: str, damage: Callable[[Path], object]
) -> None:
    damage(own_model / name)
    assert str(own_model / name) in translate("--model", own_model, "casa").error


def test_the_tokenizer_of_another_model(
    translate: Command, own_model: Path, tmp_path: Path
) -> None:
    other = save_tiny_model(tmp_path / "other", seed=2)
    shutil.copy(other / "tokenizer" / "target.model", own_model / "tokenizer")
    assert (
        str(own_model / "tokenizer" / "target.model")
        in translate("--model", own_model, "casa").error
    )


def test_the_weights_of_another_shape(translate: Command, own_model: Path) -> None:
    config = own_model / "config.yaml"
    config.write_text(config.read_text().replace("hidden_size: 16", "hidden_size: 32"))
    error = translate("--model", own_model, "casa").error
    assert str(own_model / "model.safetensors") in error
    assert "config.yaml" in error


@pytest.mark.parametrize("device", ["nonsense", "cpu:x", "meta", ""])
def test_a_device_that_is_not_there(translate: Command, device: str) -> None:
    assert f"cannot use device {device!r}" in translate("--device", device, "casa").error


def test_a_device_of_another_kind_is_refused_in_one_short_line(translate: Command) -> None:
    for device in ("hpu", "mps", "gpu"):
        error = translate("--device", device, "casa").error
        assert error.endswith("there is no such device here; use cpu\n")


def test_constraints_of_endless_length_are_refused(translate: Command) -> None:
    assert (
        "prefix: 1,001 characters, but at most 1,000"
        in translate("--prefix", "x" * 1001, "a").error
    )
    assert (
        "terms: 1,002 characters" in translate("--term", "x" * 501, "--term", "y" * 501, "a").error
    )
    many = [part for _ in range(101) for part in ("--term", "x")]
    assert "terms: 101 phrases, but at most 100" in translate(*many, "a").error


def test_a_name_that_is_too_long_for_a_file(translate: Command) -> None:
    assert (
        "no model has such a name: File name too long" in translate("--model", "x" * 300, "a").error
    )


def test_more_translations_than_the_beam_holds_leave_the_output_alone(
    translate: Command, tmp_path: Path
) -> None:
    (tmp_path / "out").write_text("dear")
    error = translate("--nbest", 9, "--beam", 4, "casa", "-o", tmp_path / "out").error
    assert "beam 4" in error
    assert "9" in error
    assert (tmp_path / "out").read_text() == "dear"


def test_impossible_input_and_output(translate: Command, tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("casa\n")
    assert "not both" in translate("casa", "--input", text).error
    assert "absent: there is no such file" in translate("--input", tmp_path / "absent").error
    assert "is a directory" in translate("--input", tmp_path).error
    assert (
        "no/out: cannot be written: No such" in translate("casa", "-o", tmp_path / "no/out").error
    )
    assert "is also the input" in translate("--input", text, "--output", text).error
    assert text.read_text() == "casa\n"


def test_a_damaged_gzipped_input(translate: Command, tmp_path: Path) -> None:
    text = tmp_path / "text.gz"
    text.write_bytes(gzip.compress(random.Random(1).randbytes(1000).hex().encode())[:-200])
    assert "text.gz: damaged or incomplete gzip file" in translate("--input", text).error


@pytest.mark.parametrize(
    "arguments", [["--beam", "0"], ["--beam", "x"], ["--nbest", "0"], ["--nonsense"]]
)
def test_a_mistyped_option_is_a_usage_error(translate: Command, arguments: list[str]) -> None:
    result = translate(*arguments, "casa")
    assert result.code == 2
    assert arguments[0] in result.err
    assert "Traceback" not in result.err


# Search settings, prefixes, scores


def test_a_prefix_is_completed_on_each_line(translate: Command) -> None:
    lines = translate("--prefix", "gato de", stdin=b"casa\nperro de mesa\n\n").lines
    assert all(line.startswith("gato de") for line in lines[:2])
    assert lines[2] == ""


def test_search_settings_can_be_changed_for_one_call(translate: Command, model: Path) -> None:
    plain = translate("casa de papel").lines
    longer = translate(
        "--set", "min_length=7", "--set", "max_length_extra=9", "casa de papel"
    ).lines
    assert len(longer[0]) > len(plain[0])
    samples = [
        translate(
            "--set", "strategy=sampling", "--set", f"seed={seed}", "--nbest", 3, "casa de papel"
        ).lines
        for seed in (1, 1, 2)
    ]
    assert samples[0] == samples[1] != samples[2]
    assert len(samples[0]) == 3


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("temprature=2", "unknown key; did you mean 'temperature'?"),
        ("top_p=3", "less than or equal to 1"),
        ("nothing", "write it as key=value"),
    ],
)
def test_an_impossible_setting_is_an_error(translate: Command, setting: str, said: str) -> None:
    result = translate("--set", setting, "casa")
    assert result.code == 1
    assert not result.out
    assert said in result.err
    assert "Traceback" not in result.err


def test_given_translations_are_scored_line_by_line(translate: Command, model: Path) -> None:
    pairs = [("casa", "gato"), ("perro de mesa", "papel rojo"), ("", "x"), ("casa", "")]
    lines = translate("--score", stdin="".join(f"{a}\t{b}\n" for a, b in pairs).encode()).lines
    expected = Translator.from_pretrained(model).score([a for a, _ in pairs], [b for _, b in pairs])
    assert [float(line) for line in lines] == pytest.approx(expected, abs=1e-3)
    assert lines[2] == "0.0000"


@pytest.mark.parametrize("line", ["casa", "casa\tgato\tperro"])
def test_a_line_without_a_pair_is_named(translate: Command, line: str) -> None:
    error = translate("--score", stdin=f"casa\tgato\n{line}\n".encode()).error
    assert error.startswith(f"line 2: {line.count(chr(9))} tabs; write SOURCE, a tab, TRANSLATION")


# Independence of neighbors, bounded memory


def test_a_translation_is_the_same_alone_and_among_others(model: Path) -> None:
    translator = Translator.from_pretrained(model, engine="torch")
    translator.model.double()  # untrained weights have near ties, which rounding would decide
    texts = sentences(40)
    for beam in (1, 4):
        together = translator.translate_all(texts, beam=beam, nbest=min(2, beam))
        for text, translation in zip(texts, together, strict=True):
            alone = translator.translate(text, beam=beam, nbest=min(2, beam))
            assert [one.text for one in alone.alternatives] == [
                one.text for one in translation.alternatives
            ]
            scores = [one.score for one in alone.alternatives]
            assert scores == pytest.approx(
                [one.score for one in translation.alternatives], rel=1e-9
            )
        assert [one.text for one in translator.stream(texts, beam=beam)] == [
            one.text for one in together
        ]


def test_a_stream_reads_no_more_than_a_window_ahead(model: Path) -> None:
    read = 0

    def texts() -> Iterator[str]:
        nonlocal read
        while True:
            read += 1
            yield ""

    found = Translator.from_pretrained(model).stream(texts())
    assert read == 0
    for given, most in ((1, 32), (32, 32), (33, 288), (289, 2336), (2337, 4384)):
        while given > 0 and read < most:
            next(found)
        assert read == most


# Processes


@pytest.mark.parametrize(
    ("program", "options", "words"),
    [
        (
            TRANSLATE,
            ["--help"],
            ["--nbest", "--json", "--model", "SEQ2SEQ_MODEL", "    translate --model"],
        ),
        (SEQ2SEQ, ["--help"], ["train", "evaluate"]),
        (SEQ2SEQ, ["train", "--help"], ["--resume", "[SECTION.KEY=VALUE]", "Settings that"]),
        (
            SEQ2SEQ,
            ["report", "--help"],
            ["RUN", "--output", "    seq2seq report runs/mine runs/gru"],
        ),
        (TRANSLATE, ["--version"], ["."]),
        (WITHOUT_SHIPPED, ["casa"], []),  # and no model
    ],
)
def test_help_and_errors_come_at_once(program: str, options: list[str], words: list[str]) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "SEQ2SEQ_MODEL"}
    environment["COLUMNS"] = "100"
    seconds = []
    watched = (
        f"import atexit, sys; atexit.register(lambda: print('torch' in sys.modules)); {program}"
    )
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            arguments(watched, *options),
            capture_output=True,
            text=True,
            timeout=WAIT,
            env=environment,
            check=False,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
        assert done.returncode == (0 if words else 1)
        assert done.stdout.endswith("False\n"), "torch was imported"
        assert all(word in done.stdout for word in words)
        if min(seconds) < 0.5:
            break
    assert min(seconds) < 0.5


def test_translations_come_while_the_pipe_is_open(model: Path, translate: Command) -> None:
    typed = translate("casa de papel", "niño", "perro rojo").out.splitlines(keepends=True)
    with process(model) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.write("casa de papel\nniño\nper".encode())
        first = read_until(running.stdout.fileno(), b"\n", times=2)
        running.stdin.write(b"ro rojo\n")
        second = read_until(running.stdout.fileno(), b"\n")
        rest, err = running.communicate(timeout=WAIT)
        assert [first, second, rest] == [typed[0] + typed[1], typed[2], b""]
        assert err == b""
        assert running.returncode == 0


def test_a_closed_output_pipe_ends_it_quietly(model: Path) -> None:
    with process(model) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.write(b"casa\n")  # stays open: the program is waiting for input when it ends
        read_until(running.stdout.fileno(), b"\n")
        running.stdout.close()
        running.stdin.write(b"gato\n")
        assert running.wait(timeout=WAIT) != 0
        assert running.stderr is not None
        assert running.stderr.read() == b""
        running.stdout = open(os.devnull, "rb")  # noqa: SIM115  closed by `process`


def test_ctrl_c_ends_it_quietly(model: Path) -> None:
    with process(model) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.write(b"casa\n")
        read_until(running.stdout.fileno(), b"\n")
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=WAIT)
        assert (running.returncode, out, err) == (130, b"", b"")


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_one_line(model: Path, unbuffered: str) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            arguments(TRANSLATE, "--model", model, "casa"),
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=WAIT,
            check=False,
        )
    assert done.returncode == 1
    said = "standard output: cannot be written: No space left on device; free some space"
    assert done.stderr == f"error: {said}\n"


@pytest.mark.parametrize(("key", "code"), [(b"\x04", 0), (b"\x03", 130)], ids=["ctrl-d", "ctrl-c"])
def test_on_a_terminal_it_asks(model: Path, translate: Command, key: bytes, code: int) -> None:
    answer = translate("casa de papel").out.strip()
    pid, terminal = pty.fork()
    if pid == 0:  # the command has its own terminal, whose keys send signals
        os.environ["SEQ2SEQ_MODEL"] = str(model)
        os.execv(sys.executable, arguments(TRANSLATE))
    try:
        assert b"Ctrl-D ends" in read_until(terminal, b"> ")
        os.write(terminal, b"casa de papel\n")
        assert answer in read_until(terminal, b"\r\n> ")
        os.write(terminal, b"\xff\n")  # no UTF-8
        assert b"line 2: undecodable bytes" in read_until(terminal, b"> ")
        time.sleep(0.3)  # a signal between the prompt and the wait for a key would be lost
        os.write(terminal, key)
        rest = b""
        with contextlib.suppress(OSError):  # what the end of a terminal raises on Linux
            while piece := os.read(terminal, 1 << 16):
                rest += piece
        assert rest.strip() in (b"", b"^C", b"^D\x08\x08")
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == code
        pid = 0
    finally:
        os.close(terminal)
        if pid:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def test_translating_does_not_wait_for_torchs_compiler(model: Path) -> None:
    """Loading it takes two seconds and 77 MiB, and one operation on a meta tensor is enough.

    Other libraries that translating does not need are not loaded either.
    """
    program = (
        "import pathlib, sys; from seq2seq import Translator; import seq2seq.cli.translate as cli\n"
        "for dtype in ('fp32', 'bf16'):\n"
        "    Translator.from_pretrained(sys.argv[1], dtype=dtype).translate('casa', beam=2)\n"
        "cli.translate(['casa'], [pathlib.Path(sys.argv[1])])\n"
        "print([name for name in sys.argv[2:] if name in sys.modules])"
    )
    slow = [
        "sympy",
        "torch._dynamo",
        "datasets",
        "accelerate",
        "sacrebleu",
        "pandas",
        "matplotlib",
        "pyarrow",
        "rich",
    ]
    slow += ["huggingface_hub", "seq2seq.training", "seq2seq.metrics.scores"]
    done = subprocess.run(
        arguments(program, model, *slow), check=True, capture_output=True, text=True
    )
    assert done.stdout.splitlines()[1:] == ["[]"]
