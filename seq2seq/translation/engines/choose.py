"""Choice of an engine: native where it supports what is asked of it, otherwise PyTorch."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from seq2seq.config.settings import DecodingConfig
from seq2seq.errors import ConfigError
from seq2seq.model_directory.description import ModelDescription, describe
from seq2seq.model_directory.foreign_files import check_memory
from seq2seq.model_directory.names import WEIGHTS
from seq2seq.runtime.extras import require
from seq2seq.text_steps.language_names import find_language
from seq2seq.translation.engines.contract import Engine, Search
from seq2seq.translation.engines.native_engine import (
    NativeEngine,
    load_native,
    unsupported_model,
    unsupported_search,
)
from seq2seq.translation.options import AUTO, TranslatorOptions

ENGINES = (AUTO, "native", "torch")

VARIABLE = "SEQ2SEQ_ENGINE"
"""Environment variable that names the engine if nothing else does."""


def describe_all(directories: Sequence[Path], *, verify: bool = False) -> list[ModelDescription]:
    """Read the directories of a model, or of the models of an ensemble, but for the weights.

    Args:
        directories: Model directories.
        verify: As in `TranslatorOptions`.

    Returns:
        Their descriptions.

    Raises:
        CheckpointError: A file is missing or damaged.
        ConfigError: The models have different tokenizers, or are of different languages.
    """
    described = [describe(directory, verify=verify) for directory in directories]
    for one in described:
        if one.tokenizers.fingerprint() != described[0].tokenizers.fingerprint():
            raise ConfigError(
                f"{one.directory}: an ensemble needs the same tokenizers, but those of "
                f"{directories[0]} differ; to compare models, use `seq2seq compare`"
            )
        _check_languages(described[0], one)
    return described


def _check_languages(first: ModelDescription, other: ModelDescription) -> None:
    """Raise ConfigError if two models of an ensemble are known to be of different languages."""
    for name in ("source_language", "target_language"):
        one = getattr(first.config.data, name)
        two = getattr(other.config.data, name)
        if one and two and find_language(one, among=[two]) is None:
            side = "from" if name == "source_language" else "into"
            raise ConfigError(
                f"{other.directory}: translates {side} {two}, but {first.directory} {side} {one}; "
                "an ensemble needs models of the same languages"
            )


def make_engine(
    models: Sequence[ModelDescription],
    *,
    options: TranslatorOptions,
    decoding: DecodingConfig,
    device: str,
) -> Engine:
    """Load models into the engine that the options name, or the one that suits them.

    Args:
        models: A single model, or the models of an ensemble.
        options: Options for loading.
        decoding: Decoding settings.
        device: Device to compute on.

    Returns:
        The engine.

    Raises:
        CheckpointError: A file is missing or damaged.
        ConfigError: There is no such engine, or it does not support an option.
        Seq2SeqError: PyTorch is needed and is not installed.
    """
    name = options.engine or os.environ.get(VARIABLE, "") or AUTO
    if name not in ENGINES:
        raise ConfigError(f"unknown engine {name!r}; known: {', '.join(ENGINES)}")
    for one in models:
        check_memory(one.directory / WEIGHTS, quantized=one.quantized, limit=options.memory_limit)
    if name == "torch":
        return _torch(models, options, device, "")
    reason = unsupported_model(models, options=options, device=device)
    if name == "native":
        reason = reason or unsupported_search(decoding)
        if reason:
            raise ConfigError(f"the native engine does not support {reason}; use engine torch")
        return load_native(models[0], options=options)
    if reason:
        return _torch(models, options, device, reason)
    return AutomaticEngine(
        load_native(models[0], options=options),
        lambda reason: _torch(models, options, device, reason),
    )


def _torch(
    models: Sequence[ModelDescription], options: TranslatorOptions, device: str, reason: str
) -> Engine:
    """Load models into PyTorch, which `reason` needs, such as a setting."""
    require("train", reason or "the engine torch")
    from seq2seq.translation.engines.load_torch import load_torch

    return load_torch(models, options=options, device=device)


class AutomaticEngine(Engine):
    """The native engine, and PyTorch for the searches that it does not support.

    Args:
        native: The native engine.
        load: Loads the same model into PyTorch; takes the setting that needs it.
    """

    name = AUTO

    def __init__(self, native: NativeEngine, load: Callable[[str], Engine]) -> None:
        self.dtype = native.dtype
        self._native = native
        self._load = load
        self._torch: Engine | None = None

    def search(self, decoding: DecodingConfig) -> Search:
        """Return a search of the engine that supports the settings; see `Engine.search`."""
        reason = unsupported_search(decoding)
        if not reason:
            return self._native.search(decoding)
        if self._torch is None:
            self._torch = self._load(reason)
        return self._torch.search(decoding)

    def score(
        self, sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]
    ) -> list[float]:
        """Score given translations; see `Engine.score`."""
        return self._native.score(sources, targets)
