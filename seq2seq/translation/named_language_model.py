"""Path of the language model that the configuration of a model directory names.

Whoever translates may name any language model. A model directory may come from a stranger, so its
configuration may only name one inside the directory: it must not make the program open other files,
nor fetch anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from seq2seq.config.settings import DecodingConfig
from seq2seq.errors import ConfigError
from seq2seq.model_directory.names import CONFIG

_SHOWN = 80
"""Maximum number of characters of a path that an error shows."""


def with_own_language_model(
    decoding: DecodingConfig, directory: Path, given: Mapping[str, object]
) -> DecodingConfig:
    """Return decoding settings with the full path of a language model inside a model directory.

    Args:
        decoding: Settings of the directory, changed by the given ones.
        directory: The model directory.
        given: Settings from whoever translates.

    Returns:
        The settings; unchanged if they name no language model, or `given` does.

    Raises:
        ConfigError: The configuration of the directory names a language model outside it.
    """
    name = decoding.language_model
    if name is None or "language_model" in given:
        return decoding
    inside = _inside(directory, name)
    if inside is None:
        raise ConfigError(
            f"{directory / CONFIG}: decoding.language_model is {name[:_SHOWN]!r}, which is not a "
            "folder of this model directory and is not opened; name it with --set "
            "language_model=PATH, or do without it with --set language_model=null"
        )
    return decoding.model_copy(update={"language_model": str(inside)})


def _inside(directory: Path, name: str) -> Path | None:
    """Return the folder that a relative path leads to, or None if it is not in the directory."""
    try:
        root = directory.resolve()
        found = (root / name).resolve()
        is_inside = root in found.parents and found.is_dir()
    except (OSError, ValueError, RuntimeError):  # too long, with a NUL, or a loop of links
        return None
    return found if is_inside else None
