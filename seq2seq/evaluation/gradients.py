"""How far back the gradient reaches in a trained model, layer by layer, on sentences of a test
set."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from statistics import fmean

import torch

from seq2seq.data.tokenizers.vocabulary import BOS, EOS
from seq2seq.model_directory.store import load_model
from seq2seq.models.cells import Cell
from seq2seq.models.diagnostics.gradient_flow import (
    diagnosis,
    model_gradient_norms,
    singular_values,
)
from seq2seq.models.model import Seq2SeqModel
from seq2seq.reports.findings import GradientFlow

SENTENCES = 8
LONGEST = 60
"""Tokens of a sentence that is looked at: the cost is in each step's own gradient."""


def gradient_flows(
    model: Path, sources: Sequence[str], references: Sequence[str], to: str = ""
) -> list[GradientFlow]:
    """The gradient's norm at each distance back, in each recurrent layer, of a few of the longest
    sentences.

    Each number is the mean over the sentences that are long enough, as the root of the mean square.
    """
    loaded = load_model(model, "cpu")
    encoded = zip(
        loaded.tokenizers.encode_sources(sources, [to] * len(sources)),
        loaded.tokenizers.target.encode(references),
        strict=True,
    )
    pairs = [
        (source, target)
        for source, target in encoded
        if source and max(len(source), len(target)) <= LONGEST
    ]
    pairs = sorted(pairs, key=lambda pair: len(pair[0]) + len(pair[1]))[-SENTENCES:]
    squares: dict[str, list[list[float]]] = {}
    for source, target in pairs:
        ids = torch.tensor([[*source, EOS]]), torch.tensor([[BOS, *target, EOS]])
        for layer, norms in model_gradient_norms(loaded.model, *ids).items():
            squares.setdefault(layer, []).append(norms.square().tolist())
    cells = _cells(loaded.model)
    flows = []
    for (layer, found), cell in zip(squares.items(), cells, strict=bool(squares)):
        columns = (
            [value for value in column if value is not None] for column in zip_longest(*found)
        )
        norms = torch.tensor([fmean(column) ** 0.5 for column in columns], dtype=torch.float64)
        values = [value for matrix in singular_values(cell).values() for value in matrix.tolist()]
        ends = (min(values), max(values)) if values else None
        flows.append(GradientFlow(layer, norms.tolist(), diagnosis(norms), ends))
    return flows


def _cells(model: Seq2SeqModel) -> list[Cell]:
    """The cells of the layers in the order that their gradients come in."""
    backwards = model.encoder.backward_cells or ()
    return [*model.encoder.forward_cells, *backwards, *model.decoder.cells]
