"""Check of a training before it starts: all that can be wrong, and what it will take.

It does what a training does before its first step, and then takes some steps with batches of the
run to time them. Nothing is written.
"""

from __future__ import annotations

import itertools
import os
import resource
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from seq2seq.config.config import Config
from seq2seq.data.batches.plan import PlannedBatch
from seq2seq.data.batches.stream import Position, TrainingStream
from seq2seq.errors import ConfigError, StorageError
from seq2seq.metrics.scores import check_tokenizer
from seq2seq.model_directory.foreign_files import memory_of_machine
from seq2seq.model_directory.identity import identity
from seq2seq.training.contention import Contention
from seq2seq.training.estimate import Estimate, size
from seq2seq.training.prepare import (
    describe_model,
    prepare_model,
    prepare_processes,
    prepare_text,
    prepare_trainer,
    release_processes,
)
from seq2seq.training.run import check_directory
from seq2seq.training.tasks import TASKS
from seq2seq.training.tasks.contract import PreparedText, Trial
from seq2seq.training.trackers import Trackers, check_trackers
from seq2seq.training.trainer import Trainer
from seq2seq.training.warm_start import inherit_architecture, load_optimizer

TIMED_STEPS = 20
"""Number of steps to time."""

MAX_SECONDS = 60.0
"""Time after which no further step is timed."""


def check(
    config: Config, *, output: str | Path, resume: bool = False, cpu: bool = False
) -> Estimate:
    """Check everything that a training needs, and estimate what it will take.

    Args:
        config: Settings of the run.
        output: Run directory, which is neither made nor changed.
        resume: Check that the run in `output` can be resumed; count only the steps that are left.
        cpu: Train on the CPU even if there is a GPU.

    Returns:
        The estimate.

    Raises:
        Seq2SeqError: The training would fail, for the reason that it would give.
    """
    output = Path(output)
    config = inherit_architecture(config, output)
    check_tokenizer(config.data.bleu_tokenizer)
    check_trackers(config.training.trackers)
    check_directory(config, output=output, resume=resume)
    _check_place(output)
    accelerator = prepare_processes(config, output=output, cpu=cpu)
    if accelerator.num_processes > 1:
        raise ConfigError("--check runs in one process: leave out the launcher")
    began = time.perf_counter()
    config = TASKS[config.task].settle(config)
    text = prepare_text(config, output=output, accelerator=accelerator, write=False)
    model = prepare_model(config, output=output, text=text)
    trial = TASKS[config.task].try_out(config, text)
    trainer = prepare_trainer(
        trial.config,
        output=output,
        accelerator=accelerator,
        text=trial.text,
        model=model,
        trackers=Trackers(accelerator, config),
    )
    try:
        if resume:
            trainer.resume(identity(config, text.tokenizers))
        else:
            load_optimizer(config, trainer)
        started = time.perf_counter() - began
        estimate = _measure(
            config, text, trial, trainer, started, describe_model(config, model, accelerator)
        )
    finally:
        trainer.close()
        release_processes(accelerator)
    _check_space(output, estimate)
    return estimate


def _check_place(output: Path) -> None:
    """Check that the run directory can be made and written to."""
    place = next(path for path in (output, *output.absolute().parents) if path.exists())
    if not os.access(place, os.W_OK | os.X_OK):
        raise StorageError(f"{output}: cannot be written: {place} is not writable")


def _check_space(output: Path, estimate: Estimate) -> None:
    """Check that the run directory fits on its disk."""
    place = next(path for path in (output, *output.absolute().parents) if path.exists())
    free = shutil.disk_usage(place).free
    if free < estimate.disk:
        raise StorageError(
            f"{output}: needs up to {size(estimate.disk)}, and {size(free)} are free; free some "
            "space, or lower training.keep_last and training.keep_best"
        )


def _measure(
    config: Config,
    text: PreparedText,
    trial: Trial,
    trainer: Trainer,
    start_seconds: float,
    model: str,
) -> Estimate:
    """Time steps, a block of text and a validation."""
    settings = config.training
    stream = trainer.stream
    left = max(0, settings.max_steps - trainer.state.step)
    plan = _load_block(stream, stream.position)
    contention = Contention(seconds=0)
    timed, step_seconds = _time_steps(trainer, plan)
    remark = contention.remark() if trainer.accelerator.device.type == "cpu" else ""
    validation_seconds = _time_validation(trainer) * trial.ratio
    memory = _peak_memory(trainer.accelerator.device)
    began = time.perf_counter()
    _load_block(stream, Position(stream.position.epoch + 1))
    block_seconds = time.perf_counter() - began
    steps_per_block = len(plan) / settings.accumulate
    return Estimate(
        text=text.description,
        model=model,
        settings=settings,
        steps=left,
        steps_per_block=steps_per_block,
        passes=None if config.data.streaming else left / steps_per_block,
        timed=timed,
        start_seconds=start_seconds,
        block_seconds=block_seconds,
        step_seconds=step_seconds,
        validation_seconds=validation_seconds,
        end_seconds=trial.finish * validation_seconds,
        memory=memory,
        available=_memory(trainer.accelerator.device),
        disk=_disk_space(trainer),
        remark=remark,
    )


def _load_block(stream: TrainingStream, position: Position) -> Sequence[PlannedBatch]:
    """Load the block of a position; return the plan of its batches."""
    stream.seek(position)
    next(stream)
    return stream.plan


def _time_steps(trainer: Trainer, plan: Sequence[PlannedBatch]) -> tuple[int, float]:
    """Return how many steps were timed, and the time of one with batches of average size.

    All batches are gone through twice, since the first step of each shape takes longer. The largest
    batch of the block is among them, for the measurement of the memory.
    """
    accumulate = trainer.settings.accumulate
    chosen = list(itertools.islice(itertools.cycle(plan), TIMED_STEPS * accumulate))
    groups = [chosen[start : start + accumulate] for start in range(0, len(chosen), accumulate)]
    _take_steps(trainer, [[max(plan, key=_positions)], *groups])
    began = time.perf_counter()
    done = _take_steps(trainer, groups)
    seconds = (time.perf_counter() - began) / done
    seen = np.mean([_positions(one) for one in chosen[: done * accumulate]])
    return done, seconds * float(np.mean([_positions(one) for one in plan]) / seen)


def _take_steps(trainer: Trainer, groups: Sequence[Sequence[PlannedBatch]]) -> int:
    """Take a step with each group of batches until the time is up; return the number of steps."""
    deadline = time.perf_counter() + MAX_SECONDS
    done = 0
    for group in groups:
        trainer.take_step([trainer.stream.batch(one) for one in group])
        done += 1
        if time.perf_counter() > deadline:
            break
    return done


def _positions(planned: PlannedBatch) -> int:
    """Return the number of positions of a batch, padding included."""
    return len(planned.rows) * (planned.source_width + planned.target_width)


def _time_validation(trainer: Trainer) -> float:
    """Return the time of a validation."""
    trainer.objective.eval()
    trainer.validate()  # the first one loads libraries
    began = time.perf_counter()
    trainer.validate()
    return time.perf_counter() - began


def _peak_memory(device: torch.device) -> int:
    """Return the most memory that was used so far, on the device that computes."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _memory(device: torch.device) -> int:
    """Return the memory that there is."""
    if device.type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory)
    return memory_of_machine()


def _disk_space(trainer: Trainer) -> int:
    """Return the bytes that the run directory takes at most: weights, checkpoints, best weights."""
    weights = sum(one.numel() * one.element_size() for one in trainer.model.parameters())
    state = trainer.optimizer.state_dict()["state"]
    tensors = [
        value for values in state.values() for value in values.values() if torch.is_tensor(value)
    ]
    checkpoint = weights + sum(one.numel() * one.element_size() for one in tensors)
    if trainer.average is not None:
        checkpoint += weights
    kept = trainer.settings.keep_last + 1  # a new one is written before an old one is removed
    return kept * checkpoint + (trainer.settings.keep_best + 2) * weights
