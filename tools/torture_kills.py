"""Trainings that are killed, at any moment and at any operation on files, and resumed.

A case starts a tiny training in a fork of this process, ends it with SIGKILL, and resumes it. In
half of the cases the resumed training is killed as well, and resumed once more. What it leaves must
be what an unbroken run leaves, to the last byte but for times. Of several ranks, one that is drawn
is killed. In a quarter of the cases the others get SIGTERM then, as from a launcher; in the rest
they are killed too, as where a computer goes down.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torture_forks as forks
from torture_contents import contents
from torture_faults import Faults
from torture_tally import Result

from seq2seq.model_directory.names import ENVIRONMENT
from tests.support import tiny_run

TALLY = "kills.json"
"""Name of the file with the results."""

SETTINGS = {
    "fp32": [],
    "bf16": ["training.precision=bf16"],
    "streaming": tiny_run.STREAMING,
    "moving average": ["training.ema=0.9"],
    "two ranks": ["training.ema=0.9"],
    "three ranks": tiny_run.STREAMING,
    "four ranks": ["training.precision=bf16"],
}
RANKS = {"two ranks": 2, "three ranks": 3, "four ranks": 4}

MOMENT = "at a moment"
OPERATION = "at a file operation"

MAX_SECONDS = 30
"""Limit by the clock for the other ranks to end after one was killed, and for a whole run."""


@dataclass(frozen=True)
class Case:
    """A training that is killed.

    Attributes:
        settings: Key of `SETTINGS`.
        when: `MOMENT` or `OPERATION`.
        number: Number of the operation, from 1, or of the moment.
    """

    settings: str
    when: str
    number: int

    @property
    def kind(self) -> str:
        """Row of the table."""
        return f"{self.settings}, {self.when}"

    @property
    def name(self) -> str:
        """Unique name."""
        return f"{self.kind} {self.number}"


@dataclass(frozen=True)
class Unbroken:
    """An uninterrupted run: the files it leaves, the operations of each rank, and its seconds."""

    left: dict[str, object]
    operations: list[int]
    seconds: float


@dataclass(frozen=True)
class Kill:
    """SIGKILL to a rank, some seconds after the start or at its k-th operation, or to all then."""

    rank: int
    seconds: float = 0.0
    operation: int = 0
    all_ranks: bool = False


class KillBench:
    """Tiny trainings of each kind, with what an unbroken run leaves.

    Args:
        place: Folder to work in.
        seed: Seed of the moments, and of the ranks that are killed.
    """

    def __init__(self, place: Path, *, seed: int) -> None:
        self.place = place.resolve()
        self.seed = seed
        self.run_directory = self.place / "run"
        shutil.rmtree(self.place, ignore_errors=True)
        tiny_run.write_text(self.place)
        forks.warm_up()
        self._faults = Faults()
        self._unbroken: dict[str, Unbroken] = {}

    def cases(self) -> Iterator[Case]:
        """Yield cases without end: of each kind in turn, each operation and as many moments."""
        orders: dict[str, list[int]] = {}
        number = 0
        while True:
            for settings in SETTINGS:
                if settings in RANKS and number % 2:
                    continue  # they take longer
                yield Case(settings, MOMENT, number)
                if settings not in orders:
                    operations = range(1, max(self.unbroken(settings).operations) + 1)
                    orders[settings] = random.Random(settings).sample(operations, len(operations))
                if number < len(orders[settings]):
                    yield Case(settings, OPERATION, orders[settings][number])
            number += 1

    def unbroken(self, settings: str) -> Unbroken:
        """Return what an unbroken run does.

        Args:
            settings: Key of `SETTINGS`.
        """
        if settings not in self._unbroken:
            times = []
            for _ in range(2):
                shutil.rmtree(self.run_directory, ignore_errors=True)
                started = time.monotonic()
                ended = self._train(settings, None)
                times.append(time.monotonic() - started)
            assert not any(one.code for one in ended), [one.error for one in ended]
            operations = [
                json.loads((self._folder(rank) / "operations").read_text())
                for rank in range(len(ended))
            ]
            self._unbroken[settings] = Unbroken(
                contents(self.run_directory), operations, min(times)
            )
        return self._unbroken[settings]

    def run(self, case: Case) -> Result:
        """Start a training, kill it once or twice, resume it, and compare what it leaves.

        Args:
            case: When it is killed.
        """
        unbroken = self.unbroken(case.settings)
        draw = random.Random(f"{self.seed} {case.name}")
        shutil.rmtree(self.run_directory, ignore_errors=True)
        kills = [self._kill(case, unbroken, draw)]
        if draw.random() < 0.5:
            kills.append(self._kill(replace(case, when=MOMENT), unbroken, draw))
        ended: list[forks.Ended] = []
        killed = 0
        hung = False
        for kill in [*kills, None]:
            last = self._train(case.settings, kill)
            killed += kill is not None and last[kill.rank].code == -signal.SIGKILL
            others = [one for rank, one in enumerate(last) if kill is None or rank != kill.rank]
            hung |= any(one.code == -signal.SIGKILL for one in others) and not (
                kill is not None and kill.all_ranks
            )
            ended += last
        problem = self._problem(unbroken, ended, last)
        outcome = "differs" if problem else ("equal" if killed else "not killed")
        if any("Traceback" in one.error for one in ended):
            outcome = "traceback"
        if hung:
            outcome = "slow"
        return Result(
            case.kind,
            outcome,
            max(one.seconds for one in ended),
            max(one.mebibytes for one in ended),
            problem or f"{killed} killed",
        )

    def _kill(self, case: Case, unbroken: Unbroken, draw: random.Random) -> Kill:
        all_ranks = draw.random() < 0.75
        if case.when == MOMENT:
            rank = draw.randrange(RANKS.get(case.settings, 1))
            seconds = draw.uniform(0.02, 0.9 * unbroken.seconds)
            return Kill(rank, seconds=seconds, all_ranks=all_ranks)
        ranks = [n for n, most in enumerate(unbroken.operations) if most >= case.number]
        return Kill(draw.choice(ranks), operation=case.number, all_ranks=all_ranks)

    def _problem(
        self, unbroken: Unbroken, ended: list[forks.Ended], last: list[forks.Ended]
    ) -> str:
        """Return what is wrong at the end of a case; "" if nothing is."""
        for one in ended:
            if "Traceback" in one.error:
                return one.error[-2000:]
        for one in last:
            if one.code:
                return f"exit {one.code}: {one.error[-500:]}"
        left = contents(self.run_directory)
        names = sorted(set(left) | set(unbroken.left))
        others = [name for name in names if left.get(name) != unbroken.left.get(name)]
        if others:
            return f"differ: {', '.join(others)}"
        try:
            for line in (self.run_directory / ENVIRONMENT).read_bytes().splitlines():
                json.loads(line)
        except ValueError:
            return f"{ENVIRONMENT} has a torn line"
        return ""

    def _folder(self, rank: int) -> Path:
        """Return the folder of the standard streams of a rank."""
        folder = self.place / f"rank-{rank}"
        folder.mkdir(exist_ok=True)
        return folder

    def _train(self, settings: str, kill: Kill | None) -> list[forks.Ended]:
        """Train, or resume what is there, and return the end of each rank."""
        config = self.place / "config.yaml"
        tiny = tiny_run.tiny_config(self.place, *SETTINGS[settings])
        config.write_text(tiny.to_yaml(), encoding="utf-8")
        words = ["seq2seq", "train", str(config), "--cpu", "--output", str(self.run_directory)]
        size = RANKS.get(settings, 1)
        port = _free_port()
        children = [
            self._start([*words, "--resume"], rank, size, port, kill) for rank in range(size)
        ]
        if kill is not None and not kill.operation:
            time.sleep(kill.seconds)
            os.kill(children[kill.rank], signal.SIGKILL)  # a child that nobody has waited for
        order = sorted(range(size), key=lambda rank: kill is not None and rank != kill.rank)
        ended = {}
        for place, rank in enumerate(order):
            if place and kill is not None:
                os.kill(children[rank], signal.SIGKILL if kill.all_ranks else signal.SIGTERM)
            ended[rank] = forks.wait(children[rank], self._folder(rank), patience=MAX_SECONDS)
        return [ended[rank] for rank in range(size)]

    def _start(self, words: list[str], rank: int, size: int, port: int, kill: Kill | None) -> int:
        """Start a rank; it counts its operations, and may end at one of them."""
        folder = self._folder(rank)
        first = kill.operation if kill is not None and kill.rank == rank else 0
        environment = {
            "RANK": str(rank),
            "LOCAL_RANK": str(rank),
            "WORLD_SIZE": str(size),
            "LOCAL_WORLD_SIZE": str(size),
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": str(port),
        }
        return forks.start(
            words,
            folder,
            environment=environment if size > 1 else None,
            before=lambda: self._faults.arm(
                self.run_directory, first=first, number=-signal.SIGKILL, frees=True
            ),
            after=lambda: _write(folder / "operations", self._faults.count),
        )


def kills_of(results: dict[str, Result]) -> int:
    """Return the number of kills in all cases of a tally.

    Args:
        results: Results by the names of their cases.
    """
    found = (re.match(r"(\d+) killed", result.message) for result in results.values())
    return sum(int(match[1]) for match in found if match)


def _write(path: Path, count: int) -> None:
    path.write_text(json.dumps(count), encoding="utf-8")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
