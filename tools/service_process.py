"""A service that is started to be checked, and figures of its processes."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

WAIT = 60
"""Seconds that the service may take to start and to end."""

_ADDRESS = re.compile(r"serving at http://127\.0\.0\.1:(\d+)\n")


@dataclass(frozen=True)
class Service:
    """A running service.

    Attributes:
        port: Its port on this machine.
        process: Process of its supervisor.
        log: File of its log.
    """

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def worker(self) -> int:
        """Process of its only worker."""
        number = self.process.pid
        children = Path(f"/proc/{number}/task/{number}/children").read_text().split()
        [worker] = [
            int(child)
            for child in children
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()
        ]
        return worker

    @property
    def memory(self) -> int:
        """Bytes of memory that the worker has."""
        pages = int(Path(f"/proc/{self.worker}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    @property
    def processor_seconds(self) -> float:
        """Processor time that the worker has used."""
        fields = Path(f"/proc/{self.worker}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def tracebacks(self) -> int:
        """Number of internal errors in its log."""
        return self.log.read_text(encoding="utf-8").count("File ")


@contextlib.contextmanager
def started(directory: Path, *options: str) -> Iterator[Service]:
    """Start the service on a free port, and end it afterwards.

    Args:
        directory: Directory for its log.
        options: Options of `seq2seq serve`.
    """
    log = directory / "serve.log"
    command = [sys.executable, "-m", "seq2seq", "serve", "--port", "0", *options]
    with log.open("wb") as file:
        process = subprocess.Popen(command, stderr=file)
    try:
        deadline = time.monotonic() + WAIT
        while (found := _ADDRESS.search(log.read_text(encoding="utf-8"))) is None:
            if time.monotonic() > deadline or process.poll() is not None:
                sys.exit(f"the service did not start: {log.read_text(encoding='utf-8')}")
            time.sleep(0.05)
        yield Service(int(found[1]), process, log)
    finally:
        process.terminate()
        process.wait(WAIT)
