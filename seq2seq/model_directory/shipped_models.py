"""Models that come with the package: their names, and which of them translates between languages.

A shipped model has a name, such as "es-en", which can be given wherever a model directory can. The
module imports no torch.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from seq2seq.errors import Seq2SeqError
from seq2seq.model_directory.card_sources import read_card
from seq2seq.model_directory.front_matter import without_front_matter
from seq2seq.model_directory.names import CONFIG
from seq2seq.text_steps.language_names import english_name, find_language

log = logging.getLogger("seq2seq.model_directory")

SHIPPED = Path(__file__).parents[1] / "shipped"
"""Folder with one model directory per direction, made by tools/train_shipped.py, or none."""

FIRST = "es-en"
"""Model that is used if no language is named."""

HOW_TO_GET_A_MODEL = (
    "no model to translate with: name one with --model DIRECTORY or $SEQ2SEQ_MODEL; `make demo` "
    "trains a first one into runs/sample_es_en, `seq2seq train CONFIG` one of your own"
)


@dataclass(frozen=True)
class ShippedModel:
    """A model that comes with the package.

    Attributes:
        name: Source and target language, and perhaps a variant: "es-en", "es-en-large".
    """

    name: str

    @property
    def source(self) -> str:
        """Code of the source language."""
        return self.name.split("-")[0]

    @property
    def target(self) -> str:
        """Code of the target language."""
        return self.name.split("-")[1]

    @property
    def directory(self) -> Path:
        """Path of the model directory."""
        return SHIPPED / self.name

    @property
    def size(self) -> int:
        """Size of all files, in bytes."""
        return sum(path.stat().st_size for path in self.directory.rglob("*") if path.is_file())

    @property
    def description(self) -> str:
        """Heading of the model card: the languages, and what the model is for."""
        lines = without_front_matter(read_card(self.directory)).splitlines()
        languages = f"{english_name(self.source)} to {english_name(self.target)}"
        return next((line[2:].strip() for line in lines if line.startswith("# ")), languages)


def shipped_models() -> list[ShippedModel]:
    """Return the shipped models that are there, the default one first, variants after the plain."""
    found = [ShippedModel(path.parent.name) for path in SHIPPED.glob(f"*-*/{CONFIG}")]
    return sorted(
        found,
        key=lambda one: (
            [one.source, one.target] != FIRST.split("-"),
            one.name.count("-"),
            one.name,
        ),
    )


def default_model(to: str = "", *, from_: str = "") -> Path:
    """Return the directory of the shipped model that translates between two languages.

    Args:
        to: Code or name of the target language, such as "en" or "English"; "" for any.
        from_: Code or name of the source language; "" for any.

    Returns:
        Path of the model directory.

    Raises:
        Seq2SeqError: There is no such model. The message says how to get one, or what there is.
    """
    models = shipped_models()
    if not models:
        raise Seq2SeqError(HOW_TO_GET_A_MODEL)
    for model in models:
        if _matches(from_, model.source) and _matches(to, model.target):
            return model.directory
    wanted = [f"from {from_!r}"] if from_ else []
    wanted += [f"into {to!r}"] if to else []
    raise Seq2SeqError(
        f"no model that comes with seq2seq translates {' '.join(wanted)}: there is "
        f"{_listed(models)}; name another one with --model DIRECTORY"
    )


def local_directory(model: str | Path) -> Path:
    """Return the path that a model's name means on this computer.

    A file or directory of that name wins over a shipped model, and the log says so.

    Args:
        model: Path of a model directory, or the name of a shipped model.

    Returns:
        Path of the directory, which need not exist.
    """
    path = Path(model)
    for shipped in shipped_models():
        if shipped.name == str(model):
            if not path.exists():
                return shipped.directory
            log.info("%s: the one in this directory, not the model that comes with seq2seq", model)
    return path


def list_of_models() -> str:
    """Return a table of the shipped models: name, size and description, one per line."""
    models = shipped_models()
    width = max((len(one.name) for one in models), default=0)
    return "\n".join(
        f"{one.name:{width}}  {one.size / 1e6:4.1f} MB  {one.description}" for one in models
    )


def _matches(wanted: str, language: str) -> bool:
    """Return whether a language is the wanted one; "" is any."""
    return not wanted or find_language(wanted, among=[language]) is not None


def _listed(models: list[ShippedModel]) -> str:
    """Return the names of models with their languages, for a message."""
    return ", ".join(
        f"{one.name} ({english_name(one.source)} to {english_name(one.target)})" for one in models
    )
