"""Start of a decoder from a language model (`training.init_decoder_from`).

A language model is a decoder without a source. Its embedding, cells, readout and output layer are
copied into the decoder. Where the decoder also reads the source, its matrices have more columns
than those of the language model; these further columns, the bridge and the attention keep their
initial weights. So a decoder whose source contributes nothing predicts what the language model
predicts.
"""

from __future__ import annotations

import logging

import torch
from torch import Tensor, nn

from seq2seq.config.config import Config
from seq2seq.config.settings import ModelConfig
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.errors import ConfigError
from seq2seq.language_model.language_model import LanguageModel
from seq2seq.language_model.vocabulary import check_vocabulary
from seq2seq.model_directory.description import load_config
from seq2seq.model_directory.hub import model_directory
from seq2seq.models.model import Seq2SeqModel

log = logging.getLogger("seq2seq.training")

SHARED = (
    "cell",
    "embedding_size",
    "scale_embeddings",
    "hidden_size",
    "decoder_layers",
    "transition_depth",
    "residual",
)
"""Settings of the network in which both models must agree."""

WIDER = ("cells.", "readout.")
"""Parts of a decoder whose matrices may have further columns, for the source."""


def start_decoder(config: Config, model: Seq2SeqModel, tokenizers: TokenizerPair) -> None:
    """Copy the language model that the configuration names into the decoder, if it names one.

    Raises:
        CheckpointError: The language model is missing or damaged.
        ConfigError: It is a model of another task, or its vocabulary or network differs; the
            message names what differs.
    """
    name = config.training.init_decoder_from
    if name is None:
        return
    found = LanguageModel.from_pretrained(name)
    check_vocabulary(found.tokenizers, tokenizers, f"training.init_decoder_from: {name}")
    _check_networks(load_config(model_directory(name)).model, config.model, name)
    copy_weights(found.network, model, name)
    log.info("decoder started from the language model %s", name)


def copy_weights(source: nn.Module, model: Seq2SeqModel, name: str) -> None:
    """Copy the weights of a language model into a translation model.

    Args:
        source: The language model.
        model: The translation model, which is changed.
        name: Name of the language model, for errors.

    Raises:
        ConfigError: A weight has no place in the decoder, or not the same shape.
    """
    places = {**model.decoder.state_dict(keep_vars=True)}
    places |= {f"output.{key}": one for key, one in model.output.state_dict(keep_vars=True).items()}
    weights = source.state_dict()
    for key, value in weights.items():
        place = places.get(key)
        if place is None or not _fits(key, value, place):
            there = "none" if place is None else f"one of shape {list(place.shape)}"
            raise ConfigError(
                f"training.init_decoder_from: {name} has a weight {key} of shape "
                f"{list(value.shape)}, and the decoder has {there}; use the same section model"
            )
    with torch.no_grad():
        for key, value in weights.items():
            place = places[key]
            columns = place[:, : value.shape[1]] if value.dim() == 2 else place
            columns.copy_(value)


def _fits(key: str, value: Tensor, place: Tensor) -> bool:
    """Return whether a weight can be copied, perhaps into the first columns of a matrix."""
    if value.shape == place.shape:
        return True
    is_matrix = value.dim() == 2 and place.dim() == 2
    return (
        key.startswith(WIDER)
        and is_matrix
        and len(value) == len(place)
        and value.shape[1] < place.shape[1]
    )


def _check_networks(theirs: ModelConfig, ours: ModelConfig, name: str) -> None:
    """Raise ConfigError if the networks of a language model and of a decoder do not fit."""
    differences = [
        f"model.{key} is {getattr(theirs, key)} there and {getattr(ours, key)} here"
        for key in SHARED
        if getattr(theirs, key) != getattr(ours, key)
    ]
    if (theirs.readout_size or theirs.embedding_size) != (ours.readout_size or ours.embedding_size):
        differences.append("model.readout_size differs")
    if theirs.weight_tying == "none" and ours.weight_tying != "none":
        differences.append("model.weight_tying is none there, so that it must be none here")
    if theirs.weight_norm or ours.weight_norm:
        differences.append("model.weight_norm must be false in both")
    if differences:
        raise ConfigError(
            f"training.init_decoder_from: the decoder cannot start from {name}: "
            + "; ".join(differences)
        )
