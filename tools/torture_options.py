"""Hostile options, configurations, data files and directories, and the commands that get them.

The cases of a kind are drawn from its name and their numbers. Forks of this process run them in
batches, each in a folder of its own; a case that fails is run once more by itself. A case is good
if the command succeeds or ends in one line that says why not.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import resource
import shutil
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torture_forks as forks
from torture_damage import (
    damage_configuration,
    damage_data,
    damage_model,
    damage_run,
)
from torture_tally import Result
from torture_words import draw_options

from seq2seq import quantize, shortlist, train
from tests.support import tiny_run

BATCH = 25
"""Number of cases that a fork runs."""

MAX_SECONDS = 10
MAX_MEBIBYTES = 2048
LARGEST_FILE = 1 << 30
LONGEST = 1000
"""Maximum number of characters that a message keeps of a command line, and of its errors."""

Draw = Callable[[random.Random], list[str]]
"""Function that damages files of the working directory and returns a command line."""

KINDS: Mapping[str, tuple[int, Draw]] = {
    "options": (6, draw_options),
    "configurations": (5, damage_configuration),
    "data files": (5, damage_data),
    "model directories": (3, damage_model),
    "run directories": (1, damage_run),
}
"""Share of each kind, and what draws its cases."""


@dataclass(frozen=True)
class Case:
    """A command line with the files that it reads.

    Attributes:
        kind: Key of `KINDS`.
        number: Number of the case, from 0.
    """

    kind: str
    number: int


class OptionBench:
    """A tiny model and run, copies of which commands get.

    Args:
        place: Folder to work in.
    """

    def __init__(self, place: Path) -> None:
        self.place = place.resolve()
        self.template = self.place / "template"
        self.folder = self.place / "folder"
        os.environ["XDG_CACHE_HOME"] = str(self.place / "cache")
        os.environ["HF_HUB_OFFLINE"] = "1"
        os.fsync = lambda descriptor: None  # type: ignore[assignment] # no power is cut here
        forks.warm_up()
        shutil.rmtree(self.place, ignore_errors=True)
        self.template.mkdir(parents=True)
        self._prepare()

    def run(self, cases: list[Case]) -> list[Result]:
        """Run cases, and once more by themselves those that fail.

        Args:
            cases: The cases.
        """
        results: list[Result] = []
        while len(results) < len(cases):
            found = self._batch(cases[len(results) :])
            for case, result in zip(cases[len(results) :], found, strict=False):
                alone = result.is_failure and len(cases) > 1
                results.append(self._batch([case])[0] if alone else result)
        return results

    def _prepare(self) -> None:
        os.chdir(self.template)
        here = Path()
        tiny_run.write_text(here)
        config = tiny_run.tiny_config(here, "training.max_steps=6", "training.keep_last=2")
        (here / "config.yaml").write_text(config.to_yaml(), encoding="utf-8")
        train(config, output=here / "run", cpu=True)
        quantize(here / "run", output=here / "model")
        shortlist(here / "model")
        lines = ["uno dos", "", "gato\x00perro", "\u202egato", "x" * 300]
        (here / "text").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _batch(self, cases: list[Case]) -> list[Result]:
        """Run cases in a fork, up to the first one that ends it; return their results."""
        child = os.fork()
        if not child:
            with contextlib.suppress(BaseException):
                self._become(cases)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        lines = (self.place / "results").read_text(encoding="utf-8").splitlines()
        results = [Result(**json.loads(line)) for line in lines]
        if len(results) < len(cases):
            number = -os.waitstatus_to_exitcode(status)
            outcome = "slow" if number in (signal.SIGPROF, signal.SIGALRM) else "traceback"
            kind = cases[len(results)].kind
            command = (self.place / "command").read_text(encoding="utf-8", errors="replace")
            results.append(Result(kind, outcome, 0.0, 0.0, f"signal {number}: {command}"[:LONGEST]))
        return results

    def _become(self, cases: list[Case]) -> None:
        """Run cases in this process, and write their results."""
        limit = int(_size("VmSize") * 1024 * 1024) + (MAX_MEBIBYTES << 20)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        environment = dict(os.environ)
        with (self.place / "results").open("w", encoding="utf-8") as file:
            for case in cases:
                result = self._run(case)
                os.environ.clear()
                os.environ.update(environment)
                file.write(json.dumps(result.__dict__) + "\n")
                file.flush()

    def _run(self, case: Case) -> Result:
        """Run a case in this process."""
        os.chdir(self.place)
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.template, self.folder, symlinks=True)
        os.chdir(self.folder)
        words = KINDS[case.kind][1](random.Random(f"{case.kind} {case.number}"))
        shutil.copyfile("text", self.place / "stdin")
        (self.place / "command").write_text(
            " ".join(map(repr, words)), encoding="utf-8", errors="surrogateescape"
        )
        forks.redirect(self.place)
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        before = _size("VmHWM")
        times = resource.getrusage(resource.RUSAGE_SELF)
        signal.setitimer(signal.ITIMER_PROF, MAX_SECONDS + 1)
        signal.alarm(12 * MAX_SECONDS)
        code = forks.run_words(words)
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)
        used = resource.getrusage(resource.RUSAGE_SELF)
        seconds = used.ru_utime + used.ru_stime - times.ru_utime - times.ru_stime
        mebibytes = _size("VmHWM") - before
        error = (self.place / "stderr").read_text(encoding="utf-8", errors="replace")
        outcome = outcome_of(code, error)
        if outcome != "traceback" and seconds > MAX_SECONDS:
            outcome = "slow"
        elif outcome != "traceback" and mebibytes > MAX_MEBIBYTES:
            outcome = "large"
        failed = outcome in ("traceback", "slow", "large")
        message = f"{' '.join(map(repr, words))}"[:LONGEST] + f": {error[-LONGEST:]}"
        return Result(
            case.kind, outcome, round(seconds, 3), round(mebibytes), message if failed else ""
        )


def outcome_of(code: int, error: str) -> str:
    """Return "accepted", "refused", or "traceback" if a command has not ended as it should.

    Args:
        code: Exit code.
        error: Standard error.
    """
    lines = [line for line in error.splitlines() if re.match("error: |Error: |╭─ Error ─", line)]
    if "Traceback (most recent call last)" in error or code not in (0, 1, 2):
        return "traceback"
    if not code:
        return "accepted"
    return "refused" if len(lines) == 1 else "traceback"


def draw_cases(done: Mapping[str, int], count: int) -> list[Case]:
    """Return the next cases: each kind by its share.

    Args:
        done: Number of cases of each kind that were run before.
        count: Number of cases.
    """
    numbers = dict.fromkeys(KINDS, 0) | dict(done)
    cases: list[Case] = []
    while len(cases) < count:
        for kind, (share, _) in KINDS.items():
            for _ in range(share):
                cases.append(Case(kind, numbers[kind]))
                numbers[kind] += 1
    return cases[:count]


def _size(name: str) -> float:
    """Return a size of this process in mebibytes, such as VmHWM, the most memory so far."""
    for line in (
        Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    ):
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    sys.exit(f"there is no {name} in /proc/self/status")
