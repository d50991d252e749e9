"""Commands on a terminal of 80 columns, as a person has them before them."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.commands import WAIT, arguments, read_until

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]")
_COLOR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;\d+)*m")


@dataclass
class Terminal:
    """A process with a terminal of its own.

    Attributes:
        pid: Its process id.
        descriptor: The other end of the terminal: what it shows, and what is typed.
    """

    pid: int
    descriptor: int

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self.descriptor, keys)

    def read_until(self, end: bytes, times: int = 1) -> bytes:
        """Return what is shown until `end` has come `times` times."""
        return read_until(self.descriptor, end, times)

    def rest(self) -> bytes:
        """Return what is shown until the process ends."""
        found = b""
        deadline = time.monotonic() + WAIT
        with contextlib.suppress(OSError):  # what the end of a terminal raises on Linux
            while select.select([self.descriptor], [], [], max(0, deadline - time.monotonic()))[0]:
                piece = os.read(self.descriptor, 1 << 16)
                if not piece:
                    break
                found += piece
        return found

    def end(self) -> int:
        """Wait for the end of the process, and return its exit code."""
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        self.pid = 0
        return code


@contextlib.contextmanager
def terminal(
    program: str,
    *options: object,
    environment: Mapping[str, str] | None = None,
    columns: int = 80,
    directory: Path | None = None,
) -> Iterator[Terminal]:
    """Run a program on a terminal.

    Args:
        program: Python program, such as SEQ2SEQ.
        options: Arguments of the program.
        environment: Environment variables to set.
        columns: Width of the terminal.
        directory: Directory to run in.
    """
    pid, descriptor = pty.fork()
    if pid == 0:
        # The width is set before the program asks for it.
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        for name in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"):
            os.environ.pop(name, None)
        os.environ |= {"TERM": "xterm-256color", **(environment or {})}
        if directory is not None:
            os.chdir(directory)
        os.execv(sys.executable, arguments(program, *options))
    running = Terminal(pid, descriptor)
    try:
        yield running
    finally:
        os.close(descriptor)
        if running.pid:
            os.kill(running.pid, signal.SIGKILL)
            os.waitpid(running.pid, 0)


def lines_shown(raw: bytes) -> list[str]:
    """Return all lines that were shown, also those that others have replaced."""
    text = _CONTROL.sub("", raw.decode("utf-8", "replace"))
    return [line for line in re.split(r"[\r\n]+", text) if line.strip()]


def has_color(raw: bytes) -> bool:
    """Return whether something was shown in a color."""
    return _COLOR.search(raw.decode("utf-8", "replace")) is not None
