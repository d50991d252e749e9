"""Commands that the release runs, with lines that tell how far the long ones are."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

LAST_LINES = 20
"""Number of lines of a failed command's output that are shown."""


class ReleaseError(Exception):
    """Something that stands in the way of a release; its message is shown without a traceback."""


def run(
    command: Sequence[str | Path],
    *,
    step: str,
    folder: Path | None = None,
    every: float = 15.0,
    variables: Mapping[str, str] | None = None,
) -> str:
    """Run a command without $PYTHONPATH, and print how long it takes.

    Args:
        command: Program and arguments.
        step: What the command is for; the printed lines begin with it.
        folder: Working directory.
        every: Seconds between two lines while the command runs.
        variables: Environment variables besides the present ones.

    Returns:
        Output and errors of the command.

    Raises:
        ReleaseError: The command fails or there is no such program.
    """
    started = time.monotonic()
    print(f"{step} …", flush=True)
    environment = {**_environment(), **(variables or {})}
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        try:
            process = subprocess.Popen(
                command, stdout=output, stderr=subprocess.STDOUT, cwd=folder, env=environment
            )
        except OSError as error:
            raise ReleaseError(f"{step}: {command[0]}: {error.strerror}") from None
        status = _wait(process, step, started, every)
        output.seek(0)
        text = output.read()
    if status:
        last = "\n".join(text.splitlines()[-LAST_LINES:])
        raise ReleaseError(f"{step}: failed with exit status {status}\n{last}")
    print(f"{step}: {time.monotonic() - started:.0f} s", flush=True)
    return text


def _wait(process: subprocess.Popen[bytes], step: str, started: float, every: float) -> int:
    """Return the exit status of a process, with a line on its duration now and then."""
    while True:
        try:
            return process.wait(every)
        except subprocess.TimeoutExpired:
            print(f"{step}: running for {time.monotonic() - started:.0f} s …", flush=True)


def _environment() -> dict[str, str]:
    """Return the environment variables without those that lead Python to other packages."""
    lead_elsewhere = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    return {name: value for name, value in os.environ.items() if name not in lead_elsewhere}
