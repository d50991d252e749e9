"""Gradients through time: how much of a loss's gradient reaches the states of ever earlier steps,
in figures and words.

What a step carries on is multiplied by the recurrence's Jacobian at every step back, so that the
gradient tends to shrink or to grow geometrically with distance (Bengio et al. 1994, Pascanu et al.
2013). Nothing here trains or draws."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seq2seq.models.cells import Cell, State
from seq2seq.models.model import Seq2SeqModel

Loss = Callable[[Tensor], Tensor]
"""Of the outputs (N, T, H) of all steps one number for each row, (N,)."""

BOUND = 1000.0
"""A gradient that shrinks or grows by more than this, from the nearest state to the farthest, is in
trouble."""


def gradient_norms(
    cell: Cell, xs: Tensor, loss: Loss | None = None, state: State | None = None
) -> Tensor:
    """The norm of the loss's gradient with respect to the state at each distance back in time.

    xs (N, T, I) -> (T,) in float64. The first number, of distance 1, is of the state that enters
    the last step, and the last one, of distance T, of the state before the first step (`state`,
    zeros unless given). A state is all that is carried from step to step, an LSTM's hidden vector
    and cell side by side, as numbers of their own: the output that a step gives is read by the loss
    and not differentiated through what is carried, else an LSTM's cell would count what the hidden
    vector passes on as its own too.

    `loss` gives one number for each row; by default the last output's product with a fixed random
    vector of length 1. Rows are averaged as the root of the mean square, so that repeating all rows
    changes nothing."""
    watched = _Watched(cell)
    start = cell.initial_state(xs[:, 0]) if state is None else state
    with torch.enable_grad():
        start = tuple(part.detach().clone().requires_grad_() for part in start)
        outputs, _ = watched(xs, start)
        losses = (loss or last_output)(outputs)
        assert losses.shape == xs.shape[:1], "a loss has one number for each row"
        return _norms(losses, [start, *watched.carried[:-1]])


def last_output(outputs: Tensor) -> Tensor:
    """The last of the outputs (N, T, H) times a vector of length 1 that is always the same:
    (N,)."""
    generator = torch.Generator().manual_seed(1)
    direction = torch.randn(outputs.shape[-1], generator=generator, dtype=torch.float64)
    product: Tensor = outputs[:, -1] @ (direction / direction.norm()).to(outputs)
    return product


def model_gradient_norms(model: Seq2SeqModel, source: Tensor, target: Tensor) -> dict[str, Tensor]:
    """For each recurrent layer of a model, the gradient of what predicting the last target token
    costs.

    source (N, S) and target (N, T + 1), BOS to EOS, are ids without padding. A layer's norms are
    those of the states that it carries between two of its steps, (S - 1,) in the encoder and (T -
    1,) in the decoder, at distance 1 first and counted in the layer's own order of reading.
    Attention leads past the recurrence: see Bahdanau et al. (2015)."""
    layers = [
        ("encoder", "forwards", model.encoder.forward_cells),
        ("decoder", "", model.decoder.cells),
    ]
    if model.encoder.backward_cells is not None:
        layers.insert(1, ("encoder", "backwards", model.encoder.backward_cells))
    lengths = source.new_full((len(source),), source.shape[1])
    training = model.training
    model.eval()
    try:
        with torch.enable_grad(), _watching([cells for _, _, cells in layers]) as watched:
            logits = model(source, lengths, target[:, :-1])
            losses = F.cross_entropy(logits[:, -1], target[:, -1], reduction="none")
            return {
                f"{place} layer {number} {way}".strip(): _norms(losses, cell.carried[:-1])
                for (place, way, _), cells in zip(layers, watched, strict=True)
                for number, cell in enumerate(cells, start=1)
            }
    finally:
        model.train(training)


def singular_values(cell: Cell) -> dict[str, Tensor]:
    """The singular values (H,) of each recurrent matrix, the largest first; none where no step
    multiplies by one.

    A recurrence without nonlinearity and gates passes gradients on scaled by numbers between the
    smallest and the largest of them at each step. Cells with a linear recurrence (`mingru`,
    `minlstm`, `ssru`) and `sru` have no such matrix, but gates of their inputs for each dimension.
    """
    return {
        name: torch.linalg.svdvals(
            matrix.detach().to(torch.promote_types(matrix.dtype, torch.float32))
        )
        for name, matrix in cell.recurrent_matrices().items()
    }


def rate_per_step(norms: Tensor) -> float:
    """What a step back multiplies the gradient by, the geometric mean over norms (T,) from the
    first to the last."""
    values = norms.double()
    if len(values) < 2 or not values[0] > 0:
        return math.nan
    return float((values[-1] / values[0]) ** (1 / (len(values) - 1)))


def diagnosis(norms: Tensor) -> str:
    """In words, what becomes of a gradient of these norms (T,), and what helps; begins with the
    word for it.

    vanishing or exploding where more than a factor of `BOUND` lies between the first and the last
    norm, or the largest one; else healthy."""
    values = norms.double()
    distance, first = len(values), float(values[0]) if len(values) else 0.0
    if distance < 2 or first == 0:
        return "unknown: there is no gradient to follow"
    wild = (~values.isfinite()).nonzero().flatten()
    if len(wild):
        where = f"from {int(wild[0]) + 1} steps back on the gradient is too large for a number"
        return f"exploding: {where}. {_AGAINST_EXPLODING}"
    if float(values.max()) / first > BOUND:
        peak = int(values.argmax())
        growth = f"{peak + 1} steps back the gradient is {float(values[peak]) / first:.0e} times what it is after one"
        pace = f"doubled every {_steps(peak / math.log2(float(values[peak]) / first))}"
        return f"exploding: {growth} ({pace}). {_AGAINST_EXPLODING}"
    left = float(values[-1]) / first
    if left == 0:
        gone = int((values == 0).nonzero()[0]) + 1
        return f"vanishing: from {gone} steps back on nothing of the gradient is left. {_AGAINST_VANISHING}"
    if left < 1 / BOUND:
        pace = f"halved every {_steps((distance - 1) / -math.log2(left))}"
        return f"vanishing: after {distance} steps {left:.0e} of the gradient is left ({pace}). {_AGAINST_VANISHING}"
    return f"healthy: after {distance} steps {left:.2g} of the gradient is left"


_AGAINST_EXPLODING = (
    "What helps: clipping the gradient's norm, which bounds the step that is taken; orthogonal "
    "recurrent matrices, "
    "gates and layer normalisation, which bound the gradient; a lower learning rate."
)
_AGAINST_VANISHING = (
    "What helps: gates that begin open (LSTM or GRU with a forget-gate bias of 1 to 3), "
    "orthogonal or identity "
    "recurrent matrices, layer normalisation, attention. Clipping does not."
)


def _steps(number: float) -> str:
    return f"{number:.2g} steps" if number < 100 else f"{number:.0f} steps"


class _Watched(Cell):
    """A cell, step by step, that keeps the states it carries on."""

    def __init__(self, cell: Cell) -> None:
        super().__init__(cell.input_size, cell.hidden_size)
        self.state_parts = cell.state_parts  # type: ignore[misc]  # of this cell, not of its class
        self.cell = cell
        self.carried: list[State] = []

    def project_inputs(self, x: Tensor) -> Tensor:
        return self.cell.project_inputs(x)

    def update(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        y, after = self.cell.update(inputs, state)
        # Copies: what the next step reads, and not what the output or another part of the state is
        # made of.
        self.carried.append(tuple(part.clone().requires_grad_() for part in after))
        return y, self.carried[-1]


@contextmanager
def _watching(layers: Sequence[nn.ModuleList]) -> Iterator[list[list[_Watched]]]:
    """Let the cells in these lists be watched ones for a while."""
    plain = [list(cells) for cells in layers]
    watched = [[_Watched(cell) for cell in cells] for cells in plain]  # type: ignore[arg-type]  # as torch has it
    try:
        _replace(layers, watched)
        yield watched
    finally:
        _replace(layers, plain)


def _replace(layers: Sequence[nn.ModuleList], cells: Sequence[Sequence[nn.Module]]) -> None:
    for modules, others in zip(layers, cells, strict=True):
        for index, other in enumerate(others):
            modules[index] = other


def _norms(losses: Tensor, states: Sequence[State]) -> Tensor:
    """The norms of the gradients of losses (N,) with respect to T states, of the last state first:
    (T,)."""
    if not states:
        return losses.new_zeros(0, dtype=torch.float64)
    parts = [part for state in states for part in state]
    gradients = iter(
        torch.autograd.grad(
            losses.sum(), parts, retain_graph=True, allow_unused=True, materialize_grads=True
        )
    )
    # In float64, where the square of a small float32 is a number too.
    norms = [torch.cat([next(gradients).double() for _ in state], -1).norm() for state in states]
    return torch.stack(norms).flip(0).div(len(losses) ** 0.5)
