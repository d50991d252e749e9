"""Several worker processes give the same lines as one, in order, and all of them end."""

from __future__ import annotations

import io
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from seq2seq.cli.app import translate_main
from seq2seq.errors import CheckpointError, ConfigError, DataError, Seq2SeqError
from seq2seq.runtime import stopped_process
from seq2seq.translation.options import TranslatorOptions
from seq2seq.translation.translator import Translator
from seq2seq.translation.workers import WorkerPool
from tests.support.commands import TRANSLATE, WAIT, arguments, read_until
from tests.support.tiny_model import sentences

OPTIONS = TranslatorOptions(decoding={"beam": 2, "nbest": 2})


@pytest.fixture(scope="module")
def pool(model: Path) -> Iterator[WorkerPool]:
    torch.set_num_threads(1)
    with WorkerPool(model, options=OPTIONS, workers=2) as pool:
        yield pool
    assert not multiprocessing.active_children()


def wait_until(true: object) -> None:
    deadline = time.monotonic() + WAIT
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_two_workers_give_the_same_translations_as_one_translator(
    pool: WorkerPool, model: Path
) -> None:
    texts = sentences(300)
    windows = [texts[start : start + 23] for start in range(0, len(texts), 23)]
    translator = Translator.from_pretrained(model, options=OPTIONS)
    assert "" in texts
    assert list(pool.stream_windows(iter(windows))) == list(translator.stream_windows(windows))
    assert len(multiprocessing.active_children()) == 2
    assert pool.decoding == translator.decoding
    assert pool.max_source_characters == translator.max_source_characters


def test_no_more_windows_are_read_than_are_being_worked_on(pool: WorkerPool) -> None:
    read = 0

    def windows() -> Iterator[list[str]]:
        nonlocal read
        while True:
            read += 1
            yield ["casa", "perro rojo"]

    found = pool.stream_windows(windows())
    assert read == 0
    for given in range(1, 40):
        next(found)
        assert read <= 4 + given // 2
    wait_until(lambda: read >= 4 + 38 // 2)
    time.sleep(0.1)
    assert read <= 4 + 39 // 2


def test_translations_come_while_the_input_pauses(pool: WorkerPool) -> None:
    go_on = threading.Event()

    def windows() -> Iterator[list[str]]:
        yield ["casa"]
        assert go_on.wait(WAIT)
        yield ["gato"]

    found = pool.stream_windows(windows())
    assert next(found).source == "casa"
    go_on.set()
    assert [one.source for one in found] == ["gato"]


def test_an_error_of_the_input_comes_after_all_lines_before_it(pool: WorkerPool) -> None:
    def windows() -> Iterator[list[str]]:
        yield ["casa"] * 50
        yield ["gato"]
        raise DataError("damaged")

    found = pool.stream_windows(windows())
    assert [next(found).source for _ in range(51)] == ["casa"] * 50 + ["gato"]
    with pytest.raises(DataError, match="damaged"):
        next(found)


def test_an_impossible_beam_is_reported_before_anything_is_read(model: Path) -> None:
    with pytest.raises(ConfigError, match="beam 4 with 9 best"):
        WorkerPool(model, options=TranslatorOptions(decoding={"beam": 4, "nbest": 9}), workers=2)


def test_a_missing_model_is_an_error_and_leaves_no_process(tmp_path: Path) -> None:
    before = set(multiprocessing.active_children())
    with pytest.raises(CheckpointError, match="no such model directory"):
        WorkerPool(tmp_path / "absent", options=OPTIONS, workers=2)
    assert set(multiprocessing.active_children()) == before


def test_a_killed_worker_is_an_error_after_all_translations_before_its_own(model: Path) -> None:
    others = {child.pid for child in multiprocessing.active_children()}

    def own() -> list[int]:
        pids = (child.pid for child in multiprocessing.active_children())
        return sorted(pid for pid in pids if pid is not None and pid not in others)

    texts = sentences(600)
    with WorkerPool(model, options=OPTIONS, workers=2) as pool:
        found = pool.stream_windows([texts, ["casa"], ["gato"], ["perro"]])
        assert next(found).source == texts[0]
        wait_until(lambda: len(own()) == 2)
        os.kill(own()[1], signal.SIGKILL)  # while it starts and the second window waits for it
        assert [next(found).source for _ in texts[1:]] == texts[1:]
        with pytest.raises(
            Seq2SeqError, match=r"^worker process \d+ ended .*\(SIGKILL\); fewer --workers"
        ) as error:
            next(found)
        assert "\n" not in str(error.value)
    assert own() == []


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc to see it in")
def test_a_stopped_worker_is_an_error_even_while_texts_are_sent_to_it(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stopped_process, "PERIOD", 0.05)
    before = set(multiprocessing.active_children())
    long = ["casa de papel " * 20] * 5_000  # more than a pipe holds
    with WorkerPool(model, options=OPTIONS, workers=1) as pool:
        found = pool.stream_windows([["casa"], long])
        assert next(found).source == "casa"
        [worker] = set(multiprocessing.active_children()) - before
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGSTOP)
        with pytest.raises(
            Seq2SeqError, match=rf"^worker process {worker.pid} was stopped .*--continue"
        ):
            list(found)
    assert set(multiprocessing.active_children()) == before


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc to see it in")
def test_a_worker_that_goes_on_in_time_is_left_in_peace(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stopped_process, "PERIOD", 0.1)
    before = set(multiprocessing.active_children())
    with WorkerPool(model, options=OPTIONS, workers=1) as pool:
        [worker] = set(multiprocessing.active_children()) - before
        assert worker.pid is not None
        for _ in range(3):
            os.kill(worker.pid, signal.SIGSTOP)
            time.sleep(0.4)
            os.kill(worker.pid, signal.SIGCONT)
            time.sleep(0.3)
        assert [one.source for one in pool.stream_windows([["gato"]])] == ["gato"]


# The command


def test_the_command_gives_the_same_lines_with_several_workers(translate: object) -> None:
    before = set(multiprocessing.active_children())
    raw = "\n".join([*sentences(20), "casa " * 50, "ca\0sa"]).encode()
    one, two = (translate("--json", "--workers", workers, stdin=raw) for workers in (1, 2))
    assert one.lines == two.lines
    assert len(one.lines) == 22
    assert (
        sorted(one.err.splitlines())
        == sorted(two.err.splitlines())
        == ["line 21: cut at 40 subwords", "line 22: NUL"]
    )
    assert set(multiprocessing.active_children()) == before


def test_several_workers_on_a_gpu_are_refused(translate: object) -> None:
    assert "2 workers on cuda:0" in translate("--workers", 2, "--device", "cuda:0", "casa").error


def test_a_reader_that_leaves_ends_the_workers_quietly(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "text").write_text("casa\n" * 10_000)
    before = set(multiprocessing.active_children())
    reader, writer = os.pipe()
    os.close(reader)
    with (
        io.TextIOWrapper(io.FileIO(writer, "wb"), write_through=True) as gone,
        monkeypatch.context() as patch,
    ):
        patch.setattr(sys, "stdout", gone)
        patch.setattr(
            sys,
            "argv",
            ["translate", "--model", str(model), "-i", str(tmp_path / "text"), "--workers", "2"],
        )
        with pytest.raises(SystemExit) as ended:
            translate_main()
    assert ended.value.code == 1
    assert set(multiprocessing.active_children()) == before
    assert capfd.readouterr().err == ""


def group(leader: int) -> list[int]:
    """Return the processes of a group that are still running."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, pgrp, *_ = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended in the meantime
            continue
        if int(pgrp) == leader and state not in "ZX":
            found.append(int(stat.parent.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc to see processes in")
@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)], ids=["ctrl-c", "kill -9"]
)
def test_no_worker_is_left(model: Path, sent: signal.Signals, code: int) -> None:
    with subprocess.Popen(
        arguments(TRANSLATE, "--model", model, "--workers", 2),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        assert running.stderr is not None
        try:
            running.stdin.write(b"casa\n")
            read_until(running.stdout.fileno(), b"\n")
            first = group(running.pid)
            running.stdin.write(b"perro rojo grande\n" * 3_000)
            wait_until(
                lambda: len(group(running.pid)) > len(first)
            )  # one worker translates, another starts
            if sent == signal.SIGINT:
                os.killpg(running.pid, sent)  # as a terminal does
            else:
                running.send_signal(sent)
            assert running.wait(WAIT) == code
            wait_until(lambda: not group(running.pid))
            if sent == signal.SIGINT:
                assert running.stderr.read() == b""
        finally:
            for pid in group(running.pid):
                os.kill(pid, signal.SIGKILL)
