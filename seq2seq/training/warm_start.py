"""Training that starts from a model: its tokenizer and network are taken, and of its optimizer what
is asked for.

continue   as it was: weights, optimizer, and the steps and validations that the learning rate hangs
on new-rate   weights and optimizer; the learning rate and its schedule are the new run's own fresh
weights alone"""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import torch

from seq2seq.config.config import Config
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.data.tokenizers.word_vectors import read_vectors
from seq2seq.errors import CheckpointError, ConfigError, TrainingError
from seq2seq.model_directory.store import CONFIG, WEIGHTS, load_config, load_weights
from seq2seq.models.model import Seq2SeqModel
from seq2seq.training.checkpoints import Checkpoints
from seq2seq.training.trainer import Trainer

log = logging.getLogger("seq2seq.training")

FREE = {"model.dropout", "model.dropout_over_time", "model.word_dropout", "tokenizer.sampling"}
"""Settings that change no weight and no vocabulary: the new run may have its own."""


def inherit_architecture(config: Config, output: Path) -> Config:
    """The configuration with the tokenizer and the network of the model it starts from, or of the
    run it goes on with.

    Raises ConfigError naming the settings that ask for another network, CheckpointError if there is
    no such model."""
    start = config.training.init_from
    if start is None:
        return config
    base = load_config(output if (output / CONFIG).exists() else Path(start))
    sections, wrong = {}, []
    for name in ("tokenizer", "model"):
        given, theirs = getattr(config, name), getattr(base, name)
        asked = {key: getattr(given, key) for key in given.model_fields_set}
        differing = {key for key, value in asked.items() if value != getattr(theirs, key)}
        wrong += [f"{name}.{key}" for key in sorted(differing) if f"{name}.{key}" not in FREE]
        free = {key: value for key, value in asked.items() if f"{name}.{key}" in FREE}
        sections[name] = theirs.model_copy(update=free)
    if wrong:
        raise ConfigError(
            f"{start} has another {', '.join(wrong)}: leave out what the model to start from "
            "decides"
        )
    return config.model_copy(update=sections).with_plugins(base.plugins)


def load_tokenizers(config: Config) -> TokenizerPair | None:
    """The tokenizers of the model to start from; None if there is none."""
    start = config.training.init_from
    return None if start is None else TokenizerPair.load(Path(start))


def load_initial_weights(config: Config, model: Seq2SeqModel) -> None:
    """Load the weights of the model to start from; raise CheckpointError if they do not fit."""
    if config.training.init_from is not None:
        load_weights(model, Path(config.training.init_from) / WEIGHTS)


def load_word_vectors(config: Config, model: Seq2SeqModel, tokenizers: TokenizerPair) -> None:
    """Let embeddings begin as pretrained word vectors, where some are named; raise DataError if
    those do not fit."""
    sides = (
        (
            "source",
            config.training.source_vectors,
            tokenizers.source,
            model.encoder.embedding.weight,
        ),
        (
            "target",
            config.training.target_vectors,
            tokenizers.target,
            model.decoder.embedding.weight,
        ),
    )
    for side, path, tokenizer, weight in sides:
        if path is not None:
            found = read_vectors(
                path, tokenizer.pieces(range(tokenizer.vocab_size)), weight.shape[1]
            )
            log.info(
                "%s vectors for %s of %s tokens",
                side,
                f"{len(found):,}",
                f"{tokenizer.vocab_size:,}",
            )
            with torch.no_grad():
                weight[list(found)] = torch.from_numpy(np.stack(list(found.values()))).to(
                    weight.dtype
                )


def load_optimizer(config: Config, trainer: Trainer) -> None:
    """Take over what else is asked for, from the newest checkpoint of the run to start from.

    Raises CheckpointError if it has none, TrainingError if it has already come as far as this one
    is to go."""
    settings = config.training
    if settings.init_from is None or settings.init == "fresh":
        return
    checkpoint = Checkpoints(Path(settings.init_from)).latest()
    if checkpoint is None:
        raise CheckpointError(
            f"{settings.init_from}: has no checkpoints, so its optimizer is not known; start with "
            "training.init=fresh"
        )
    trainer.warm_start(checkpoint, progress=settings.init == "continue")
    if trainer.state.step >= settings.max_steps:
        raise TrainingError(
            f"{settings.init_from}: has come to step {trainer.state.step:,} already; to continue, "
            "give a higher "
            f"training.max_steps than {settings.max_steps:,}"
        )
