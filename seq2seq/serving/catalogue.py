"""Models of the service: which languages they translate, and those that are in memory."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from seq2seq.errors import ConfigError
from seq2seq.model_directory.description import ModelDescription, describe
from seq2seq.model_directory.foreign_files import parse_size
from seq2seq.model_directory.hub import model_directory
from seq2seq.model_directory.names import WEIGHTS
from seq2seq.model_directory.shipped_models import HOW_TO_GET_A_MODEL, shipped_models
from seq2seq.text_steps.language_names import NAMES, english_name, find_language
from seq2seq.translation.options import TranslatorOptions
from seq2seq.translation.translator import Translator

_NAMED = re.compile(r"([a-z]{2,3})-([a-z]{2,3})=(.+)")


@dataclass(frozen=True)
class Direction:
    """Model for one pair of languages.

    Attributes:
        source: Code of the source language.
        target: Code of the target language.
        directory: Model directory.
        tag: Target language as a model of several languages spells it; "" for other models.
    """

    source: str
    target: str
    directory: Path
    tag: str = ""


class Catalogue:
    """Models of the service. Weights are read on first use, and kept by size.

    Args:
        models: Models, as in `ServiceSettings.models`.
        memory: Maximum size of the models in memory, such as "1G". A model in use is kept whatever
            its size.

    Raises:
        CheckpointError: A model directory is missing or damaged.
        ConfigError: A model does not say its languages, two models have the same, or `memory` is
            not a size.
    """

    def __init__(self, models: Sequence[str], *, memory: str) -> None:
        self._most = parse_size(memory)
        self._lock = threading.Lock()
        self._loaded: OrderedDict[Path, Translator] = OrderedDict()
        self._sizes: dict[Path, int] = {}
        self.directions: dict[tuple[str, str], Direction] = {}
        for name in models or _shipped():
            for direction in _directions(name):
                self._add(direction)

    def _add(self, direction: Direction) -> None:
        pair = (direction.source, direction.target)
        if pair in self.directions:
            raise ConfigError(
                f"{direction.directory} and {self.directions[pair].directory} both translate from "
                f"{pair[0]} into {pair[1]}: serve only one of them"
            )
        self.directions[pair] = direction
        self._sizes[direction.directory] = (direction.directory / WEIGHTS).stat().st_size

    @property
    def sources(self) -> list[str]:
        """Codes of the source languages, in the order of the models."""
        return list(dict.fromkeys(source for source, _ in self.directions))

    @property
    def targets(self) -> list[str]:
        """Codes of the target languages, in the order of the models."""
        return list(dict.fromkeys(target for _, target in self.directions))

    @property
    def languages(self) -> list[str]:
        """Codes of all languages, sources first."""
        return list(dict.fromkeys([*self.sources, *self.targets]))

    def targets_of(self, source: str) -> list[str]:
        """Return the codes of the languages that texts in a language are translated into."""
        return [target for one, target in self.directions if one == source]

    def sources_of(self, target: str) -> list[str]:
        """Return the codes of the languages that are translated into a language."""
        return [source for source, one in self.directions if one == target]

    @property
    def bytes_loaded(self) -> int:
        """Size of the models in memory."""
        with self._lock:
            return sum(self._sizes[directory] for directory in self._loaded)

    def translator(self, directory: Path) -> Translator:
        """Return the translator of a model, which is loaded if it is not in memory.

        Args:
            directory: Model directory of one of the directions.

        Returns:
            The translator.

        Raises:
            CheckpointError: The model has been damaged since the service started.
        """
        with self._lock:
            found = self._loaded.get(directory)
            if found is None:
                self._make_room(self._sizes[directory])
                found = Translator.from_pretrained(directory, options=TranslatorOptions())
                self._loaded[directory] = found
            self._loaded.move_to_end(directory)
        return found

    def _make_room(self, size: int) -> None:
        """Drop the models that were used least recently, until another one fits."""
        total = sum(self._sizes[directory] for directory in self._loaded)
        while self._loaded and total + size > self._most:
            dropped, _ = self._loaded.popitem(last=False)
            total -= self._sizes[dropped]


def _shipped() -> list[str]:
    names: dict[tuple[str, str], str] = {}
    for model in shipped_models():
        names.setdefault((model.source, model.target), model.name)
    if not names:
        raise ConfigError(HOW_TO_GET_A_MODEL)
    return list(names.values())


def _directions(name: str) -> list[Direction]:
    """Return the directions of a model as it is named on the command line."""
    if named := _NAMED.fullmatch(name):
        model = describe(model_directory(named[3]))
        tag = model.tokenizers.target_language(named[2]) if model.tokenizers.languages else ""
        return [Direction(named[1], named[2], model.directory, tag)]
    model = describe(model_directory(name))
    if found := _from_configuration(model):
        return found
    raise ConfigError(
        f"{name}: the model does not say its languages; name them, such as es-en={name}"
    )


def _from_configuration(model: ModelDescription) -> list[Direction]:
    """Return the directions that the configuration of a model names, with codes of languages."""
    data = model.config.data
    tags = model.tokenizers.languages
    pairs = [tuple(one.split("-", 1)) for one in data.directions or ()]
    if not pairs and data.source_language and data.target_language:
        pairs = [(data.source_language, data.target_language)]
    return [
        Direction(
            language_code(source),
            language_code(target),
            model.directory,
            find_language(target, among=tags) or "",
        )
        for source, target in pairs
    ]


def language_code(name: str) -> str:
    """Return the code of a language that has a code or a name; the name if it is not known."""
    return find_language(name, among=NAMES) or name


def language_name(code: str) -> str:
    """Return the English name of a language."""
    return english_name(code)
