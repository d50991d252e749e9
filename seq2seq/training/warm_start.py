"""Training from another model, which provides the tokenizers, the network and the weights.

`training.init` decides what else is loaded:

    continue   the optimizer, and the steps and validations that the learning rate depends on
    new-rate   the optimizer; the learning rate and its schedule are those of the new run
    fresh      nothing else
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from seq2seq.config.config import Config
from seq2seq.config.task_settings import CLASSIFICATION, reads
from seq2seq.data.tokenizers.base import Tokenizer
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.data.tokenizers.word_vectors import read_vectors
from seq2seq.errors import CheckpointError, ConfigError, TrainingError
from seq2seq.model_directory.card_sources import quoted_sources, read_card, started_from
from seq2seq.model_directory.description import check_weights, load_config
from seq2seq.model_directory.hub import model_directory
from seq2seq.model_directory.identity import identity
from seq2seq.model_directory.manifest import check_files
from seq2seq.model_directory.names import CONFIG, WEIGHTS
from seq2seq.model_directory.store import load_weights
from seq2seq.model_directory.verify import verify_model
from seq2seq.models.model import Seq2SeqModel
from seq2seq.training.checkpoints import Checkpoints
from seq2seq.training.trainer import Trainer

log = logging.getLogger("seq2seq.training")

NETWORK_SECTIONS = ("text", "tokenizer", "model")
"""Sections that `training.init_from` decides."""

FREE = {"model.dropout", "model.dropout_over_time", "model.word_dropout", "tokenizer.sampling"}
"""Settings that the new run may change: they affect neither the weights nor the vocabulary."""


def inherit_architecture(config: Config, output: Path) -> Config:
    """Return the configuration with what the model to start from decides.

    That is the text steps and the tokenizer, and with `training.init_from` the network. A resumed
    run keeps its own. Without a model to start from the configuration is returned unchanged.

    Raises:
        ConfigError: If settings ask for other text steps, another tokenizer or another network; the
            message names them.
        CheckpointError: If there is no such model.
    """
    training = config.training
    start = training.init_from or training.tokenizers_from
    if start is None:
        return config
    if training.init_from is not None and training.tokenizers_from is not None:
        raise ConfigError(
            "training.tokenizers_from: the model of training.init_from has tokenizers; leave one "
            "of the two out"
        )
    if (output / CONFIG).exists():
        base = load_config(output)
    else:
        directory = model_directory(start)
        verify_model(directory, thorough=True)
        base = load_config(directory)
    if base.task != config.task and training.init_from is not None:
        raise ConfigError(
            f"{start} is a model of task {base.task}, and this training is of task {config.task}; "
            "start from a model of the same task"
        )
    if base.task == CLASSIFICATION and training.init_from is None:
        raise ConfigError(
            f"training.tokenizers_from: {start} is a model of task {base.task}, whose target side "
            "holds labels; name a translation model or a language model"
        )
    inherited = ("text", "tokenizer") if training.init_from is None else NETWORK_SECTIONS
    return _with_sections(config, base, inherited, start).with_plugins(base.plugins)


def _with_sections(config: Config, base: Config, names: Sequence[str], start: str) -> Config:
    """Return a configuration with sections of another one; given settings must not differ."""
    sections = {}
    conflicts: list[str] = []
    for name in names:
        given = getattr(config, name)
        inherited = getattr(base, name)
        requested = {
            key: getattr(given, key)
            for key in given.model_fields_set
            if reads(config.task, f"{name}.{key}")
        }
        free = {key: value for key, value in requested.items() if f"{name}.{key}" in FREE}
        conflicts += [
            f"{name}.{key}"
            for key, value in sorted(requested.items())
            if key not in free and value != getattr(inherited, key)
        ]
        sections[name] = inherited.model_copy(update=free)
    if conflicts:
        raise ConfigError(
            f"{start} has a different {', '.join(conflicts)}: leave out the settings that the "
            "model to start from decides"
        )
    return config.model_copy(update=sections)


def load_tokenizers(config: Config) -> TokenizerPair | None:
    """Load the tokenizers of the model that has them; return None if none is named."""
    start = config.training.init_from or config.training.tokenizers_from
    return None if start is None else TokenizerPair.load(model_directory(start))


def load_initial_weights(config: Config, model: nn.Module) -> None:
    """Load the weights of the model to start from; raise CheckpointError if they do not fit."""
    if config.training.init_from is not None:
        start = model_directory(config.training.init_from)
        check_weights(start / WEIGHTS, _identity(start))
        load_weights(model, start / WEIGHTS)


def _identity(start: Path) -> dict[str, str]:
    """Return the identity of the model to start from, whose data may have other columns."""
    return identity(load_config(start), TokenizerPair.load(start))


def card_section(config: Config, output: Path) -> str:
    """Return the section of the model card that quotes the card of the model to start from.

    A resumed run keeps the section that it has: the other model may be gone.

    Args:
        config: Settings of the run.
        output: Run directory.

    Returns:
        Section in Markdown; "" if the training does not start from a model.
    """
    start = config.training.init_from
    if start is None:
        return ""
    return started_from(read_card(output)) or quoted_sources(start, model_directory(start))


def load_word_vectors(config: Config, model: Seq2SeqModel, tokenizers: TokenizerPair) -> None:
    """Set embeddings to the pretrained word vectors named in the configuration, if any.

    Raises:
        DataError: If the vectors cannot be read or do not fit.
    """
    training = config.training
    if training.source_vectors is not None:
        embedding = model.encoder.embedding.weight
        count = _set_vectors(embedding, training.source_vectors, tokenizers.source)
        _log_vectors("source", count, tokenizers.source)
    if training.target_vectors is not None:
        embedding = model.decoder.embedding.weight
        count = _set_vectors(embedding, training.target_vectors, tokenizers.target)
        _log_vectors("target", count, tokenizers.target)


def _set_vectors(embedding: Tensor, path: str, tokenizer: Tokenizer) -> int:
    """Set the rows of an embedding (V, E) from a file of vectors; return the number of rows set."""
    vectors = read_vectors(path, tokenizer.pieces(range(tokenizer.vocab_size)), embedding.shape[1])
    values = torch.from_numpy(np.stack(list(vectors.values())))
    with torch.no_grad():
        embedding[list(vectors)] = values.to(embedding.dtype)
    return len(vectors)


def _log_vectors(side: str, count: int, tokenizer: Tokenizer) -> None:
    log.info("%s vectors for %s of %s tokens", side, f"{count:,}", f"{tokenizer.vocab_size:,}")


def load_optimizer(config: Config, trainer: Trainer) -> None:
    """Load the optimizer, and the progress if it continues, from the run to start from.

    Raises:
        CheckpointError: If that run has no checkpoint, or its newest one is damaged.
        TrainingError: If that run has already taken `training.max_steps` steps or more.
    """
    settings = config.training
    if settings.init_from is None or settings.init == "fresh":
        return
    start = model_directory(settings.init_from)
    checkpoint = Checkpoints(start).latest()
    if checkpoint is None:
        raise CheckpointError(
            f"{settings.init_from}: has no checkpoints, so its optimizer is unknown; start with "
            "training.init=fresh"
        )
    check_files(checkpoint)
    check_weights(checkpoint / WEIGHTS, _identity(start))
    trainer.warm_start(checkpoint, progress=settings.init == "continue")
    if trainer.state.step >= settings.max_steps:
        raise TrainingError(
            f"{settings.init_from}: has already reached step {trainer.state.step:,}; to continue "
            f"it, set training.max_steps higher than {settings.max_steps:,}"
        )
