"""Commands in forks of this process, in which their modules are loaded: a start takes 30 ms."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

LOADED = (
    "numpy.ma",
    "pandas",
    "seq2seq.cli.app",
    "seq2seq.model_directory.average",
    "seq2seq.training.run",
    "seq2seq.translation.translator",
)
"""Modules that are loaded before the forks."""

STREAMS = ("stdin", "stdout", "stderr")
"""Files that a command reads and writes, in its folder; without the first one it reads nothing."""


@dataclass(frozen=True)
class Ended:
    """End of a command.

    Attributes:
        code: Exit code; minus the number of the signal that ended it.
        error: Standard error.
        seconds: Time of the processor.
        mebibytes: Largest memory.
    """

    code: int
    error: str
    seconds: float
    mebibytes: float


def warm_up() -> None:
    """Load what commands need, before the first fork."""
    torch.set_num_threads(1)
    for module in LOADED:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()  # otherwise a collection in a fork copies every page that holds an object


def start(
    words: Sequence[str],
    place: Path,
    *,
    environment: Mapping[str, str] | None = None,
    before: Callable[[], None] | None = None,
    after: Callable[[], None] | None = None,
) -> int:
    """Start a command in a fork and return the number of the process.

    Args:
        words: Command line; the first word is seq2seq or translate.
        place: Folder of its standard streams.
        environment: Environment variables to add.
        before: Called in the fork before the command.
        after: Called in the fork after the command, whatever its end.
    """
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        os.environ.update(environment or {})
        redirect(place)
        if before is not None:
            before()
        code = run_words(words)
    finally:
        with contextlib.suppress(BaseException):
            if after is not None:
                after()
        os._exit(code)


def wait(child: int, place: Path, *, patience: float = 120) -> Ended:
    """Wait for a command, and kill it if it takes too long.

    Args:
        child: Number of the process.
        place: Folder of its standard streams.
        patience: Seconds to wait by the clock.
    """
    ends = time.monotonic() + patience
    while True:
        ended, status, usage = os.wait4(child, os.WNOHANG)
        if ended:
            break
        if time.monotonic() > ends:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.003)
    error = (place / "stderr").read_text(encoding="utf-8", errors="replace")
    seconds = usage.ru_utime + usage.ru_stime
    return Ended(os.waitstatus_to_exitcode(status), error, seconds, usage.ru_maxrss / 1024)


def redirect(place: Path) -> None:
    """Use the files of a folder as the standard streams."""
    for number, name in enumerate(STREAMS):
        path = place / name
        if not number and not path.exists():
            path = Path(os.devnull)
        file = path.open("w" if number else "r", encoding="utf-8")
        os.dup2(file.fileno(), number)
        setattr(sys, name, file)


def run_words(words: Sequence[str]) -> int:
    """Run a command and return its exit code, as the interpreter would end."""
    from seq2seq.cli import app

    sys.argv = list(words)
    try:
        (app.translate_main if words[0] == "translate" else app.main)()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(ValueError, OSError):
                stream.flush()
    return 0
