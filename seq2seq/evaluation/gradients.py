"""Gradient norms back through time in a trained model, per layer, on sentences of a test set."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from statistics import fmean

import torch

from seq2seq.data.tokenizers.vocabulary import BOS, EOS
from seq2seq.model_directory.store import LoadedModel
from seq2seq.models.cells import Cell
from seq2seq.models.diagnostics.gradient_flow import (
    diagnosis,
    model_gradient_norms,
    singular_values,
)
from seq2seq.models.model import Seq2SeqModel
from seq2seq.reports.findings import GradientFlow

MAX_SENTENCES = 8
"""Number of sentences that are looked at."""

MAX_TOKENS = 60
"""Maximum number of tokens of such a sentence: each step's own gradient is costly."""


def gradient_flows(
    loaded: LoadedModel, sources: Sequence[str], references: Sequence[str], to: str
) -> list[GradientFlow]:
    """Measure the gradient's norm at each distance back in time, in each recurrent layer.

    Args:
        loaded: A model on the CPU, not quantized.
        sources: Source texts; a few of the longest that are not too long are taken.
        references: A reference of each.
        to: Target language, for a model of several.

    Returns:
        For each layer the root mean square of the norms over the sentences that are long enough.
    """
    encoded = zip(
        *loaded.tokenizers.encode_pairs(sources, references, to=[to] * len(sources)), strict=True
    )
    pairs = [
        (source, target)
        for source, target in encoded
        if source and max(len(source), len(target)) <= MAX_TOKENS
    ]
    pairs = sorted(pairs, key=lambda pair: len(pair[0]) + len(pair[1]))[-MAX_SENTENCES:]
    squares: dict[str, list[list[float]]] = {}
    for source, target in pairs:
        source_ids = torch.tensor([[*source, EOS]])
        target_ids = torch.tensor([[BOS, *target, EOS]])
        for layer, norms in model_gradient_norms(loaded.model, source_ids, target_ids).items():
            squares.setdefault(layer, []).append(norms.square().tolist())
    cells = _cells(loaded.model)
    return [
        _flow(layer, found, cell)
        for (layer, found), cell in zip(squares.items(), cells, strict=bool(squares))
    ]


def _flow(layer: str, squares: Sequence[Sequence[float]], cell: Cell) -> GradientFlow:
    """Average the squared norms of sentences of different lengths; diagnose the result."""
    columns = ([value for value in column if value is not None] for column in zip_longest(*squares))
    norms = torch.tensor([fmean(column) ** 0.5 for column in columns], dtype=torch.float64)
    values = [value for matrix in singular_values(cell).values() for value in matrix.tolist()]
    extremes = (min(values), max(values)) if values else None
    return GradientFlow(layer, norms.tolist(), diagnosis(norms), extremes)


def _cells(model: Seq2SeqModel) -> list[Cell]:
    """Return the cells in the order in which `model_gradient_norms` gives their layers."""
    backward = model.encoder.backward_cells or ()
    return [*model.encoder.forward_cells, *backward, *model.decoder.cells]
