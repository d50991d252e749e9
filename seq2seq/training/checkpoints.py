"""Checkpoints of a run: the newest ones in checkpoints/step-N/, the best weights in best/.

A checkpoint holds everything that a resumed run needs: the weights, the optimizer's tensors and a
JSON state. It is written under a temporary name and renamed when complete, so a kill at any moment
leaves the previous one intact.
"""

from __future__ import annotations

import contextlib
import json
import logging
import math
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from seq2seq.errors import CheckpointError, StorageError
from seq2seq.model_directory.manifest import check_files, complete, seal, sealing
from seq2seq.model_directory.names import (
    AVERAGE,
    BEST,
    CARRIED,
    CHECKPOINT_FILES,
    CHECKPOINTS,
    OPTIMIZER,
    PARTS,
    STATE,
    WEIGHTS,
    best_path,
    best_paths,
    checkpoint_path,
    checkpoint_paths,
    unfinished_paths,
)
from seq2seq.model_directory.store import (
    load_tensors,
    load_weights,
    save_tensors,
    save_weights,
)
from seq2seq.models.char_ngrams import fold_ngrams
from seq2seq.runtime.atomic_file import atomic_write_text, sync, temporary_path
from seq2seq.runtime.saved_file import field as field_of
from seq2seq.runtime.saved_file import read_json
from seq2seq.runtime.storage import writing
from seq2seq.training.moving_average import MovingAverage

log = logging.getLogger("seq2seq.training.checkpoints")


@dataclass
class Window:
    """Sums over the steps since the last line of metrics, for the averages in the next one.

    Attributes:
        tokens: Number of target tokens.
        loss: Summed loss.
        norm: Sum of the finite gradient norms.
        norms: Number of finite gradient norms.
    """

    tokens: int = 0
    loss: float = 0.0
    norm: float = 0.0
    norms: int = 0

    def add(self, *, loss: float, tokens: int, norm: float) -> None:
        """Add the figures of one step."""
        self.tokens += tokens
        self.loss += loss
        # In fp16 a gradient may overflow: the scaler lowers the scale and skips the step.
        if math.isfinite(norm):
            self.norm += norm
            self.norms += 1


@dataclass
class TrainingState:
    """Progress of a training run: everything in a checkpoint except its tensors.

    Attributes:
        step: Number of steps taken.
        epoch: Epoch of the next batch, counted from 0.
        block: Block of the epoch that the next batch is in, counted from 0.
        batch: Number of batches already taken from the block.
        scores: Scores of all validations so far.
        best: (score, step) of the best weights that are kept, the best first.
        metrics_length: Length of metrics.jsonl in bytes.
        metrics_sha256: SHA-256 of these bytes, in hexadecimal digits.
        window: Sums since the last line of metrics.
        seconds: Training time in seconds, over all sessions of the run.
        data: Fingerprint of the training text.
        precision: fp32, bf16, fp16 or fp64.
        finished: True if the run has ended and its last weights have been validated.
        scaler: State of the gradient scaler, or None without fp16.
    """

    step: int = 0
    epoch: int = 0
    block: int = 0
    batch: int = 0
    scores: list[float] = field(default_factory=list)
    best: list[tuple[float, int]] = field(default_factory=list)
    metrics_length: int = 0
    metrics_sha256: str = ""
    window: Window = field(default_factory=Window)
    seconds: float = 0.0
    data: str = ""
    precision: str = ""
    finished: bool = False
    scaler: dict[str, Any] | None = None


@runtime_checkable
class CarriesState(Protocol):
    """Model that carries a state over from one batch to the next.

    Attributes:
        carried: The state, by name; empty before the first batch.
    """

    carried: dict[str, Tensor]


class Checkpoints:
    """Checkpoints and best weights of one run directory.

    Args:
        directory: Run directory.
        keep_last: Number of newest checkpoints to keep.
        keep_best: Number of best weights to keep.
    """

    def __init__(self, directory: Path, keep_last: int = 1, keep_best: int = 1) -> None:
        self.directory = directory
        self.keep_last = keep_last
        self.keep_best = keep_best

    def sweep(self, damaged: Iterable[Path] = ()) -> None:
        """Remove partial files left behind by a killed run, and checkpoints that are damaged."""
        for left in unfinished_paths(self.directory):
            with writing(left):
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        for path in damaged:
            _remove(path)
        for path in checkpoint_paths(self.directory):
            with contextlib.suppress(CheckpointError):  # an older one, which is not needed
                complete(path)

    def latest(self) -> Path | None:
        """Return the newest checkpoint, or None if there is none."""
        found = checkpoint_paths(self.directory)
        return found[-1] if found else None

    def newest_intact(self) -> tuple[Path | None, dict[Path, CheckpointError]]:
        """Find the newest checkpoint whose files match its manifest.

        Returns:
            The checkpoint, or None if there is none at all, and newer ones with what is wrong.

        Raises:
            CheckpointError: If all checkpoints are damaged; the message is on the newest.
        """
        damaged: dict[Path, CheckpointError] = {}
        for path in reversed(checkpoint_paths(self.directory)):
            try:
                check_files(path)
            except CheckpointError as error:
                damaged[path] = error
            else:
                return path, damaged
        for path, reason in damaged.items():
            raise CheckpointError(
                f"{reason}; there is no intact checkpoint before it: restore the original file "
                f"or, if you changed it on purpose, run `seq2seq seal {path}`"
            )
        return None, {}

    def save(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        state: TrainingState,
        average: MovingAverage | None = None,
    ) -> Path:
        """Write a checkpoint of this step and remove all but the newest `keep_last`."""
        parent = self.directory / CHECKPOINTS
        with writing(parent):
            parent.mkdir(exist_ok=True)
        final = checkpoint_path(self.directory, state.step)
        if final.exists():  # already saved at this step, with the same weights
            with sealing(final, STATE):
                atomic_write_text(json.dumps(asdict(state)), final / STATE)
            return final
        temporary = temporary_path(final)
        shutil.rmtree(temporary, ignore_errors=True)
        try:
            with writing(final):
                temporary.mkdir()
            kept = fold_ngrams(model)
            save_weights(kept, temporary / WEIGHTS)
            if kept is not model:
                save_weights(model, temporary / PARTS)
            save_tensors(_flatten(optimizer), temporary / OPTIMIZER)
            if average is not None:
                save_tensors(average.tensors(), temporary / AVERAGE)
            if isinstance(model, CarriesState):
                save_tensors(model.carried, temporary / CARRIED)
            atomic_write_text(json.dumps(asdict(state)), temporary / STATE)
            seal(temporary)
            with writing(final):
                temporary.rename(final)
                sync(parent)
        except StorageError:
            shutil.rmtree(temporary, ignore_errors=True)  # make room on a full disk
            raise
        self.remove_old()
        return final

    def remove_old(self) -> None:
        """Remove all but the newest `keep_last` checkpoints."""
        for old in checkpoint_paths(self.directory)[: -self.keep_last]:
            _remove(old)

    def load(
        self,
        path: Path,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        average: MovingAverage | None = None,
    ) -> TrainingState:
        """Restore a checkpoint and return its state.

        Raises:
            CheckpointError: If one of its files is missing, damaged or of another model.
        """
        load_weights(model, path / PARTS if (path / PARTS).exists() else path / WEIGHTS)
        _restore(optimizer, load_tensors(path / OPTIMIZER), path / OPTIMIZER)
        if average is not None:
            try:
                average.restore(load_tensors(path / AVERAGE))
            except ValueError as error:
                raise CheckpointError(f"{path / AVERAGE}: {error}") from None
        if isinstance(model, CarriesState):
            model.carried = load_tensors(path / CARRIED)
        return read_state(path)

    def keep_if_best(self, model: nn.Module, state: TrainingState, score: float) -> bool:
        """Keep these weights if they are among the best; return whether they are the best.

        Of two equal scores the later one is better: with very short dev sentences, BLEU stays 0
        while the model learns.
        """
        ranked = sorted([*state.best, (score, state.step)], reverse=True)
        state.best = ranked[: self.keep_best]
        folder = self.directory / BEST
        with writing(folder):
            folder.mkdir(exist_ok=True)
        kept = {best_path(self.directory, step) for _, step in state.best}
        leaving = [old for old in best_paths(self.directory) if old not in kept]
        new = [best_path(self.directory, state.step)] if (score, state.step) in state.best else []
        if new or leaving:
            with sealing(folder, *(path.name for path in (*new, *leaving))):
                for path in new:
                    save_weights(fold_ngrams(model), path)
                for old in leaving:
                    with writing(old):
                        old.unlink()
        return state.best[0] == (score, state.step)


def _remove(checkpoint: Path) -> None:
    """Remove an old checkpoint at once, or rename it if it holds files of the user's."""
    foreign = {path.name for path in checkpoint.iterdir()} - CHECKPOINT_FILES
    if foreign:
        kept = checkpoint.with_name(f"{checkpoint.name}.kept")
        log.warning("%s holds %s; it stays as %s", checkpoint, ", ".join(sorted(foreign)), kept)
        with writing(kept):
            checkpoint.rename(kept)
        return
    discarded = temporary_path(checkpoint)
    shutil.rmtree(discarded, ignore_errors=True)
    with writing(checkpoint):
        checkpoint.rename(discarded)
        shutil.rmtree(discarded)


def read_state(path: Path) -> TrainingState:
    """Read the JSON state of a checkpoint; raise CheckpointError if it is missing or damaged."""
    content: dict[str, Any] = dict(read_json(path / STATE))
    window = field_of(content, "window", dict, path / STATE)
    try:
        state = TrainingState(**{**content, "window": Window(**window)})
        state.best = [(float(score), int(step)) for score, step in state.best]
    except (ValueError, TypeError) as error:
        raise CheckpointError(f"{path / STATE}: damaged: {error}") from None
    return state


def _flatten(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return the optimizer's tensors, keyed by parameter number and name, such as "7.exp_avg"."""
    state = optimizer.state_dict()["state"]
    return {
        f"{index}.{name}": value
        for index, values in state.items()
        for name, value in values.items()
    }


def _restore(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor], path: Path) -> None:
    """Load the optimizer's tensors; raise CheckpointError naming `path` if they do not fit."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        index, _, name = key.partition(".")
        state.setdefault(int(index), {})[name] = value
    try:
        optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
    except (ValueError, KeyError) as error:
        raise CheckpointError(f"{path}: does not match this optimizer ({error})") from None
