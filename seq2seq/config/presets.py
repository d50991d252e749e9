"""Presets: the settings that so much text wants, which a configuration begins from and may change
in any part.

What they rest on is measured in recipes/ablation and recipes/low_resource, which hold the same
settings. This file knows names and values, and checks nothing."""

from __future__ import annotations

from typing import Any

from seq2seq.registry import suggestion

_LITTLE_TEXT = {"phrases": 0.3, "recombined": 0.7}
"""Of the data: new pairs made of those that there are."""

PRESETS: dict[str, dict[str, dict[str, Any]]] = {
    "tiny": {  # some 3,000 pairs
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
    "small": {  # 10,000 to 30,000
        "data": _LITTLE_TEXT,
        "model": {"dropout": 0.3},
        "training": {"batch_tokens": 700, "max_steps": 8000},
    },
    "medium": {  # 100,000 and more
        "model": {"dropout": 0.2},
        "training": {"batch_tokens": 1500, "max_steps": 10_000},
    },
}


def begin_from_preset(content: dict[str, Any]) -> str | None:
    """Put what the preset that `content` names sets, and `content` does not, into `content`, in
    place of its name.

    Return what is wrong with the name, or None.
    """
    name = content.pop("preset", None)
    if name is None:
        return None
    if not isinstance(name, str) or name not in PRESETS:
        return f"preset: unknown preset {name!r}{suggestion(str(name), PRESETS)}; there are {', '.join(PRESETS)}"
    for section, settings in PRESETS[name].items():
        given = content.get(section, {})
        if isinstance(given, dict):  # what else it may be is the validation's to report
            content[section] = {**settings, **given}
    return None
