"""Presets: default settings for a given amount of training data.

A configuration can start from a preset and override any of its values. The presets for
training from scratch were chosen by the measurements in recipes/ablation and recipes/low_resource;
the latter uses the same settings.
"""

from __future__ import annotations

import copy
from typing import Any

from seq2seq.registry import suggestion

_LITTLE_TEXT = {"augment": {"phrases": 0.3, "recombine": 0.7}}
"""Settings of the section `data` for a small corpus: make new pairs from the given ones."""

PRESETS: dict[str, dict[str, dict[str, Any]]] = {
    "tiny": {  # about 3,000 pairs
        "data": _LITTLE_TEXT,
        "tokenizer": {"type": "truecased"},
        "model": {"dropout": 0.3, "lexical_model": True, "char_ngrams": True},
        "training": {
            "r_drop": 5.0,
            "batch_tokens": 350,
            "max_steps": 12_000,
            "validate_every": 500,
        },
        "decoding": {"length_penalty": 1.3},
    },
    "small": {  # 10,000 to 30,000 pairs
        "data": _LITTLE_TEXT,
        "model": {"dropout": 0.3},
        "training": {"batch_tokens": 700, "max_steps": 8000},
    },
    "medium": {  # 100,000 pairs and more
        "model": {"dropout": 0.2},
        "training": {"batch_tokens": 1500, "max_steps": 10_000},
    },
    "adapt": {  # fine-tuning of a model on 1,000 to 10,000 pairs
        "model": {"dropout": 0.3},
        "training": {
            "init": "fresh",
            "batch_tokens": 1000,
            "learning_rate": 0.002,
            "warmup_steps": 20,
            "max_steps": 600,
            "validate_first": True,
            "validate_every": 50,
            "checkpoint_every": 50,
            "patience": 5,
        },
    },
}

_FINE_TUNING = "adapt"
"""Preset that needs a model to start from."""


def begin_from_preset(content: dict[str, Any]) -> str | None:
    """Replace the preset's name in `content` with its settings; those in `content` win.

    Returns:
        The problem with the name, or None.
    """
    name = content.pop("preset", None)
    if name is None:
        return None
    if not isinstance(name, str) or name not in PRESETS:
        hint = suggestion(str(name), PRESETS)
        return f"preset: unknown preset {name!r}{hint}; there are {', '.join(PRESETS)}"
    for section, settings in PRESETS[name].items():
        content[section] = _merge(settings, content.get(section, {}))
    training = content.get("training")
    starts = isinstance(training, dict) and training.get("init_from") is not None
    if name == _FINE_TUNING and not starts:
        return (
            "preset: adapt fine-tunes a model, so training.init_from must name one, such as es-en "
            "or runs/mine"
        )
    return None


def _merge(settings: Any, given: Any) -> Any:
    """Merge `given` into `settings`, mapping by mapping; otherwise a given value wins."""
    if not isinstance(settings, dict) or not isinstance(given, dict):
        return given  # validation reports a wrong type
    inherited = {key: copy.deepcopy(value) for key, value in settings.items() if key not in given}
    return inherited | {key: _merge(settings.get(key), value) for key, value in given.items()}
