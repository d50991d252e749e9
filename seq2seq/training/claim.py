"""Claim on a run directory: the lock of the run, and whether to go on in the run that is there."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

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
        finished: The run has come to its end. Otherwise a restart by the launcher goes on with it.
    """

    resume: bool
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
    lock = None
    if ranks.is_main:
        with writing(output):
            output.mkdir(parents=True, exist_ok=True)
        launch = launch_id(os.environ)
        lock = DirectoryLock(output, launch=launch)
        before = lock.before
        if before is not None and before.pid:
            log.warning("%s: taking over the lock of %s, which has ended", output, before)
        if before is not None and launch and is_restart(os.environ):
            resume = resume or before.launch == launch
    claim = Claim(ranks.broadcast_result(lambda: resume))
    try:
        yield claim
    finally:
        if lock is not None:
            lock.release(keep=bool(launch) and not claim.finished)
