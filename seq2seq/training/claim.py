"""Claim on a run directory: the lock of the run, and whether to go on in the run that is there.

A directory that is made for a run stays only if the training begins. If the configuration, the text
or the model turns out to be unusable before the first step, what has been made is removed again.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from seq2seq.model_directory.new_directory import contents, remove_written
from seq2seq.runtime.directory_lock import DirectoryLock
from seq2seq.runtime.launch import is_restart, launch_id
from seq2seq.runtime.ranks import Ranks
from seq2seq.runtime.storage import writing

log = logging.getLogger("seq2seq.training")


@dataclass
class Claim:
    """Claim of this command on a run directory.

    Attributes:
        resume: Go on in the run that is in the directory, if there is one.
        begun: Everything has been checked, and the first step is next.
        finished: The run has come to its end. Otherwise a restart by the launcher goes on with it.
    """

    resume: bool
    begun: bool = False
    finished: bool = False


@contextlib.contextmanager
def claim_directory(output: Path, *, resume: bool, ranks: Ranks) -> Iterator[Claim]:
    """Make a run directory, if there is none, and let no other process write to it.

    Args:
        output: Run directory.
        resume: The command asks for going on. Processes that torchrun has started anew go on with
            the run that they began, without being asked.
        ranks: All processes of the command; the main process holds the lock.

    Raises:
        StorageError: The directory cannot be written, or another process writes to it.
    """
    if not ranks.is_main:
        yield Claim(ranks.broadcast_result(lambda: resume))
        return
    made = _make(output)
    try:
        lock = _lock(output)
    except BaseException:
        _remove(made)
        raise
    launch = launch_id(os.environ)
    if lock.before is not None and launch and is_restart(os.environ):
        resume = resume or lock.before.launch == launch
    claim = Claim(resume)
    try:
        empty = not contents(output)
        ranks.broadcast_result(lambda: claim.resume)
        yield claim
    finally:
        if empty and not claim.begun:
            remove_written(output)
        lock.release(keep=bool(launch) and claim.begun and not claim.finished)
        if not claim.begun:
            _remove(made)


def _lock(output: Path) -> DirectoryLock:
    """Take the lock of a directory."""
    lock = DirectoryLock(output, launch=launch_id(os.environ))
    if lock.before is not None and lock.before.pid:
        log.warning("%s: taking over the lock of %s, which has ended", output, lock.before)
    return lock


def _make(output: Path) -> list[Path]:
    """Make a directory and its parents; return those that were not there, the innermost first."""
    absent = [path for path in (output, *output.parents) if not path.exists()]
    with writing(output):
        output.mkdir(parents=True, exist_ok=True)
    return absent


def _remove(directories: list[Path]) -> None:
    """Remove directories, the innermost first, as far as they are empty."""
    with contextlib.suppress(OSError):
        for path in directories:
            path.rmdir()
