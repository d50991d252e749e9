"""Models that come with the package, and which of them translates when none is named."""

from __future__ import annotations

from pathlib import Path

from seq2seq.errors import Seq2SeqError
from seq2seq.model_directory.names import CONFIG

SHIPPED = Path(__file__).parents[1] / "shipped"
"""Folder with one model directory per direction, made by tools/make_shipped_model.py, or none."""

FIRST = "es-en"
"""Model that is used if no target language is named."""

HOW_TO_GET_A_MODEL = (
    "no model to translate with: name one with --model DIRECTORY or $SEQ2SEQ_MODEL; `make demo` "
    "trains a first one into runs/sample_es_en, `seq2seq train CONFIG` one of your own"
)


def shipped_models() -> list[str]:
    """Return the names of the models that are there, the default one first."""
    names = [path.parent.name for path in SHIPPED.glob(f"*-*/{CONFIG}")]
    return sorted(names, key=lambda name: (name != FIRST, name))


def default_model(to: str = "") -> Path:
    """Return the directory of the shipped model for a target language.

    Args:
        to: Target language, such as "en"; "" for the default model.

    Returns:
        Path of the model directory.

    Raises:
        Seq2SeqError: There is no such model. The message says how to get one, or what there is.
    """
    names = shipped_models()
    if not names:
        raise Seq2SeqError(HOW_TO_GET_A_MODEL)
    found = [name for name in names if to in ("", name.partition("-")[2])]
    if not found:
        raise Seq2SeqError(
            f"no model that comes with seq2seq translates into {to!r}: there is "
            f"{', '.join(names)}; name another one with --model DIRECTORY"
        )
    return SHIPPED / found[0]
