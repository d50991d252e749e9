"""Run the commands as a user does: in this process, or as a program with pipes."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

TRANSLATE = "from seq2seq.cli.app import translate_main; translate_main()"
SEQ2SEQ = "from seq2seq.cli.app import main; main()"
WAIT = 60
"""Seconds that a test waits for a process."""


@dataclass
class Result:
    code: int
    out: bytes
    err: str

    @property
    def lines(self) -> list[str]:
        """Lines of a successful run, without line ends."""
        assert self.code == 0, self.err
        assert not self.out or self.out.endswith(b"\n")
        return self.out.decode("utf-8").split("\n")[:-1]

    @property
    def error(self) -> str:
        """One-line message of a run that failed by a user's mistake."""
        assert self.code == 1
        assert not self.out
        assert self.err.startswith("error: ")
        assert self.err.count("\n") == 1
        assert "Traceback" not in self.err
        return self.err.removeprefix("error: ")


Command = Callable[..., Result]


def arguments(program: str, *options: object) -> list[str]:
    return [sys.executable, "-c", program, *map(str, options)]


@contextlib.contextmanager
def process(model: Path, *options: object) -> Iterator[subprocess.Popen[bytes]]:
    """Run `translate` with three pipes."""
    environment = os.environ | {"SEQ2SEQ_MODEL": str(model)}
    pipe = subprocess.PIPE
    running = subprocess.Popen(
        arguments(TRANSLATE, *options),
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        bufsize=0,
        env=environment,
    )
    try:
        yield running
    finally:
        running.kill()
        running.wait()
        for stream in (running.stdin, running.stdout, running.stderr):
            assert stream is not None
            stream.close()


def read_until(descriptor: int, end: bytes, times: int = 1) -> bytes:
    """Read until `end` has come `times` times; raise TimeoutError if it does not."""
    found, deadline = b"", time.monotonic() + WAIT
    while found.count(end) < times:
        if not select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise TimeoutError(f"{end!r} has not come: {found!r}")
        piece = os.read(descriptor, 1 << 16)
        if not piece:
            raise EOFError(f"ended before {end!r}: {found!r}")
        found += piece
    return found
