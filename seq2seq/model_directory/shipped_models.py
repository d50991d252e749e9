"""The models that come with the package, and which of them translates when none is named.

It knows their names, such as es-en, and opens none of them.
"""

from __future__ import annotations

from pathlib import Path

from seq2seq.errors import Seq2SeqError
from seq2seq.model_directory.names import CONFIG

SHIPPED = Path(__file__).parents[1] / "shipped"
"""Holds a model directory for each direction, made by tools/make_shipped_model.py; there may be
none."""

FIRST = "es-en"
"""What is taken where nothing says into which language."""

HOW_TO_GET_A_MODEL = (
    "no model to translate with: name one with --model DIRECTORY or $SEQ2SEQ_MODEL; `make demo` "
    "trains a first one "
    "into runs/sample_es_en, `seq2seq train CONFIG` one of your own"
)


def shipped_models() -> list[str]:
    """The names of the models that are there, the one to take first at the front."""
    names = [path.parent.name for path in SHIPPED.glob(f"*-*/{CONFIG}")]
    return sorted(names, key=lambda name: (name != FIRST, name))


def default_model(to: str = "") -> Path:
    """The directory of the shipped model that translates into the language `to`, or of the first
    one.

    Raises Seq2SeqError if there is none: one that says how to get a model, or what there is.
    """
    names = shipped_models()
    if not names:
        raise Seq2SeqError(HOW_TO_GET_A_MODEL)
    found = [name for name in names if to in ("", name.partition("-")[2])]
    if not found:
        raise Seq2SeqError(
            f"no model that comes with seq2seq translates into {to!r}: there is "
            f"{', '.join(names)}; name another one "
            "with --model DIRECTORY"
        )
    return SHIPPED / found[0]
