"""Languages of a model, compared with those that a person names."""

from __future__ import annotations

from seq2seq.config.settings import DataConfig
from seq2seq.errors import ConfigError
from seq2seq.model_directory.description import ModelDescription
from seq2seq.text_steps.language_names import find_language


def target_language(model: ModelDescription, name: str) -> str:
    """Return the tag of the target language that a person names.

    Args:
        model: The model.
        name: Target language, as its tag, code or name. A model with one target language needs
            none; if it knows that language, a name of it is accepted.

    Returns:
        One of the languages of a model of several; "" if the model has only one.

    Raises:
        ConfigError: The model does not translate into that language.
    """
    tags = model.tokenizers.languages
    if tags and not name:
        return ""  # each text may name its own
    only = "" if tags else model.config.data.target_language
    if not (only and name):
        return model.tokenizers.target_language(name)
    if find_language(name, among=[only]) is None:
        raise ConfigError(f"this model translates into {only}, not into {name!r}")
    return ""


def check_source_language(model: ModelDescription, name: str) -> None:
    """Check that a model translates from a language, if it knows its source languages.

    Args:
        model: The model.
        name: Code or name of the source language; "" if none is named.

    Raises:
        ConfigError: The model translates from other languages only.
    """
    languages = _sources(model.config.data)
    if name and languages and find_language(name, among=languages) is None:
        raise ConfigError(f"this model translates from {', '.join(languages)}, not from {name!r}")


def _sources(data: DataConfig) -> list[str]:
    """Return the known source languages of a model."""
    if data.directions:
        return sorted({direction.partition("-")[0] for direction in data.directions})
    return [data.source_language] if data.source_language else []
