"""A model in its quantized form, as a model directory of its own: its matrices as int8, a quarter of
the bytes."""

from __future__ import annotations

import shutil
from pathlib import Path

from seq2seq.errors import CheckpointError
from seq2seq.model_directory.hub import model_directory
from seq2seq.model_directory.names import CARD, CONFIG, SHORTLIST, WEIGHTS
from seq2seq.model_directory.new_directory import make_new
from seq2seq.model_directory.store import load_model, save_weights
from seq2seq.runtime.atomic_file import atomic_write_text


def quantize(model: str | Path, output: str | Path) -> tuple[int, int]:
    """Write the quantized form of a model into `output`; return the bytes of both directories'
    weights, old and new.

    Decoding in int8, its decoder's products are those of the model as it was, to the bit unless
    weights are normalised; what is rounded besides are embeddings and the encoder. Raises
    CheckpointError if the model is damaged or quantized already, or `output` is not empty."""
    directory, output = model_directory(model), Path(output)
    loaded = load_model(directory)
    if loaded.quantized:
        raise CheckpointError(f"{directory}: is quantized already")
    make_new(output)
    loaded.tokenizers.save(output)
    save_weights(loaded.model, output / WEIGHTS, quantized=True)
    if (directory / SHORTLIST).is_file():
        shutil.copyfile(directory / SHORTLIST, output / SHORTLIST)
    before, after = ((place / WEIGHTS).stat().st_size for place in (directory, output))
    card = directory / CARD
    text = card.read_text(encoding="utf-8") if card.is_file() else f"# {directory.name}\n"
    atomic_write_text(f"{text}\n{_note(before, after)}", output / CARD)
    atomic_write_text(loaded.config.to_yaml(), output / CONFIG)
    return before, after


def _note(before: int, after: int) -> str:
    return f"""## Compact

`seq2seq quantize` has rounded the matrices to int8, one scale a row: {after / 1e6:.1f} MB of weights, where
there were {before / 1e6:.1f}. Scores above are those of the model before that.
"""
