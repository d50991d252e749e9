"""Reports of trainings, finished or still running, from their run directories.

The module reads only text files and imports no torch.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from seq2seq.errors import CheckpointError, DataError
from seq2seq.model_directory.names import CONFIG, METRICS, STATE, checkpoint_paths
from seq2seq.model_directory.shipped_models import local_directory
from seq2seq.reports.training_log import read_log
from seq2seq.reports.training_report import Training, TrainingReport
from seq2seq.runtime.saved_file import check_regular, read_json
from seq2seq.runtime.yaml_text import read_yaml


def report(runs: Sequence[str | Path]) -> TrainingReport:
    """Read the figures of trainings.

    Examples:
        >>> report(["runs/a"]).write("runs/a/report")

    Args:
        runs: Run directories, as `train` writes them.

    Returns:
        One report of all runs.

    Raises:
        DataError: A directory has no readable file of metrics.
    """
    paths = [local_directory(run) for run in runs]
    directories = {path.resolve(): path for path in paths}
    names = _names(list(directories))
    return TrainingReport(
        [_training(run, name) for run, name in zip(directories.values(), names, strict=True)]
    )


def _names(paths: Sequence[Path]) -> list[str]:
    """Return the shortest ends of the paths that tell them apart."""
    longest = max((len(path.parts) for path in paths), default=0)
    for parts in range(1, longest):
        names = ["/".join(path.parts[-parts:]) for path in paths]
        if len(set(names)) == len(names):
            return names
    return [path.as_posix() for path in paths]


def _training(run: Path, name: str) -> Training:
    path = run / METRICS
    if not run.is_dir():
        raise DataError(
            f"{run}: {'is a file, not a' if run.exists() else 'there is no such'} run directory"
        )
    if not path.is_file():
        raise DataError(
            f"{run}: holds no {METRICS}; name the directory that `seq2seq train` writes to"
        )
    written = path.stat().st_mtime
    log = read_log(path)
    settings = _settings(run / CONFIG)
    max_steps = None if settings is None else _max_steps(settings)
    notes = [] if max_steps else [f"How many steps it is to take cannot be read from its {CONFIG}."]
    finished = _finished(run, log.step)
    if finished is None:
        notes.append("It has no checkpoint that says whether it has finished.")
    return Training(
        name=name,
        directory=str(run),
        log=log,
        written=written,
        seen=time.time(),
        max_steps=max_steps,
        finished=bool(finished)
        or (finished is None and max_steps is not None and log.step >= max_steps),
        notes=notes,
    )


def _settings(path: Path) -> dict[str, Any] | None:
    """Return a configuration as it is written, whatever version its settings are of, or None."""
    try:
        check_regular(path)
        found = read_yaml(path)
    except (OSError, ValueError, CheckpointError, yaml.YAMLError):
        return None
    return found if isinstance(found, dict) else None


def _max_steps(settings: dict[str, Any]) -> int | None:
    training = settings.get("training")
    steps = training.get("max_steps") if isinstance(training, dict) else None
    return steps if isinstance(steps, int) and steps > 0 else None


def _finished(run: Path, step: int) -> bool | None:
    """Return whether the newest checkpoint ends the training and no step came after it.

    None means that no checkpoint can be read.
    """
    for checkpoint in reversed(checkpoint_paths(run)):
        try:
            state = read_json(checkpoint / STATE)
            return bool(state["finished"]) and int(str(state["step"])) >= step
        except (CheckpointError, ValueError, KeyError):
            continue  # one that is being removed, or damaged
    return None
