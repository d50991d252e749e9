"""Processes that a launcher has started: together they do what one does, to the last digit where
nothing is summed.

Each launch does many things: starting a process costs more than all that it does here. The
launchers are forks of a process that has imported torch, and so is what they start.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate.commands.launch import _validate_launch_command, launch_command_parser
from accelerate.utils.launch import prepare_simple_launcher_cmd_env

from seq2seq.cli import translate_lines
from seq2seq.cli.input_lines import InputLines
from seq2seq.errors import ConfigError
from seq2seq.runtime.ranks import SINGLE_PROCESS, Ranks
from seq2seq.training.run import train
from seq2seq.translation.options import TranslatorOptions
from seq2seq.translation.translator import Translator
from tests.support import dying_rank, tiny_commands
from tests.support import tiny_run as tiny

WAIT = 120
SCRIPT = Path(tiny_commands.__file__)
MENDED = b"uno dos\nperro\0 gato\n\n\xff rojo\n"  # with NUL, blank, and not UTF-8

Commands = Sequence[Sequence[object]]


def long_text(directory: Path) -> None:
    """Sentences of up to 40 words, enough for several batches of a window, and for a rank to be
    left without any."""
    draw = random.Random(1)
    words = sorted(tiny.WORDS)
    rows = [[draw.choice(words) for _ in range(draw.randint(1, 40))] for _ in range(250)]
    pairs = [f"{' '.join(row)}\t{' '.join(tiny.WORDS[word] for word in row)}\n" for row in rows]
    (directory / "test.tsv").write_text("".join(pairs), encoding="utf-8")
    (directory / "long.tsv").write_text("".join(pairs[:50]), encoding="utf-8")
    (directory / "text").write_text(
        "\n".join([" ".join(row) for row in rows] + ["", "gato"]), encoding="utf-8"
    )


@dataclass
class Ended:
    """What a launch came to."""

    code: int
    out: str
    err: str


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def launched(programs: Path, launcher: Sequence[str], *words: object, stdin: bytes = b"") -> Ended:
    """Start a script in several processes."""
    python = str(programs / "python")
    command = [python, *launcher, python, *map(str, words)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, env=environment, input=stdin, capture_output=True, timeout=WAIT, check=False
    )
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())


def in_this_process(commands: Commands, stdin: bytes, place: Path) -> str:
    """What commands print that run here."""
    (place / "stdin").write_bytes(stdin)
    out = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
    with pytest.MonkeyPatch.context() as patch, (place / "stdin").open() as file:
        patch.setattr(sys, "stdin", file)
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "argv", sys.argv)
        for words in commands:
            tiny_commands.run([str(word) for word in words])
    found: bytes = out.buffer.getvalue()  # type: ignore[attr-defined]
    return found.decode()


def written(commands: Commands, path: Path) -> Path:
    path.write_text(
        json.dumps([(free_port(), [str(word) for word in words]) for words in commands]),
        encoding="utf-8",
    )
    return path


@dataclass
class Both:
    """The same commands in one process, whose files are in `place` / "one", and in four; of `place`
    / "model"."""

    place: Path
    out: str
    four: Ended


LOSSES = ["training.precision=fp64", "model.dropout=0"]
WEIGHTS = [
    *LOSSES,
    "training.max_steps=10",
    "training.accumulate=2",
    "training.batch_tokens=400",
    "training.teacher_forcing_min=0",
    "training.batch_sentences=3",  # fewer than ranks
    "training.ema=0.9",
    "model.attention=bahdanau",
    "model.coverage=true",
]
RESUMED = [
    *LOSSES,
    "training.schedule=inverse-sqrt",
    "training.log_every=3",
    "training.checkpoint_every=4",
]


def all_commands(place: Path, name: str, stops: Sequence[int]) -> Commands:
    """Trainings, and what is done with a model: the same one in any number of processes."""
    train = [
        "seq2seq",
        "train",
        place / "config.yaml",
        "--cpu",
        f"data.dev={place / 'long.tsv'}",
        "--output",
    ]
    model, folder = place / "model", place / name
    read = ["translate", "--model", model, "--input"]
    return [
        [*train, folder / "weights", *WEIGHTS],
        *(
            [*train, folder / "resumed", *RESUMED, f"training.max_steps={stop}", "--resume"]
            for stop in stops
        ),
        ["seq2seq", "evaluate", model, "--data", place / "long.tsv", "--output", folder / "report"],
        ["translate", "--model", model, "--json", "--nbest", 2],  # of standard input
        [
            *read,
            place / "text",
            "--output",
            folder / "translated",
            "--scores",
            "--alignments",
            "--beam",
            3,
        ],
        [*read, place / "test.tsv", "--output", folder / "scores", "--score"],
    ]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, programs: Path) -> Both:
    torch.set_num_threads(1)
    place = tmp_path_factory.mktemp("ranks")
    tiny.write_text(place)
    long_text(place)
    train(
        tiny.tiny_config(place, "training.max_steps=80", "training.validate_every=80"),
        output=place / "model",
        cpu=True,
    )
    (place / "config.yaml").write_text(tiny.tiny_config(place).to_yaml(), encoding="utf-8")
    out = in_this_process(all_commands(place, "one", [12]), MENDED, place)
    commands = written(all_commands(place, "four", [4, 12]), place / "four.json")
    launcher = [
        "-m",
        "torch.distributed.run",
        "--nproc_per_node",
        "4",
        "--master_addr",
        "127.0.0.1",
        "--master_port",
        str(free_port()),
        "--no-python",
    ]
    four = launched(programs, launcher, SCRIPT, commands, stdin=MENDED)
    assert four.code == 0, four.err
    return Both(place, out, four)


@pytest.mark.parametrize("run", ["weights", "resumed"])
def test_a_training_of_four_ranks_ends_where_one_process_does(both: Both, run: str) -> None:
    """Some batches hold fewer sentences than there are ranks; the second one was stopped and
    resumed."""
    one, four = (both.place / name / run for name in ("one", "four"))
    ours, theirs = tiny.last_weights(one), tiny.last_weights(four)
    assert all(value.dtype == torch.float64 for value in ours.values())
    assert max(float((ours[name] - theirs[name]).abs().max()) for name in ours) < 1e-9
    found = [tiny.metrics(directory) for directory in (one, four)]
    if run == "resumed":  # it was validated where it was stopped too
        found[1] = [line for line in found[1] if line["step"] != 4]
    for ours, theirs in zip(*found, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-8)
        assert ours.get("dev_bleu") == theirs.get("dev_bleu")
    assert sum("dev_perplexity" in line for line in found[0]) > 1


def test_four_ranks_translate_and_score_as_one_process_does(both: Both) -> None:
    one, four = (both.place / name for name in ("one", "four"))
    for name in ("translated", "scores", "report/hypotheses.txt"):
        content = (one / name).read_bytes()
        assert content
        assert (four / name).read_bytes() == content
    assert len((one / "scores").read_text().splitlines()) == 250
    reports = [
        json.loads((folder / "report" / "report.json").read_text()) for folder in (one, four)
    ]
    assert [report["sets"][0].pop("seconds") > 0 for report in reports] == [True, True]
    assert reports[0] == reports[1]
    assert len(set((one / "report" / "hypotheses.txt").read_text().splitlines())) > 10


def test_the_first_rank_alone_prints(both: Both) -> None:
    def printed(text: str) -> list[str]:
        return [
            line.replace("/four/", "/one/")
            for line in text.splitlines()
            if not line.startswith("Time")
        ]

    assert printed(both.four.out) == printed(both.out)
    assert sum(line.startswith("{") for line in printed(both.out)) == 4
    for said in ("trained 10 steps", "line 2: NUL", "line 4: undecodable bytes"):
        assert both.four.err.count(said) == 1
    assert both.four.err.count("in 4 processes of 1 thread") == 3  # trainings


def test_three_ranks_of_accelerates_launcher_do_so_too_and_an_error_of_the_first_ends_all_at_once(
    both: Both, programs: Path
) -> None:
    """Its option for several GPUs starts several processes on a computer without one too."""
    place = both.place
    train = [
        "seq2seq",
        "train",
        place / "config.yaml",
        "--cpu",
        "training.log_every=1",
        "model.dropout=0",
    ]
    train += [*tiny.STREAMING, "--output"]
    text: Commands = [
        ["translate", "--model", place / "model", "--input", place / "text", "--beam", 1]
    ]
    bad: Commands = [["translate", "--model", place / "model", "--input", place / "absent"]]
    out = in_this_process([[*train, place / "single"], *text], b"", place)
    commands = written([[*train, place / "three"], *text, *bad], place / "three.json")
    launcher = [
        "-m",
        "accelerate.commands.launch",
        "--multi_gpu",
        "--num_processes",
        "3",
        "--num_machines",
        "1",
    ]
    launcher += ["--mixed_precision", "no", "--dynamo_backend", "no", "--no_python"]
    port = ["--main_process_port", str(free_port())]
    three = launched(programs, [*launcher, *port], SCRIPT, commands)
    found = [
        [line["loss"] for line in tiny.metrics(place / name) if "loss" in line]
        for name in ("single", "three")
    ]
    assert len(found[0]) == 12
    assert found[0] == pytest.approx(found[1], rel=1e-5)
    assert three.out == out
    assert len(out.splitlines()) == 252
    assert three.code == 1
    assert re.findall("^error: .*", three.err, re.MULTILINE) == [
        f"error: {place / 'absent'}: there is no such file"
    ]
    assert "RuntimeError" not in three.err  # of the others, whose first has gone


@pytest.mark.parametrize(("sent", "restarts"), [("SIGKILL", 0), ("SIGKILL", 1), ("SIGSTOP", 1)])
def test_a_dead_rank_is_named_and_processes_started_again_go_on(
    both: Both, programs: Path, sent: str, restarts: int
) -> None:
    """They go on from the checkpoint of step 4, without --resume."""
    place = both.place
    name = f"{sent}-{restarts}"
    launcher = ["-m", "torch.distributed.run", "--nproc_per_node", "2", "--max-restarts"]
    launcher += [str(restarts), "--master_port", str(free_port()), "--no-python"]
    started = time.monotonic()
    ended = launched(programs, launcher, dying_rank.__file__, place, name, sent, *RESUMED)
    assert time.monotonic() - started < 30
    assert ended.code == 1 - restarts, ended.err
    said = re.findall("^error: .*", ended.err, re.MULTILINE)
    if sent == "SIGSTOP":
        stopped = r"error: rank 1 \(process \d+\) is stopped, and others wait for it: ending it"
        assert re.fullmatch(stopped, said.pop(0))
    assert len(said) == 1
    assert re.fullmatch(
        r"error: rank 1 \(process \d+ on .*\) has ended; "
        r"--resume continues from the last checkpoint",
        said[0],
    )
    assert (place / name / "checkpoints" / "step-00000004").exists() == (restarts == 0)
    if restarts:
        ours = tiny.last_weights(place / "one" / "resumed")
        theirs = tiny.last_weights(place / name)
        assert max(float((ours[name] - theirs[name]).abs().max()) for name in ours) < 1e-9


# Without a launch


def test_each_rank_searches_for_the_translations_of_its_share_alone(both: Both) -> None:
    shares: list[list[int]] = []

    class Noting(Ranks):
        def gather(self, mine: Iterable[Any]) -> Iterator[Any]:
            found = list(mine)
            shares.append([row for some in found for row in some])
            return iter(found)

    texts = (both.place / "text").read_text(encoding="utf-8").splitlines()
    for rank in (0, 1):
        translator = Translator.from_pretrained(both.place / "model", ranks=Noting(rank, 2))
        with pytest.raises(ValueError, match="shorter"):  # the translations of others are missing
            translator.translate_all(texts)
    assert all(shares)
    assert sorted(shares[0] + shares[1]) == list(range(len(texts)))


def test_items_are_dealt_once_each_and_alone_one_has_them_all() -> None:
    for world in range(1, 5):
        for items in ([], [1], list(range(10))):
            shares = [Ranks(rank, world).shard(items) for rank in range(world)]
            assert sorted(item for share in shares for item in share) == items
            assert all(list(share) == sorted(share) for share in shares)
            assert max(map(len, shares)) - min(map(len, shares)) <= 1
            assert shares[0][-1:] == items[-1:]
    assert list(SINGLE_PROCESS.gather(iter([1, 2]))) == [1, 2]


def test_each_rank_has_a_gpu_of_its_own_unless_one_is_named() -> None:
    assert [Ranks(3, 4, 1).device(name) for name in ("cuda", "cuda:0", "cpu")] == [
        "cuda:1",
        "cuda:0",
        "cpu",
    ]
    assert SINGLE_PROCESS.device("cuda") == "cuda"


def failed(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """The exit status of a command in this process."""
    monkeypatch.setattr(sys, "argv", sys.argv)
    with pytest.raises(SystemExit) as ended:
        tiny_commands.run(words)
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.mark.parametrize("rank", [0, 3])
def test_an_error_is_said_by_the_first_and_by_another_if_it_is_not_ended_meanwhile(
    rank: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setenv("RANK", str(rank))
    monkeypatch.delenv("SEQ2SEQ_MODEL", raising=False)
    assert failed(monkeypatch, "translate", "--to", "nowhere", "casa") == 1
    assert capsys.readouterr().err.startswith("error: no model")
    assert slept == ([8.0] if rank else [])


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["seq2seq", "train", "{}/config.yaml", "--output", "{}/none"], "-m seq2seq train CONFIG"),
        (
            ["seq2seq", "evaluate", "{}/absent", "--data", "{}/test.tsv"],
            "-m seq2seq evaluate MODEL --data SET",
        ),
        (["translate", "--model", "{}/absent", "casa"], "--no-python translate --model MODEL"),
        (
            ["translate", "--model", "{}/absent", "--score", "casa\tcat"],
            "--no-python translate --model MODEL",
        ),
    ],
)
def test_a_launcher_that_started_one_process_of_several_is_said(
    words: list[str],
    said: str,
    number: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """By the environment that Accelerate's own launcher makes."""
    arguments = ["--cpu", "--num_processes", str(number), "--mixed_precision", "no", "script.py"]
    settings, _, _ = _validate_launch_command(launch_command_parser().parse_args(arguments))
    _, environment = prepare_simple_launcher_cmd_env(settings)
    monkeypatch.setattr(os, "environ", environment)
    tiny.write_text(tmp_path)
    (tmp_path / "config.yaml").write_text(
        tiny.tiny_config(tmp_path, "data.dev=none").to_yaml(), encoding="utf-8"
    )
    assert failed(monkeypatch, *(word.format(tmp_path) for word in words)) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert ("starts one process" in error) == (number > 1)
    assert (f"--nproc_per_node N {said}" in error) == (number > 1)


def test_workers_in_each_of_several_processes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    two = contextlib.nullcontext(Ranks(0, 2))
    monkeypatch.setattr(translate_lines, "process_group", lambda *_: two)
    with pytest.raises(ConfigError, match="2 workers in each of 2 processes: leave out --workers"):
        translate_lines.translate(
            [], InputLines(["a"]), output=None, options=TranslatorOptions(), workers=2
        )
