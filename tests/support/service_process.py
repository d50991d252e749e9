"""A started service, as a person starts it."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.commands import SEQ2SEQ, arguments, read_until

_ADDRESS = re.compile(rb"serving at (http://127\.0\.0\.1:\d+\S*)\n")


@dataclass
class Service:
    """A running service.

    Attributes:
        url: Its address, without a slash at the end.
        process: The process of its supervisor.
        log: File of its standard error.
    """

    url: str
    process: subprocess.Popen[bytes]
    log: Path


@contextlib.contextmanager
def started(directory: Path, *options: object) -> Iterator[Service]:
    """Start `seq2seq serve` on a free port, and end it afterwards.

    Args:
        directory: Directory for its log.
        options: Models and options.
    """
    log = directory / "log"
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    command = arguments(SEQ2SEQ, "serve", "--port", 0, *options)
    reader, writer = os.pipe()
    tee = subprocess.Popen(["tee", str(log)], stdin=subprocess.PIPE, stdout=writer)
    os.close(writer)
    running = subprocess.Popen(command, stderr=tee.stdin, env=environment)
    try:
        found = _ADDRESS.search(read_until(reader, b"\n"))
        assert found, log.read_text()
        yield Service(found[1].decode(), running, log)
    finally:
        running.terminate()
        running.wait(60)
        assert tee.stdin is not None
        tee.stdin.close()
        tee.wait()
        os.close(reader)
