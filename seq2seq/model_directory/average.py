"""The mean of several weights of one run, as a model directory of its own."""

from __future__ import annotations

import logging
from pathlib import Path

import torch

from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.errors import CheckpointError
from seq2seq.model_directory.identity import identity
from seq2seq.model_directory.names import CARD, CONFIG, WEIGHTS, best_paths, checkpoint_paths
from seq2seq.model_directory.new_directory import check_new, make_new
from seq2seq.model_directory.store import check_weights, load_config, load_tensors, save_tensors
from seq2seq.runtime.atomic_file import atomic_write_text

log = logging.getLogger("seq2seq.model_directory.average")


def average(
    run: str | Path, output: str | Path, *, best: bool = False, count: int | None = None
) -> list[Path]:
    """Write the mean of the weights of a run's newest checkpoints, or of its `best` ones, into
    `output`.

    All that the run has kept (training.keep_last, training.keep_best), or the `count` newest of
    them. Returns the files that were averaged, by step. Raises CheckpointError if there are fewer,
    or one is damaged."""
    run, output = Path(run), Path(output)
    if not run.is_dir():
        raise CheckpointError(f"{run}: no such run directory")
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
    tokenizers = TokenizerPair.load(run)
    expected = identity(config, tokenizers)
    mean: dict[str, torch.Tensor] = {}
    for file in files:
        check_weights(file, expected)
        tensors = load_tensors(file)
        if mean and {name: value.shape for name, value in tensors.items()} != {
            n: v.shape for n, v in mean.items()
        }:
            raise CheckpointError(f"{file}: holds other weights than {files[0]}")
        for name, value in tensors.items():
            mean[name] = mean.get(
                name, torch.zeros((), dtype=torch.float64)
            ) + value.double() / len(files)
    kinds = {name: value.dtype for name, value in load_tensors(files[0]).items()}
    make_new(output)
    tokenizers.save(output)
    weights = {name: value.to(kinds[name]) for name, value in mean.items()}
    save_tensors(weights, output / WEIGHTS, metadata=expected)
    names = ", ".join(file.relative_to(run).as_posix() for file in files)
    atomic_write_text(
        f"# Mean of {len(files)} weights\n\nOf one run: {names}. It has not been scored.\n",
        output / CARD,
    )
    atomic_write_text(config.to_yaml(), output / CONFIG)
    log.info("averaged %d weights into %s", len(files), output)
    return files
