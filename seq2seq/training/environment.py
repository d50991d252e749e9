"""Versions that a training ran with, in its run directory: one JSON object per start."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import subprocess
import time
from pathlib import Path

from accelerate import Accelerator

from seq2seq.model_directory.names import ENVIRONMENT
from seq2seq.runtime.saved_file import check_regular
from seq2seq.runtime.storage import writing
from seq2seq.version import __version__

PACKAGES = (
    "accelerate",
    "datasets",
    "numpy",
    "pyarrow",
    "pydantic",
    "sacrebleu",
    "safetensors",
    "sentencepiece",
    "torch",
)
"""Packages whose versions may change a result."""

GIT_SECONDS = 10
"""Seconds to wait for git, which may be slow on a network disk."""


def record_environment(output: Path, *, step: int, accelerator: Accelerator) -> None:
    """Append a line with versions, commits and device to the environment file of a run.

    Args:
        output: Run directory.
        step: Steps taken before.
        accelerator: Device and processes of the run.

    Raises:
        StorageError: The file cannot be written.
    """
    record = {
        "step": step,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "seq2seq": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "device": str(accelerator.device),
        "processes": accelerator.num_processes,
        "packages": _versions(),
        "commits": _commits(),
    }
    path = output / ENVIRONMENT
    if path.exists():
        check_regular(path)
    with writing(path), path.open("ab+") as file:
        file.seek(0)
        whole = file.read().rfind(b"\n") + 1
        file.truncate(whole)  # without the line of a start that was killed as it wrote
        file.write(json.dumps(record).encode() + b"\n")


def _versions() -> dict[str, str]:
    """Return the versions of the packages that are installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _commits() -> dict[str, str]:
    """Return the commits of the package, if it runs from a clone, and of the working directory."""
    package = Path(__file__).resolve().parents[1]
    found = {"working_directory": _commit(Path.cwd())}
    if _git(package, "ls-files", "--", "version.py"):
        found["seq2seq"] = _commit(package)
    return {name: commit for name, commit in found.items() if commit}


def _commit(directory: Path) -> str:
    """Return the commit of a clone, with a plus sign if tracked files have changed; "" if none."""
    commit = _git(directory, "rev-parse", "HEAD")
    if not commit:
        return ""
    changed = _git(directory, "status", "--porcelain", "--untracked-files=no")
    return f"{commit}{'+' if changed else ''}"


def _git(directory: Path, *arguments: str) -> str:
    """Return what git prints; "" if there is no git, or no clone in this directory."""
    command = ["git", "-C", str(directory), *arguments]
    # An index that git would refresh may belong to somebody else.
    environment = os.environ | {"GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=GIT_SECONDS,
            check=True,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
