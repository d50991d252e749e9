"""A started service, as a person starts it."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tests.support.commands import SEQ2SEQ, WAIT, arguments

T = TypeVar("T")

_ADDRESS = re.compile(r"serving at (http://127\.0\.0\.1:\d+\S*)\n")


@dataclass
class StartedService:
    """A running service.

    Attributes:
        url: Its address, without a slash at the end.
        process: The process of its supervisor.
        log: File of its standard error.
    """

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def port(self) -> int:
        """Port that it listens on."""
        return int(self.url.rpartition(":")[2].partition("/")[0])


@contextlib.contextmanager
def started(directory: Path, *options: object) -> Iterator[StartedService]:
    """Start `seq2seq serve` on a free port, and end it afterwards.

    Args:
        directory: Directory for its log.
        options: Models and options.
    """
    log = directory / "serve.log"
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    command = arguments(SEQ2SEQ, "serve", "--port", 0, *options)
    with log.open("wb") as file:
        running = subprocess.Popen(command, stderr=file, env=environment)
    try:
        found = wait_for(lambda: _ADDRESS.search(log.read_text(encoding="utf-8")))
        assert found
        yield StartedService(found[1], running, log)
    finally:
        running.terminate()
        running.wait(WAIT)


def wait_for(condition: Callable[[], T], seconds: float = WAIT) -> T:
    """Return the first true value of a condition; raise TimeoutError if it never is."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.02)
    raise TimeoutError
