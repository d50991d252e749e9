"""Quantize a model: a model directory with its matrices as int8, a quarter of the bytes."""

from __future__ import annotations

import shutil
from pathlib import Path

from seq2seq.errors import CheckpointError
from seq2seq.model_directory.card_sources import read_card
from seq2seq.model_directory.hub import model_directory
from seq2seq.model_directory.manifest import seal
from seq2seq.model_directory.names import CARD, CONFIDENCE, CONFIG, SHORTLIST, WEIGHTS
from seq2seq.model_directory.new_directory import new_directory
from seq2seq.model_directory.store import load_model, save_weights
from seq2seq.runtime.atomic_file import atomic_write_text


def quantize(model: str | Path, *, output: str | Path) -> tuple[int, int]:
    """Write the quantized form of a model as a model directory.

    Decoding in int8, the decoder's products are those of the model before, to the bit unless its
    weights are normalized. Embeddings and the encoder are rounded.

    Args:
        model: Model directory, name of a shipped model, or name on the Hugging Face Hub.
        output: Directory to write, absent or empty.

    Returns:
        Bytes of the weights before and after.

    Raises:
        CheckpointError: The model is damaged or quantized already, or `output` is not empty.
        StorageError: `output` cannot be written, or is being written to.
    """
    directory = model_directory(model)
    output = Path(output)
    loaded = load_model(directory, verify=True)
    if loaded.quantized:
        raise CheckpointError(f"{directory}: is quantized already")
    before = (directory / WEIGHTS).stat().st_size
    text = read_card(directory) or f"# {directory.name}\n"
    with new_directory(output):
        loaded.tokenizers.save(output)
        save_weights(loaded.model, output / WEIGHTS, quantized=True)
        after = (output / WEIGHTS).stat().st_size
        for name in (SHORTLIST, CONFIDENCE):
            if (directory / name).is_file():
                shutil.copyfile(directory / name, output / name)
        atomic_write_text(f"{text}\n{_note(before, after)}", output / CARD)
        atomic_write_text(loaded.config.to_yaml(), output / CONFIG)
        seal(output)
    return before, after


def _note(before: int, after: int) -> str:
    """Return a section for the model card."""
    return f"""## Quantized

`seq2seq quantize` has rounded the matrices to int8, with one scale per row: {after / 1e6:.1f} MB of
weights instead of {before / 1e6:.1f} MB. Scores above are those of the model before that.
"""
