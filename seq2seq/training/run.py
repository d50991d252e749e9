"""Training run, built from its configuration: processes, text, model, trainer, model directory."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path

from accelerate import Accelerator

from seq2seq.config.config import Config
from seq2seq.errors import StorageError, TrainingError
from seq2seq.metrics.scores import check_tokenizer
from seq2seq.model_directory.description import load_config
from seq2seq.model_directory.identity import identity
from seq2seq.model_directory.names import (
    CHECKPOINTS,
    CONFIDENCE,
    CONFIG,
    METRICS,
    TOKENIZER,
    WEIGHTS,
)
from seq2seq.model_directory.new_directory import contents
from seq2seq.model_directory.verify import verify_model
from seq2seq.runtime.storage import writing
from seq2seq.runtime.watch_ranks import watch_ranks
from seq2seq.training.checkpoints import Checkpoints
from seq2seq.training.claim import Claim, claim_directory
from seq2seq.training.environment import record_environment
from seq2seq.training.outcome import Outcome
from seq2seq.training.prepare import (
    describe_model,
    prepare_model,
    prepare_processes,
    prepare_text,
    prepare_trainer,
    ranks_of,
    release_processes,
)
from seq2seq.training.tasks import TASKS
from seq2seq.training.trackers import Trackers, check_trackers
from seq2seq.training.warm_start import FREE, inherit_architecture, load_optimizer

log = logging.getLogger("seq2seq.training")

MAY_CHANGE = {"data.train", "data.dev"} | {
    f"training.{name}"
    for name in (
        "max_steps",
        "max_minutes",
        "patience",
        "log_every",
        "validate_every",
        "checkpoint_every",
        "keep_last",
        "keep_best",
        "trackers",
    )
}
"""Settings that may change when a run is resumed, besides those of `decoding`. They affect no step
that has been taken. The text may have moved; its fingerprint shows that it is the same text."""


def train(
    config: Config, *, output: str | Path, resume: bool = False, cpu: bool = False
) -> Outcome:
    """Train a model into a run directory, which is a model directory as well.

    Args:
        config: Settings of the run, for example from `Config.load`.
        output: Run directory. It is created if it does not exist.
        resume: Continue the run in `output`, if there is one, as if it had never stopped. A
            finished run is left unchanged. If False, a directory that holds a run is refused.
        cpu: Train on the CPU even if there is a GPU.

    Returns:
        Last step, best score and training time, and the signal that stopped the run, if any.

    Raises:
        ConfigError: If the settings do not fit each other, this machine or the model to start from,
            or if a name in them is unknown.
        DataError: If the text cannot be read, or the filters keep none of it.
        CheckpointError: If a checkpoint, or the model to start from, is missing or damaged.
        StorageError: If `output` cannot be written, or another process writes to it.
        TrainingError: If `output` holds other files, if a run cannot be resumed with these settings
            or this text, or if the loss or the gradient is not finite.
    """
    output = Path(output)
    config = inherit_architecture(config, output)
    check_tokenizer(config.data.bleu_tokenizer)
    check_trackers(config.training.trackers)
    accelerator = prepare_processes(config, output=output, cpu=cpu)
    ranks = ranks_of(accelerator)
    with (
        watch_ranks(ranks, os.environ),
        claim_directory(output, resume=resume, ranks=ranks) as claim,
    ):
        check_directory(config, output=output, resume=claim.resume)
        try:
            outcome = _train(config, output=output, claim=claim, accelerator=accelerator)
        except StorageError as error:
            raise StorageError(f"{error}; then continue with --resume") from error
        claim.finished = outcome.stopped_by is None
    return outcome


def _train(config: Config, *, output: Path, claim: Claim, accelerator: Accelerator) -> Outcome:
    """Train in a run directory that this command alone writes to."""
    if accelerator.is_main_process:
        Checkpoints(output).sweep()
    device = accelerator.device.type
    task = TASKS[config.task]
    config = task.settle(config)
    text = prepare_text(config, output=output, accelerator=accelerator)
    model = prepare_model(config, output=output, text=text)
    log.info("%s; %s", text.description, describe_model(config, model, accelerator))
    trackers = Trackers(accelerator, config)
    trainer = prepare_trainer(
        config, output=output, accelerator=accelerator, text=text, model=model, trackers=trackers
    )
    try:
        latest = trainer.checkpoints.latest()
        if latest is None:
            load_optimizer(config, trainer)
        elif claim.resume:
            trainer.resume(identity(config, text.tokenizers))
            accelerator.wait_for_everyone()  # before the main process removes what is damaged
        finished_at = trainer.state.step if trainer.state.finished else None
        claim.begun = True
        over = trainer.is_over()  # all ranks decide it together
        if accelerator.is_main_process and not over:
            record_environment(output, step=trainer.state.step, accelerator=accelerator)
        trackers.start(trainer.state.step)
        with writing(output):
            outcome = trainer.fit()
    finally:
        trainer.close()
        release_processes(accelerator)
    calibrated = finished_at == outcome.step and (output / CONFIDENCE).exists()
    if text.ranks.is_main and outcome.stopped_by is None and not calibrated:
        task.finish(config, output, text, device=device)
    return outcome


def check_directory(config: Config, *, output: Path, resume: bool) -> None:
    """Check that the directory is empty, or that the run in it can be resumed.

    Raises:
        TrainingError: If the directory holds files that are not of a run, or a run that cannot be
            resumed with this configuration.
    """
    if not (output / CONFIG).exists():
        if found := contents(output, unfinished=resume):
            raise TrainingError(f"{output}: {found}, but no run; choose another --output")
        return
    if not _holds_run(output):
        raise TrainingError(f"{output}: holds {CONFIG} but no run; choose another --output")
    if not resume:
        raise TrainingError(
            f"{output} already holds a run: add --resume to continue it, or choose another --output"
        )
    verify_model(output, thorough=True)
    before = load_config(output).model_dump()
    now = config.model_dump()
    if now["task"] != before["task"]:
        raise TrainingError(
            f"{output}: holds a run of task {before['task']}; choose another --output"
        )
    changed = [
        f"{section}.{key}"
        for section in ("data", "text", "tokenizer", "model", "training")
        for key in now[section]
        if now[section][key] != before[section][key] and f"{section}.{key}" not in MAY_CHANGE
    ]
    if changed:
        raise TrainingError(
            f"{output}: cannot resume with a different {', '.join(changed)}; choose another "
            f"--output{_way_on(changed, output)}"
        )


def _way_on(changed: Sequence[str], output: Path) -> str:
    """Say how a new run with other settings can start from this one, if it can."""
    if any(
        key.startswith(("text.", "tokenizer.", "model.")) and key not in FREE for key in changed
    ):
        return ""
    if "training.optimizer" in changed:
        init = "fresh"
    elif {"training.learning_rate", "training.schedule", "training.warmup_steps"} & set(changed):
        init = "new-rate"
    else:
        init = "continue"
    return f", and to start from this model, add training.init_from={output} training.init={init}"


def _holds_run(output: Path) -> bool:
    """Return whether a training has started in a directory with a configuration.

    A training that is killed before its first step has written only tokenizers. Tokenizers and
    weights without metrics are a model that was trained elsewhere.
    """
    begun = (output / TOKENIZER).exists() and not (output / WEIGHTS).exists()
    return begun or any((output / name).exists() for name in (CHECKPOINTS, METRICS))
