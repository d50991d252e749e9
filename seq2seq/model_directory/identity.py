"""Identity of a model, kept with its weights: tokenizers, network and direction.

Weights of another model of the same shape would load and translate into nonsense. Therefore a file
of weights says in its safetensors metadata which model it belongs to, and is refused by any other.

The tokenizers are compared by their fingerprint, the network by its settings. Two models of one
pair of languages may share both, as es-en and en-es do with a joint vocabulary, so that the
direction is compared too: the languages if all are named, else the columns of the data.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seq2seq.config.config import Config
from seq2seq.config.task_settings import TRANSLATION
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.errors import CheckpointError
from seq2seq.model_directory.names import CONFIG

TRAINING_ONLY = {"dropout", "dropout_over_time", "word_dropout", "forget_bias", "char_ngrams"}
"""Settings of the network that do not change what given weights compute."""

_KEY = "seq2seq"
"""Key of the metadata. There is only one: safetensors does not write several in a fixed order."""

_LANGUAGES = ("source_language", "target_language")
_COLUMNS = ("directions", "source", "target")

_LONGEST = 40
"""Characters of a value that a message shows."""


def identity(config: Config, tokenizers: TokenizerPair) -> dict[str, str]:
    """Return the metadata of weights of a model with this configuration and these tokenizers."""
    network = config.model.model_dump(mode="json", exclude=TRAINING_ONLY)
    data = config.data.model_dump(mode="json", include={*_LANGUAGES, *_COLUMNS})
    content: dict[str, Any] = {
        "tokenizers": tokenizers.fingerprint(),
        "model": network,
        "data": data,
    }
    if config.task != TRANSLATION:  # files of earlier versions name no task
        content["task"] = config.task
    return {_KEY: json.dumps(content, sort_keys=True)}


def check_identity(found: Mapping[str, str], expected: Mapping[str, str], path: Path) -> None:
    """Check that the metadata of weights is that of the model that is to have them.

    Without metadata on either side everything matches: older versions wrote none. A setting that
    only one side has is not compared, so that settings can come and go.

    Raises:
        CheckpointError: The weights are of another model; the message says what differs.
    """
    if _KEY not in found or _KEY not in expected:
        return
    try:
        theirs = json.loads(found[_KEY])
        differences = _differences(theirs, json.loads(expected[_KEY]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise CheckpointError(f"{path}: damaged: its metadata cannot be read") from None
    if differences:
        raise CheckpointError(
            f"{path}: holds the weights of another model ({'; '.join(differences)}); restore this "
            "model's own weights"
        )


def _differences(theirs: dict[str, Any], ours: dict[str, Any]) -> list[str]:
    """Describe in what the model of the weights differs from ours, one phrase per difference."""
    differences = []
    if theirs.get("task", TRANSLATION) != ours.get("task", TRANSLATION):
        differences.append(f"its task is {_shown(theirs.get('task', TRANSLATION))}")
    if theirs["tokenizers"] != ours["tokenizers"]:
        differences.append("it has other tokenizers")
    named = all(side["data"].get(name) for side in (theirs, ours) for name in _LANGUAGES)
    compared = {"model": sorted(ours["model"]), "data": _LANGUAGES if named else _COLUMNS}
    for section, names in compared.items():
        there = theirs[section]
        here = ours[section]
        for name in names:
            if name in there and name in here and there[name] != here[name]:
                value = _shown(there[name])
                own = _shown(here[name])
                differences.append(f"{section}.{name} is {value} there, {own} in {CONFIG}")
    return differences


def _shown(value: object) -> str:
    """Return a value as one short line."""
    text = json.dumps(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
