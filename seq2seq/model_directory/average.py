"""Average several weights of one run into a model directory of its own."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.errors import CheckpointError
from seq2seq.model_directory.card_sources import read_card, sources_in
from seq2seq.model_directory.description import check_weights, load_config
from seq2seq.model_directory.identity import identity
from seq2seq.model_directory.manifest import check_files, seal
from seq2seq.model_directory.names import (
    CARD,
    CONFIDENCE,
    CONFIG,
    WEIGHTS,
    best_paths,
    checkpoint_paths,
)
from seq2seq.model_directory.new_directory import check_new, new_directory
from seq2seq.model_directory.run_metadata import run_front_matter
from seq2seq.model_directory.shipped_models import local_directory
from seq2seq.model_directory.store import check_values, load_tensors, save_tensors
from seq2seq.model_directory.verify import verify_model
from seq2seq.runtime.atomic_file import atomic_write_text

log = logging.getLogger("seq2seq.model_directory.average")


def average(
    run: str | Path, *, output: str | Path, best: bool = False, count: int | None = None
) -> list[Path]:
    """Write the mean of several weights of a run as a model directory.

    Args:
        run: Run directory. It keeps as many weights as training.keep_last and training.keep_best
            say.
        output: Directory to write, absent or empty.
        best: Average the weights that scored best instead of the newest checkpoints.
        count: Number of weights to average, the newest ones. Default: all that were kept.

    Returns:
        The files that were averaged, in the order of steps.

    Raises:
        CheckpointError: There are too few weights, one is damaged or of another model, or `output`
            is not empty.
        StorageError: `output` cannot be written, or is being written to.
    """
    run = local_directory(run)
    output = Path(output)
    if not run.is_dir():
        raise CheckpointError(f"{run}: no such run directory")
    verify_model(run, thorough=True)
    config = load_config(run)
    check_new(output)
    files = best_paths(run) if best else [path / WEIGHTS for path in checkpoint_paths(run)]
    setting = "keep_best" if best else "keep_last"
    if len(files) < (count or 2):
        raise CheckpointError(
            f"{run}: has kept {len(files)} of the {count or 2} weights to average; train with "
            f"training.{setting} higher"
        )
    files = files[-count:] if count else files
    for file in files:
        check_files(file.parent, names=[file.name])
    tokenizers = TokenizerPair.load(run)
    expected = identity(config, tokenizers)
    mean = _mean(files, expected)
    names = ", ".join(file.relative_to(run).as_posix() for file in files)
    card = (
        f"{run_front_matter(config)}# Mean of {len(files)} weights\n\n"
        f"Of one run: {names}. It has not been scored.\n"
    )
    sources = sources_in(read_card(run))
    with new_directory(output):
        tokenizers.save(output)
        save_tensors(mean, output / WEIGHTS, metadata=expected)
        if (run / CONFIDENCE).is_file():
            shutil.copyfile(run / CONFIDENCE, output / CONFIDENCE)
        atomic_write_text(f"{card}\n{sources}\n" if sources else card, output / CARD)
        atomic_write_text(config.to_yaml(), output / CONFIG)
        seal(output)
    log.info("averaged %d weights into %s", len(files), output)
    return files


def _mean(files: Sequence[Path], expected: Mapping[str, str]) -> dict[str, Tensor]:
    """Return the mean of the tensors of files, summed in float64, with the types of the first."""
    kinds: dict[str, torch.dtype] = {}
    shapes: dict[str, torch.Size] = {}
    mean: dict[str, Tensor] = {}
    for file in files:
        check_weights(file, expected)
        tensors = load_tensors(file)
        check_values(tensors, file)
        found = {name: value.shape for name, value in tensors.items()}
        if mean and found != shapes:
            raise CheckpointError(f"{file}: holds other weights than {files[0]}")
        if not mean:
            shapes = found
            kinds = {name: value.dtype for name, value in tensors.items()}
            mean = {name: torch.zeros((), dtype=torch.float64) for name in tensors}
        for name, value in tensors.items():
            mean[name] = mean[name] + value.double() / len(files)
    return {name: value.to(kinds[name]) for name, value in mean.items()}
