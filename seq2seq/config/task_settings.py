"""Settings by task: those that a task does not read, and defaults that differ from task to task.

A setting that a task does not read is refused, and a saved configuration leaves it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TRANSLATION = "translation"
LANGUAGE_MODEL = "language-model"

_ONLY_STREAMS = {"data.shuffle_lines", "training.truncate_after", "decoding.max_length"}
"""Settings of the streams that a language model reads."""

_ONLY_PAIRS = {
    "data.target",
    "data.directions",
    "data.temperature",
    "data.target_language",
    "data.bleu_tokenizer",
    "data.max_characters",
    "data.max_tokens",
    "data.max_length_ratio",
    "data.drop_duplicates",
    "data.augment",
    "data.streaming",
    "data.block_pairs",
    "data.sample_pairs",
    "text.protect",
    "tokenizer.target_vocab_size",
    "tokenizer.target_torchtext",
    "tokenizer.joint",
    "tokenizer.sampling",
    "model.encoder_layers",
    "model.bidirectional",
    "model.attention",
    "model.attention_heads",
    "model.coverage",
    "model.lexical_model",
    "model.char_ngrams",
    "model.decoder_order",
    "training.source_vectors",
    "training.target_vectors",
    "training.r_drop",
    "training.teacher_forcing",
    "training.teacher_forcing_min",
    "training.teacher_forcing_steps",
    "training.coverage_loss",
    "decoding.coverage_penalty",
    "decoding.mbr",
    "decoding.split_sentences",
    "decoding.max_length_ratio",
    "decoding.max_length_extra",
    "decoding.max_source_length",
}
"""Settings of pairs, encoders and attention."""

_UNREAD: dict[str, set[str]] = {TRANSLATION: _ONLY_STREAMS, LANGUAGE_MODEL: _ONLY_PAIRS}

_DEFAULTS: dict[str, dict[str, dict[str, Any]]] = {
    LANGUAGE_MODEL: {
        "text": {"protect": False},
        "model": {"weight_tying": "two-way", "bidirectional": False},
    }
}


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
    return {
        section: (
            {key: value for key, value in inner.items() if f"{section}.{key}" not in unread}
            if isinstance(inner, dict)
            else inner
        )
        for section, inner in content.items()
    }
