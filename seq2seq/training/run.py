"""A whole training run from its configuration: processes, text, model, trainer, model directory."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
import torch._dynamo  # before there is a process group: see _accelerator
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import GradientAccumulationPlugin, InitProcessGroupKwargs

from seq2seq.config.config import Config
from seq2seq.data.batches.stream import BatchStream
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.errors import TrainingError
from seq2seq.metrics.scores import check_tokenizer
from seq2seq.model_directory.store import CARD, CONFIG, WEIGHTS, load_config, save_weights
from seq2seq.models.char_ngrams import Spelling, attach_ngrams, fold_ngrams
from seq2seq.models.model import Seq2SeqModel, build_model
from seq2seq.runtime.atomic_file import atomic_write_text
from seq2seq.runtime.launch import check_launch
from seq2seq.runtime.malloc import tune_malloc
from seq2seq.runtime.ranks import PATIENCE, Ranks
from seq2seq.training.checkpoints import Checkpoints, TrainingState
from seq2seq.training.load_text import read_text, training_text
from seq2seq.training.metrics_log import Figure
from seq2seq.training.model_card import model_card
from seq2seq.training.outcome import Outcome
from seq2seq.training.precision import resolve_precision
from seq2seq.training.trackers import Trackers, check_trackers
from seq2seq.training.trainer import Trainer
from seq2seq.training.validator import Validator
from seq2seq.training.warm_start import (
    inherit_architecture,
    load_initial_weights,
    load_optimizer,
    load_word_vectors,
)

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
"""Settings that a resumed run may be given anew, as those of `decoding`: they change no step that
was taken. The text may have moved; that the training text is the same is seen by its
fingerprint."""


def train(
    config: Config, output: str | Path, *, resume: bool = False, cpu: bool = False
) -> Outcome:
    """Train a model into the run directory `output`, which is a model directory too.

    With `resume` a stopped run goes on as if it had never stopped, and a finished one is left as it
    is; without, a directory that holds a run is refused. Raises ConfigError, DataError,
    CheckpointError or TrainingError."""
    output = Path(output)
    config = inherit_architecture(config, output)
    check_tokenizer(config.data.bleu_tokenizer)
    check_trackers(config.training.trackers)
    check_launch(os.environ, "-m seq2seq train CONFIG --cpu")
    tune_malloc()
    accelerator = _accelerator(config, cpu, output)
    trackers = Trackers(accelerator, config, output)
    if not accelerator.is_main_process:
        logging.getLogger("seq2seq").setLevel(logging.WARNING)
    _prepare_directory(output, config, resume)
    accelerator.wait_for_everyone()
    with accelerator.main_process_first():
        text = read_text(config, output, accelerator.is_main_process)
    tokenizers, dev = text.tokenizers, text.dev
    ranks = Ranks(
        accelerator.process_index, accelerator.num_processes, accelerator.local_process_index
    )
    stream = BatchStream(
        training_text(config, text, ranks),
        batch_tokens=config.training.batch_tokens,
        batch_sentences=config.training.batch_sentences,
        ranks=ranks,
    )
    del text  # all text of the training, which the stream holds as numbers
    model = _model(config, output, tokenizers, stream)
    dev_pairs = sum(len(part.sources) for part in dev)
    log.info(
        "%s, %s dev pairs; %s",
        stream.text.description,
        f"{dev_pairs:,}",
        _setting(config, model, accelerator),
    )
    scoring = config.training.batch_tokens, config.data.bleu_tokenizer, ranks
    validator = Validator(model.to(accelerator.device), tokenizers, config.decoding, dev, *scoring)

    def on_best(state: TrainingState) -> None:
        save_weights(fold_ngrams(model), output / WEIGHTS)
        atomic_write_text(model_card(config, state, validator.signature), output / CARD)

    def on_figures(figures: Mapping[str, Figure]) -> None:
        trackers.write(figures, validator.samples if "dev_bleu" in figures else ())

    trainer = Trainer(
        model, stream, config.training, accelerator, output, validator, on_best, on_figures
    )
    try:
        if trainer.checkpoints.latest() is None:
            load_optimizer(config, trainer)
        elif resume:
            trainer.resume()
        trackers.start(trainer.state.step)
        return trainer.fit()
    except OSError as error:
        raise TrainingError(
            f"cannot go on writing to {output}: {error.strerror or error}"
        ) from None
    finally:
        # The wrapper that shares gradients must go before the process group. Were it the last to
        # hold the group, it
        # would end it with Python's lock in hand, for which one of the group's threads may be
        # waiting: a deadlock.
        del trainer.objective
        accelerator.free_memory()
        accelerator.end_training()
        AcceleratorState._reset_state(
            reset_partial_state=True
        )  # it would tell of processes that no longer meet


def _accelerator(config: Config, cpu: bool, output: Path) -> Accelerator:
    """The devices and processes to train on.

    torch's optimizers import torch._dynamo, which holds on to the process group if it is imported
    while there is one: its threads then outlive it, and now and then abort a program that has done
    all its work. Hence the import above."""
    cpu = cpu or not torch.cuda.is_available()
    precision = resolve_precision(config.training.precision, torch.device("cpu" if cpu else "cuda"))
    # it would insist on the precision of an earlier training in this process
    AcceleratorState._reset_state()
    return Accelerator(
        cpu=cpu,
        log_with=config.training.trackers or None,
        project_dir=output,
        mixed_precision=precision if precision in ("bf16", "fp16") else "no",
        gradient_accumulation_plugin=GradientAccumulationPlugin(
            num_steps=1
        ),  # the trainer's own, by tokens
        kwargs_handlers=[InitProcessGroupKwargs(timeout=PATIENCE)],
    )


def _prepare_directory(output: Path, config: Config, resume: bool) -> None:
    """Make the directory; refuse one that holds another run, and see that a resumed run is the same
    one."""
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrainingError(f"cannot make the run directory {output}: {error.strerror}") from None
    if not (output / CONFIG).exists():
        if (output / "checkpoints").exists():
            raise TrainingError(
                f"{output}: holds checkpoints but no {CONFIG}; choose another --output"
            )
        return
    if not resume:
        raise TrainingError(
            f"{output} holds a run already: add --resume to go on with it, or choose another "
            "--output"
        )
    before, now = load_config(output).model_dump(), config.model_dump()
    changed = [
        f"{section}.{key}"
        for section in ("data", "tokenizer", "model", "training")
        for key in now[section]
        if now[section][key] != before[section][key] and f"{section}.{key}" not in MAY_CHANGE
    ]
    if changed:
        raise TrainingError(
            f"{output}: cannot resume with another {', '.join(changed)}; choose another --output"
        )


def _model(
    config: Config, output: Path, tokenizers: TokenizerPair, stream: BatchStream
) -> Seq2SeqModel:
    """The model as its training begins; where a run goes on, its checkpoint is still to be read."""
    torch.manual_seed(config.training.seed)
    model = build_model(config.model, tokenizers.source_size, tokenizers.target_size)
    if config.training.precision == "fp64":
        model = model.double()
    if Checkpoints(output).latest() is None:
        load_initial_weights(config, model)
        load_word_vectors(config, model, tokenizers)
    if config.model.char_ngrams:
        taken = (
            config.training.init_from,
            config.training.source_vectors,
            config.training.target_vectors,
        )
        attach_ngrams(model, *_spellings(tokenizers, stream), fresh=not any(taken))
    return model


def _spellings(tokenizers: TokenizerPair, stream: BatchStream) -> tuple[Spelling, Spelling]:
    """How the tokens of both vocabularies are spelt, and which of them the text has (the first
    block of a stream)."""
    first = next(stream.text.blocks(0))
    source, target = (
        Spelling(tokenizer.pieces(range(tokenizer.vocab_size)), set(np.unique(ids.ids).tolist()))
        for tokenizer, ids in ((tokenizers.source, first.source), (tokenizers.target, first.target))
    )
    return source, target


def _setting(config: Config, model: Seq2SeqModel, accelerator: Accelerator) -> str:
    """The size of the model that is kept, and what it is trained in and on."""
    weights = sum(parameter.numel() for parameter in fold_ngrams(model).parameters())
    processes, threads = accelerator.num_processes, torch.get_num_threads()
    precision = resolve_precision(config.training.precision, accelerator.device)
    return (
        f"{weights / 1e6:.1f} M weights; {precision} on {accelerator.device}, in {processes} "
        f"process{'es' * (processes > 1)} of {threads} thread{'s' * (threads > 1)}"
    )
