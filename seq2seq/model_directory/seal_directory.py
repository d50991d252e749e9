"""Renew or check the manifests of a model directory, a run directory or a checkpoint."""

from __future__ import annotations

import logging
from pathlib import Path

from seq2seq.errors import CheckpointError
from seq2seq.model_directory.description import read_description
from seq2seq.model_directory.manifest import check_files, read_manifest, seal
from seq2seq.model_directory.names import (
    BEST,
    CONFIG,
    MANIFEST,
    STATE,
    WEIGHTS,
    checkpoint_paths,
    own_files,
)
from seq2seq.model_directory.shipped_models import local_directory
from seq2seq.model_directory.verify import verify_model

log = logging.getLogger("seq2seq.model_directory")


def seal_directory(model: str | Path) -> list[str]:
    """Renew the manifest of a directory, which accepts its files as they are.

    A model must load, apart from the values of its weights. Of a run, only the manifest of the
    model at the top is renewed.

    Args:
        model: Model directory, name of a shipped model, checkpoint or folder of best weights.

    Returns:
        The files that the manifest lists.

    Raises:
        CheckpointError: The directory is none of these, its files do not belong together, or the
            manifest cannot be written.
    """
    directory = local_directory(model)
    if not directory.is_dir():
        raise CheckpointError(f"{directory}: no such directory")
    if not _is_part_of_run(directory):
        read_description(directory)
    try:
        return sorted(seal(directory).files)
    except OSError as error:
        raise CheckpointError(
            f"{directory / MANIFEST}: cannot be written: {error.strerror or error}"
        ) from None


def check_directory(model: str | Path) -> list[str]:
    """Check all files of a directory against its manifest, and those of a run's checkpoints.

    Args:
        model: As for `seal_directory`, or a run directory.

    Returns:
        One line per manifest.

    Raises:
        CheckpointError: A file is damaged, or the directory or a part of it has no manifest.
    """
    directory = local_directory(model)
    _require_manifest(directory)
    if _is_part_of_run(directory):
        check_files(directory)
    else:
        verify_model(directory, thorough=True)
    parts = [part for part in (directory / BEST, *checkpoint_paths(directory)) if part.is_dir()]
    for part in parts:
        _require_manifest(part)
        check_files(part)
    return [f"{one}: {len(own_files(one))} files are intact" for one in (directory, *parts)]


def _require_manifest(directory: Path) -> None:
    if read_manifest(directory) is None:
        raise CheckpointError(
            f"{directory}: has no {MANIFEST}; `seq2seq seal {directory}` writes it"
        )


def _is_part_of_run(directory: Path) -> bool:
    """Return whether a directory is a checkpoint or a folder of best weights, not a model."""
    if (directory / CONFIG).exists():
        return False
    return directory.name == BEST or (
        (directory / STATE).exists() and (directory / WEIGHTS).exists()
    )
