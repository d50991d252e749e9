"""Settings by task: those that a task does not read, and defaults that differ from task to task.

A setting that a task does not read is refused, and a saved configuration leaves it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seq2seq.config.decoding_settings import DecodingConfig

TRANSLATION = "translation"
LANGUAGE_MODEL = "language-model"
CLASSIFICATION = "classification"
DESCRIPTION = "description"

_STREAMS = {"data.shuffle_lines", "training.truncate_after"}
"""Settings of a language model's streams."""

_NO_SOURCE = {"decoding.max_length"}
"""Settings of a decoder whose text has no source of some length."""

_VECTORS = {"model.vector_layers"}
"""Settings of the layers between a vector and a decoder."""

_POOLING = {"model.pooling"}
"""Settings of a classifier."""

_TARGETS = {
    "data.directions",
    "data.temperature",
    "data.target_language",
    "data.bleu_tokenizer",
    "data.max_length_ratio",
    "data.augment",
    "data.streaming",
    "data.block_pairs",
    "data.sample_pairs",
    "text.protect",
    "tokenizer.target_type",
    "tokenizer.target_vocab_size",
    "tokenizer.target_torchtext",
    "tokenizer.joint",
    "tokenizer.sampling",
    "model.attention",
    "model.attention_heads",
    "model.coverage",
    "model.lexical_model",
    "model.char_ngrams",
    "model.decoder_order",
    "training.source_vectors",
    "training.target_vectors",
    "training.init_decoder_from",
    "training.r_drop",
    "training.teacher_forcing",
    "training.teacher_forcing_min",
    "training.teacher_forcing_steps",
    "training.coverage_loss",
}
"""Settings of a source with a target that is a text."""

_SOURCES = {
    "data.target",
    "data.max_characters",
    "data.max_tokens",
    "data.drop_duplicates",
    "model.encoder_layers",
    "model.bidirectional",
    "decoding.coverage_penalty",
    "decoding.mbr",
    "decoding.language_model",
    "decoding.language_model_use",
    "decoding.language_model_weight",
    "decoding.split_sentences",
    "decoding.max_length_ratio",
    "decoding.max_length_extra",
    "decoding.max_source_length",
}
"""Settings of a source of limited length and of its encoder."""

_DECODERS = {
    "training.tokenizers_from",
    "model.readout_size",
    "model.decoder_layers",
    "model.weight_tying",
    *(f"decoding.{name}" for name in DecodingConfig.model_fields),
}
"""Settings of a decoder and of its search."""

_HUB = {"data.source_language", "data.hub_config", "data.train_split", "data.dev_split"}
"""Settings of a source that is a text or comes from the Hugging Face Hub."""

_UNREAD: dict[str, set[str]] = {
    TRANSLATION: _STREAMS | _NO_SOURCE | _POOLING | _VECTORS,
    LANGUAGE_MODEL: _TARGETS | _SOURCES | _POOLING | _VECTORS,
    CLASSIFICATION: _TARGETS | _DECODERS | _STREAMS | _VECTORS,
    DESCRIPTION: (_TARGETS - {"data.target_language", "data.bleu_tokenizer"})
    | (_SOURCES - {"data.target", "data.max_tokens"})
    | (_STREAMS | _POOLING | _HUB),
}

_DEFAULTS: dict[str, dict[str, dict[str, Any]]] = {
    LANGUAGE_MODEL: {
        "text": {"protect": False},
        "model": {"weight_tying": "two-way", "bidirectional": False},
    },
    CLASSIFICATION: {"text": {"protect": False}},
    DESCRIPTION: {
        "text": {"protect": False},
        "model": {"weight_tying": "two-way", "bidirectional": False},
    },
}
"""Defaults of a task. Those of settings that it does not read keep others from being checked."""


def task_of(content: Mapping[str, Any]) -> str:
    """Return the name of the task of an unvalidated configuration."""
    return str(content.get("task", TRANSLATION))


def unread_settings(content: Mapping[str, Any]) -> list[str]:
    """Return one line for each given setting that the task does not read.

    Args:
        content: Settings by section and name, not validated.
    """
    task = task_of(content)
    return [
        f"{key}: task {task} does not read it; leave it out"
        for key in sorted(_UNREAD.get(task, ()))
        if _is_given(content, key)
    ]


def reads(task: str, key: str) -> bool:
    """Return whether a task reads a setting, such as "model.attention"."""
    return key not in _UNREAD.get(task, ())


def _is_given(content: Mapping[str, Any], key: str) -> bool:
    section, _, name = key.partition(".")
    inner = content.get(section)
    return isinstance(inner, dict) and name in inner


def with_task_defaults(content: dict[str, Any]) -> dict[str, Any]:
    """Return an unvalidated configuration with the defaults of its task; given values win."""
    found = dict(content)
    for section, defaults in _DEFAULTS.get(task_of(content), {}).items():
        given = found.get(section, {})
        if isinstance(given, dict):
            found[section] = {**defaults, **given}
    return found


def without_unread(task: str, content: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration as a dictionary without the settings that its task does not read."""
    unread = _UNREAD.get(task, set())
    found = {
        section: (
            {key: value for key, value in inner.items() if f"{section}.{key}" not in unread}
            if isinstance(inner, dict)
            else inner
        )
        for section, inner in content.items()
    }
    return {section: inner for section, inner in found.items() if inner != {}}
