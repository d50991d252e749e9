"""Training run, built from its configuration: processes, text, model, trainer, model directory."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch._dynamo  # before there is a process group; see _start_accelerator
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import GradientAccumulationPlugin, InitProcessGroupKwargs

from seq2seq.config.config import Config
from seq2seq.data.batches.epoch_text import Part
from seq2seq.data.batches.stream import BatchStream
from seq2seq.data.ragged import RaggedIds
from seq2seq.data.tokenizers.base import Tokenizer
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.errors import StorageError, TrainingError
from seq2seq.metrics.scores import check_tokenizer
from seq2seq.model_directory.description import load_config
from seq2seq.model_directory.identity import identity
from seq2seq.model_directory.manifest import sealing
from seq2seq.model_directory.names import (
    CARD,
    CHECKPOINTS,
    CONFIDENCE,
    CONFIG,
    METRICS,
    TOKENIZER,
    WEIGHTS,
)
from seq2seq.model_directory.new_directory import contents
from seq2seq.model_directory.store import save_weights
from seq2seq.model_directory.verify import verify_model
from seq2seq.models.char_ngrams import Spelling, attach_ngrams, fold_ngrams
from seq2seq.models.model import Seq2SeqModel, build_model
from seq2seq.runtime.atomic_file import atomic_write_text
from seq2seq.runtime.launch import check_launch
from seq2seq.runtime.malloc import tune_malloc
from seq2seq.runtime.ranks import PATIENCE, Ranks, meet_after_restart
from seq2seq.runtime.storage import writing
from seq2seq.runtime.watch_ranks import watch_ranks
from seq2seq.training.checkpoints import Checkpoints, TrainingState
from seq2seq.training.claim import claim_directory
from seq2seq.training.load_text import read_text, training_text
from seq2seq.training.metrics_log import Figure
from seq2seq.training.model_card import model_card
from seq2seq.training.outcome import Outcome
from seq2seq.training.precision import resolve_precision
from seq2seq.training.sentence_splitting import choose_splitting
from seq2seq.training.trackers import Trackers, check_trackers
from seq2seq.training.trainer import Trainer
from seq2seq.training.validator import Validator
from seq2seq.training.warm_start import (
    card_section,
    inherit_architecture,
    load_initial_weights,
    load_optimizer,
    load_word_vectors,
)
from seq2seq.translation.calibrate_confidence import calibrate_confidence, log_calibration
from seq2seq.translation.values import Source

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
    accelerator = _prepare_processes(config, output=output, cpu=cpu)
    ranks = _ranks(accelerator)
    with (
        watch_ranks(ranks, os.environ),
        claim_directory(output, resume=resume, ranks=ranks) as claim,
    ):
        _check_directory(config, output=output, resume=claim.resume)
        try:
            outcome = _train(config, output=output, resume=claim.resume, accelerator=accelerator)
        except StorageError as error:
            raise StorageError(f"{error}; then --resume goes on") from error
        claim.finished = outcome.stopped_by is None
    return outcome


def _train(config: Config, *, output: Path, resume: bool, accelerator: Accelerator) -> Outcome:
    """Train in a run directory that this command alone writes to."""
    if accelerator.is_main_process:
        Checkpoints(output).sweep()
    device = accelerator.device.type
    config = choose_splitting(config)
    text = _prepare_text(config, output=output, accelerator=accelerator)
    model = _prepare_model(config, output=output, text=text)
    log.info("%s; %s", text.description, _describe_model(config, model, accelerator))
    trackers = Trackers(accelerator, config)
    trainer = _prepare_trainer(
        config, output=output, accelerator=accelerator, text=text, model=model, trackers=trackers
    )
    try:
        latest = trainer.checkpoints.latest()
        if latest is None:
            load_optimizer(config, trainer)
        elif resume:
            trainer.resume(model.identity)
            accelerator.wait_for_everyone()  # before the main process removes what is damaged
        finished_at = trainer.state.step if trainer.state.finished else None
        trackers.start(trainer.state.step)
        with writing(output):
            outcome = trainer.fit()
    finally:
        trainer.close()
        _release_processes(accelerator)
    calibrated = finished_at == outcome.step and (output / CONFIDENCE).exists()
    if text.ranks.is_main and outcome.stopped_by is None and not calibrated:
        _calibrate(output, text.dev, device=device)
    return outcome


def _calibrate(output: Path, dev: Sequence[Part], *, device: str) -> None:
    """Calibrate the confidence of the best weights on the dev pairs.

    The language of the references is foreign as a source, unless the model has several directions.
    """
    pairs = [
        (Source(source, to=part.to), target)
        for part in dev
        for source, target in zip(part.sources, part.targets, strict=True)
    ]
    foreign = len(dev) == 1
    log_calibration(calibrate_confidence(output, pairs=pairs, foreign=foreign, device=device))


def _prepare_processes(config: Config, *, output: Path, cpu: bool) -> Accelerator:
    """Join the processes of the run; on other ranks, log only warnings and errors."""
    check_launch(os.environ, "-m seq2seq train CONFIG --cpu")
    tune_malloc()
    accelerator = _start_accelerator(config, output=output, cpu=cpu)
    if not accelerator.is_main_process:
        logging.getLogger("seq2seq").setLevel(logging.WARNING)
    return accelerator


def _ranks(accelerator: Accelerator) -> Ranks:
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
    return Accelerator(
        cpu=cpu,
        log_with=config.training.trackers or None,
        project_dir=output,
        mixed_precision=precision if precision in ("bf16", "fp16") else "no",
        gradient_accumulation_plugin=no_accumulation,
        kwargs_handlers=[InitProcessGroupKwargs(timeout=PATIENCE)],
    )


def _release_processes(accelerator: Accelerator) -> None:
    """End the process group and reset its state: the next training may have other processes."""
    accelerator.free_memory()
    accelerator.end_training()
    AcceleratorState._reset_state(reset_partial_state=True)


def _check_directory(config: Config, *, output: Path, resume: bool) -> None:
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
    changed = [
        f"{section}.{key}"
        for section in ("data", "text", "tokenizer", "model", "training")
        for key in now[section]
        if now[section][key] != before[section][key] and f"{section}.{key}" not in MAY_CHANGE
    ]
    if changed:
        raise TrainingError(
            f"{output}: cannot resume with a different {', '.join(changed)}; choose another "
            "--output"
        )


def _holds_run(output: Path) -> bool:
    """Return whether a training has started in a directory with a configuration.

    A training that is killed before its first step has written only tokenizers. Tokenizers and
    weights without metrics are a model that was trained elsewhere.
    """
    begun = (output / TOKENIZER).exists() and not (output / WEIGHTS).exists()
    return begun or any((output / name).exists() for name in (CHECKPOINTS, METRICS))


@dataclass(frozen=True)
class _PreparedText:
    """Tokenizers, dev pairs and the stream of training batches."""

    tokenizers: TokenizerPair
    dev: list[Part]
    stream: BatchStream
    ranks: Ranks

    @property
    def description(self) -> str:
        """Amount of text, as shown in the log."""
        dev_pairs = sum(len(part.sources) for part in self.dev)
        return f"{self.stream.text.description}, {dev_pairs:,} dev pairs"


def _prepare_text(config: Config, *, output: Path, accelerator: Accelerator) -> _PreparedText:
    """Read the text, on the main process first, and prepare the batches of this process.

    The training text itself is freed on return; the stream holds it as token ids.
    """
    accelerator.wait_for_everyone()
    with accelerator.main_process_first():
        text = read_text(config, output=output, write=accelerator.is_main_process)
    ranks = _ranks(accelerator)
    stream = BatchStream(
        training_text(config, text=text, ranks=ranks),
        batch_tokens=config.training.batch_tokens,
        batch_sentences=config.training.batch_sentences,
        ranks=ranks,
    )
    return _PreparedText(text.tokenizers, text.dev, stream, ranks)


def _prepare_model(config: Config, *, output: Path, text: _PreparedText) -> Seq2SeqModel:
    """Build the model with its initial weights; a resumed run loads its checkpoint later."""
    torch.manual_seed(config.training.seed)
    tokenizers = text.tokenizers
    model = build_model(config.model, tokenizers.source_size, tokenizers.target_size)
    model.identity = identity(config, tokenizers)
    if config.training.precision == "fp64":
        model = model.double()
    if Checkpoints(output).latest() is None:
        load_initial_weights(config, model)
        load_word_vectors(config, model, tokenizers)
    if config.model.char_ngrams:
        source, target = _spellings(text)
        attach_ngrams(model, source, target, fresh=not _has_pretrained_weights(config))
    return model


def _has_pretrained_weights(config: Config) -> bool:
    """Return whether the training starts from a model or from pretrained word vectors."""
    training = config.training
    return any((training.init_from, training.source_vectors, training.target_vectors))


def _spellings(text: _PreparedText) -> tuple[Spelling, Spelling]:
    """Return the spellings of the source and target tokens, and the tokens that the text uses.

    For streamed text, only the first block is considered.
    """
    first = next(text.stream.text.blocks(0))
    return (
        _spelling(text.tokenizers.source, first.source),
        _spelling(text.tokenizers.target, first.target),
    )


def _spelling(tokenizer: Tokenizer, ids: RaggedIds) -> Spelling:
    used = set(np.unique(ids.ids).tolist())
    return Spelling(tokenizer.pieces(range(tokenizer.vocab_size)), used)


def _prepare_trainer(
    config: Config,
    *,
    output: Path,
    accelerator: Accelerator,
    text: _PreparedText,
    model: Seq2SeqModel,
    trackers: Trackers,
) -> Trainer:
    """Build the trainer, which saves the best weights in `output` and reports to the trackers."""
    validator = Validator(
        model.to(accelerator.device),
        network=config.model,
        tokenizers=text.tokenizers,
        decoding=config.decoding,
        dev=text.dev,
        batch_tokens=config.training.batch_tokens,
        bleu_tokenizer=config.data.bleu_tokenizer,
        ranks=text.ranks,
    )

    section = card_section(config, output)

    def on_best(state: TrainingState) -> None:
        card = model_card(config, state, validator.signature, started_from=section)
        with sealing(output, WEIGHTS, CARD):
            save_weights(fold_ngrams(model), output / WEIGHTS)
            atomic_write_text(card, output / CARD)

    def on_figures(figures: Mapping[str, Figure]) -> None:
        trackers.write(figures, validator.samples if "dev_bleu" in figures else ())

    return Trainer(
        model,
        stream=text.stream,
        settings=config.training,
        accelerator=accelerator,
        output=output,
        validate=validator,
        on_best=on_best,
        on_figures=on_figures,
    )


def _describe_model(config: Config, model: Seq2SeqModel, accelerator: Accelerator) -> str:
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
