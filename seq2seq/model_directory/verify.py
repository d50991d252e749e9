"""Verification of a model directory against its manifest, in full only the first time.

Which directories have been verified is remembered in a file of the user's cache directory, with the
sizes and times of their files. If it cannot be read or written, the next use verifies again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import tempfile
import time
from pathlib import Path

from seq2seq.errors import CheckpointError
from seq2seq.model_directory.manifest import check_files, read_manifest
from seq2seq.model_directory.names import BEST, MANIFEST, UNFINISHED, WEIGHTS, own_files
from seq2seq.runtime.saved_file import read_bytes

log = logging.getLogger("seq2seq.model_directory")

MAX_REMEMBERED = 200
"""Maximum number of directories that are remembered, the latest ones."""

_MAX_BYTES = 1_000_000
"""Maximum size of the file that remembers them."""

_SETTLED = 2.0
"""Seconds after which a change of a file is sure to give it another time."""


def verify_model(directory: Path, *, thorough: bool = False) -> None:
    """Check the files of a model directory against its manifest, if it has one.

    Args:
        directory: Model directory.
        thorough: Read all files even if they have been verified before and have kept their sizes
            and times, and look at the model card too.

    Raises:
        CheckpointError: A file is missing, damaged or of another model; the message names it and
            says what to do. Or the command that wrote the directory was interrupted.
    """
    if (directory / UNFINISHED).exists():
        raise CheckpointError(
            f"{directory}: is incomplete: the command that wrote it was interrupted; run it again"
        )
    stamp = _stamp(directory)
    if stamp and not thorough and _remembered().get(_key(directory)) == stamp:
        return
    try:
        notes = check_files(directory, card=thorough)
    except CheckpointError as error:
        raise CheckpointError(f"{error}; {_advice(directory, str(error))}") from None
    for note in notes:
        log.warning("%s", note)
    if stamp and not notes:
        _remember(directory, stamp)


def _advice(directory: Path, error: str) -> str:
    """Return what to do about a damaged directory."""
    restore = "restore the original file"
    if error.startswith(f"{directory / WEIGHTS}:") and (copy := _copy_of_weights(directory)):
        restore += f", of which {copy} is a copy,"
    return f"{restore} or, if you changed it on purpose, run `seq2seq seal {directory}`"


def _copy_of_weights(directory: Path) -> Path | None:
    """Return the file among the best weights of a run that its own weights were a copy of."""
    ours = read_manifest(directory)
    with contextlib.suppress(CheckpointError):
        best = read_manifest(directory / BEST)
        if ours is None or best is None:
            return None
        for name, record in best.files.items():
            if record == ours.files.get(WEIGHTS):
                return directory / BEST / name
    return None


def _stamp(directory: Path) -> str:
    """Return a digest of the manifest and of the files' sizes and times.

    It is "" without a manifest, and if a file has changed so recently that another change might
    leave it the same time.
    """
    try:
        digest = hashlib.sha256(read_bytes(directory / MANIFEST))
        newest = 0
        for name in own_files(directory):
            status = (directory / name).stat()
            newest = max(newest, status.st_mtime_ns, status.st_ctime_ns)
            times = f"{status.st_mtime_ns} {status.st_ctime_ns}"
            digest.update(f"{name}\0{status.st_size} {times}\0".encode())
    except (OSError, CheckpointError):
        return ""
    return digest.hexdigest() if time.time_ns() - newest > _SETTLED * 1e9 else ""


def _key(directory: Path) -> str:
    return os.path.realpath(directory)


def _cache_file() -> Path:
    """Return the path of the file that remembers directories."""
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "seq2seq" / "verified.json"


def _remembered() -> dict[str, str]:
    """Return the stamps of directories by path; none if they cannot be read."""
    try:
        path = _cache_file()
        if path.stat().st_size > _MAX_BYTES:
            return {}
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RuntimeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _remember(directory: Path, stamp: str) -> None:
    """Remember a stamp; if that fails, do nothing."""
    stamps = _remembered()
    stamps.pop(_key(directory), None)
    latest = [*stamps.items(), (_key(directory), stamp)][-MAX_REMEMBERED:]
    with contextlib.suppress(OSError, RuntimeError):
        path = _cache_file()
        path.parent.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
        try:
            with open(number, "w", encoding="utf-8", errors="surrogateescape") as file:
                json.dump(dict(latest), file)
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
