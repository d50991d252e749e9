"""The progress of a training on a terminal and in a file, and the remark on busy processors."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from seq2seq.training.contention import Contention, remark_on
from seq2seq.training.progress import Status
from tests.support.commands import SEQ2SEQ, Command
from tests.support.terminal import lines_shown, terminal
from tests.support.tiny_run import tiny_config, write_text

LINE = re.compile(
    r"step [\d,]+/[\d,]+  \d+%  left (-|\d+:\d\d:\d\d)  loss (-|\d+\.\d{3})  BLEU (-|\d+\.\d)"
    r"(  [\d,]+ tok/s)?"
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    write_text(tmp_path)
    config = json.loads(tiny_config(tmp_path).model_dump_json())
    (tmp_path / "config.yaml").write_text(json.dumps(config))
    return tmp_path


def test_the_line_on_a_terminal_fits_80_columns_and_has_all_figures(place: Path) -> None:
    options = ["train", place / "config.yaml", "--output", place / "run", "--cpu"]
    with terminal(SEQ2SEQ, *options) as running:
        shown = lines_shown(running.rest())
        assert running.end() == 0
    status = [line for line in shown if line.startswith("step ") and "/" in line]
    assert all(LINE.fullmatch(line.rstrip()) for line in status), status
    assert max(map(len, status)) <= 80
    last = LINE.fullmatch(status[-1].rstrip())
    assert last is not None
    assert last[0].startswith("step 12/12  100%  left 0:00:00")
    assert "-" not in (last[2], last[3])


def test_lines_in_a_file_have_all_figures_too(place: Path, seq2seq: Command) -> None:
    options = ["train", place / "config.yaml", "--output", place / "run", "--cpu"]
    lines = [line for line in seq2seq(*options).err.splitlines() if "/12 " in line]
    assert [line.split()[1] for line in lines] == ["2/12", "4/12", "6/12", "8/12", "10/12", "12/12"]
    assert all(LINE.fullmatch(line) for line in lines)


@pytest.mark.parametrize("total", [1, 12_000, 1_000_000_000])
def test_the_longest_line_fits_80_columns(total: int) -> None:
    status = Status(total, 0)
    status.step = total
    status.loss = 1234.5678
    status.value = 100.0
    status.rate = 1e7
    assert len(status.text()) <= 80
    assert "BLEU 100.0" in status.text()


def test_the_time_left_is_bounded_by_the_time_limit() -> None:
    status = Status(1_000_000, 0, seconds=30)
    status.step = 1
    time.sleep(0.01)
    left = re.search(r"left 0:00:(\d\d)", status.text())
    assert left is not None
    assert int(left[1]) <= 30


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processes cannot be pinned")
def test_a_busy_process_on_the_same_core_is_noticed_once() -> None:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    command = [sys.executable, "-c", "print(flush=True)\nwhile True: pass"]
    programs = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    try:
        for program in programs:
            assert program.stdout is not None
            program.stdout.readline()
        contention = Contention(seconds=1.0)
        remarks = []
        until = time.perf_counter() + 3
        while time.perf_counter() < until:
            if remark := contention.remark():
                remarks.append(remark)
        assert len(remarks) == 1
        assert re.match(r"other processes are busy: training gets \d+% of a core", remarks[0])
    finally:
        for program in programs:
            program.kill()
            program.communicate()
        os.sched_setaffinity(0, before)


def test_the_remark_fits_80_columns_and_advises_a_single_thread() -> None:
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        assert remark_on(0.523).endswith("training gets 52% of a core; try --threads 1")
        assert len(remark_on(0.523)) <= 80
        torch.set_num_threads(1)
        assert remark_on(0.523) == "other processes are busy: training gets 52% of a core"
    finally:
        torch.set_num_threads(threads)
