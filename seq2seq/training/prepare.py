"""Parts of a training run, built from its configuration: processes, text, model and trainer."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
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
from seq2seq.model_directory.identity import identity
from seq2seq.model_directory.manifest import sealing
from seq2seq.model_directory.names import CARD, WEIGHTS
from seq2seq.model_directory.store import save_weights
from seq2seq.models.char_ngrams import Spelling, attach_ngrams, fold_ngrams
from seq2seq.models.model import Seq2SeqModel, build_model
from seq2seq.runtime.atomic_file import atomic_write_text
from seq2seq.runtime.launch import check_launch
from seq2seq.runtime.malloc import tune_malloc
from seq2seq.runtime.ranks import PATIENCE, Ranks, meet_after_restart
from seq2seq.training.checkpoints import Checkpoints, TrainingState
from seq2seq.training.load_text import read_text, training_text
from seq2seq.training.metrics_log import Figure
from seq2seq.training.model_card import model_card
from seq2seq.training.precision import resolve_precision
from seq2seq.training.trackers import Trackers
from seq2seq.training.trainer import Trainer
from seq2seq.training.validator import Validator
from seq2seq.training.warm_start import card_section, load_initial_weights, load_word_vectors


def prepare_processes(config: Config, *, output: Path, cpu: bool) -> Accelerator:
    """Join the processes of the run; on other ranks, log only warnings and errors."""
    check_launch(os.environ, "-m seq2seq train CONFIG --cpu")
    tune_malloc()
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


@dataclass(frozen=True)
class PreparedText:
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


def prepare_text(
    config: Config, *, output: Path, accelerator: Accelerator, write: bool = True
) -> PreparedText:
    """Read the text, on the main process first, and prepare the batches of this process.

    The training text itself is freed on return; the stream holds it as token ids. With `write`, the
    main process saves the tokenizers and the configuration in the run directory.
    """
    accelerator.wait_for_everyone()
    with accelerator.main_process_first():
        text = read_text(config, output=output, write=write and accelerator.is_main_process)
    ranks = ranks_of(accelerator)
    stream = BatchStream(
        training_text(config, text=text, ranks=ranks),
        batch_tokens=config.training.batch_tokens,
        batch_sentences=config.training.batch_sentences,
        ranks=ranks,
    )
    return PreparedText(text.tokenizers, text.dev, stream, ranks)


def prepare_model(config: Config, *, output: Path, text: PreparedText) -> Seq2SeqModel:
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


def _spellings(text: PreparedText) -> tuple[Spelling, Spelling]:
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


def prepare_trainer(
    config: Config,
    *,
    output: Path,
    accelerator: Accelerator,
    text: PreparedText,
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


def describe_model(config: Config, model: Seq2SeqModel, accelerator: Accelerator) -> str:
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
