"""Parts of a training run, built from its configuration: processes, text, model and trainer."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Mapping
from pathlib import Path

import torch
import torch._dynamo  # before there is a process group; see _start_accelerator
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import GradientAccumulationPlugin, InitProcessGroupKwargs
from torch import nn

from seq2seq.config.config import Config
from seq2seq.kernels import use_fast_products
from seq2seq.model_directory.identity import identity
from seq2seq.model_directory.manifest import sealing
from seq2seq.model_directory.names import CARD, WEIGHTS
from seq2seq.model_directory.store import save_weights
from seq2seq.models.char_ngrams import fold_ngrams
from seq2seq.runtime.atomic_file import atomic_write_text
from seq2seq.runtime.launch import check_launch, world_size
from seq2seq.runtime.malloc import tune_malloc
from seq2seq.runtime.ranks import PATIENCE, Ranks, as_one_line, meet_after_restart
from seq2seq.training.checkpoints import Checkpoints, TrainingState
from seq2seq.training.metrics_log import Figure
from seq2seq.training.precision import resolve_precision
from seq2seq.training.tasks import TASKS
from seq2seq.training.tasks.contract import PreparedText
from seq2seq.training.trackers import Trackers
from seq2seq.training.trainer import Trainer
from seq2seq.training.warm_start import card_section, load_initial_weights


def prepare_processes(config: Config, *, output: Path, cpu: bool) -> Accelerator:
    """Join the processes of the run; on other ranks, log only warnings and errors."""
    check_launch(os.environ, "-m seq2seq train CONFIG --cpu")
    tune_malloc()
    use_fast_products()
    accelerator = _start_accelerator(config, output=output, cpu=cpu)
    if not accelerator.is_main_process:
        logging.getLogger("seq2seq").setLevel(logging.WARNING)
    return accelerator


def ranks_of(accelerator: Accelerator) -> Ranks:
    """Return the processes of the run."""
    return Ranks(
        accelerator.process_index, accelerator.num_processes, accelerator.local_process_index
    )


def _start_accelerator(config: Config, *, output: Path, cpu: bool) -> Accelerator:
    """Return the accelerator: the device and the processes to train on.

    torch's optimizers import torch._dynamo. If it is first imported while there is a process group,
    it keeps a reference to that group. The group's threads then outlive it and sometimes abort a
    program that has already finished its work. Hence the import at the top of this file.
    """
    cpu = cpu or not torch.cuda.is_available()
    precision = resolve_precision(config.training.precision, torch.device("cpu" if cpu else "cuda"))
    # Otherwise Accelerate keeps the precision of an earlier training in this process.
    AcceleratorState._reset_state()
    meet_after_restart(os.environ, backend="gloo" if cpu else "nccl")
    # The trainer accumulates gradients itself, weighted by tokens.
    no_accumulation = GradientAccumulationPlugin(num_steps=1)
    with as_one_line() if world_size(os.environ) > 1 else contextlib.nullcontext():
        return Accelerator(
            cpu=cpu,
            log_with=config.training.trackers or None,
            project_dir=output,
            mixed_precision=precision if precision in ("bf16", "fp16") else "no",
            gradient_accumulation_plugin=no_accumulation,
            kwargs_handlers=[InitProcessGroupKwargs(timeout=PATIENCE)],
        )


def release_processes(accelerator: Accelerator) -> None:
    """End the process group and reset its state: the next training may have other processes."""
    accelerator.free_memory()
    accelerator.end_training()
    AcceleratorState._reset_state(reset_partial_state=True)


def prepare_text(
    config: Config, *, output: Path, accelerator: Accelerator, write: bool = True
) -> PreparedText:
    """Read the text, on the main process first, and prepare the batches of this process.

    The training text itself is freed on return; the stream holds it as token ids. With `write`, the
    main process saves the tokenizers and the configuration in the run directory.
    """
    task = TASKS[config.task]
    ranks = ranks_of(accelerator)
    task.check(config, ranks)
    accelerator.wait_for_everyone()
    with accelerator.main_process_first():
        content = task.read(config, output=output, write=write and accelerator.is_main_process)
    return task.prepare(config, content, ranks)


def prepare_model(config: Config, *, output: Path, text: PreparedText) -> nn.Module:
    """Build the model with its initial weights; a resumed run loads its checkpoint later."""
    torch.manual_seed(config.training.seed)
    task = TASKS[config.task]
    model = task.network(config, text)
    model.identity = identity(config, text.tokenizers)  # type: ignore[assignment]
    if config.training.precision == "fp64":
        model = model.double()
    begins = Checkpoints(output).latest() is None
    if begins:
        load_initial_weights(config, model)
    task.refine(config, model, text, begins=begins)
    return model


def prepare_trainer(
    config: Config,
    *,
    output: Path,
    accelerator: Accelerator,
    text: PreparedText,
    model: nn.Module,
    trackers: Trackers,
) -> Trainer:
    """Build the trainer, which saves the best weights in `output` and reports to the trackers."""
    task = TASKS[config.task]
    validator = task.validator(config, model.to(accelerator.device), text)
    section = card_section(config, output)

    def on_best(state: TrainingState) -> None:
        card = task.card(config, state, validator.signature, started_from=section)
        with sealing(output, WEIGHTS, CARD):
            save_weights(fold_ngrams(model), output / WEIGHTS)
            atomic_write_text(card, output / CARD)

    def on_figures(figures: Mapping[str, Figure]) -> None:
        validated = task.measure.metric in figures
        trackers.write(figures, validator.samples if validated else ())

    return Trainer(
        model,
        objective=task.objective(config, model),
        stream=text.stream,
        settings=config.training,
        accelerator=accelerator,
        output=output,
        validate=validator,
        measure=task.measure,
        on_best=on_best,
        on_figures=on_figures,
    )


def describe_model(config: Config, model: nn.Module, accelerator: Accelerator) -> str:
    """Describe the size of the saved model, the precision, the device and the processes."""
    weights = sum(parameter.numel() for parameter in fold_ngrams(model).parameters())
    precision = resolve_precision(config.training.precision, accelerator.device)
    processes = accelerator.num_processes
    threads = torch.get_num_threads()
    return (
        f"{weights / 1e6:.1f} M weights; {precision} on {accelerator.device}, in "
        f"{processes} process{'es' if processes > 1 else ''} "
        f"of {threads} thread{'s' if threads > 1 else ''}"
    )
