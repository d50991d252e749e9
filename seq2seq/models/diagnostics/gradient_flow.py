"""Gradients through time: how much of a loss's gradient reaches the states of earlier steps.

What a step carries on is multiplied by the recurrence's Jacobian at every step back, so the
gradient tends to shrink or to grow geometrically with distance (Bengio et al. 1994, Pascanu et al.
2013).
Nothing here trains, or draws random numbers from torch's generator.
"""

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
"""Turns the outputs of all steps (N, T, H) into one number per row (N,)."""

MAX_RATIO = 1000.0
"""A gradient that shrinks or grows by more than this factor vanishes or explodes."""


def gradient_norms(
    cell: Cell, *, inputs: Tensor, loss: Loss | None = None, state: State | None = None
) -> Tensor:
    """Compute the norm of the loss's gradient by the state at each distance back in time.

    A state is all that is carried from step to step: an LSTM's hidden vector and its cell, side by
    side. Its parts are treated as independent. The loss reads the output of a step, which is not
    differentiated through what is carried; else an LSTM's cell would also count what the hidden
    vector passes on.

    Rows are averaged as a root mean square, so that repeating all rows changes nothing.

    Args:
        cell: Any cell; left as it is.
        inputs: Inputs of all steps (N, T, I).
        loss: Turns outputs into one number per row. By default, the product of the last output with
            a fixed random vector of length 1.
        state: The state before the first step, tensors (N, H); zeros by default.

    Returns:
        Norms (T,) in float64. The first, at distance 1, is for the state that enters the last step,
        and the last, at distance T, for the state before the first step.
    """
    watched = _Watched(cell)
    start = cell.initial_state(inputs[:, 0]) if state is None else state
    with torch.enable_grad():
        start = tuple(part.detach().clone().requires_grad_() for part in start)
        outputs, _ = watched(inputs, start)
        losses = (loss or last_output)(outputs)
        assert losses.shape == inputs.shape[:1], "a loss has one number per row"
        return _norms(losses, [start, *watched.carried[:-1]])


def last_output(outputs: Tensor) -> Tensor:
    """Multiply the last of the outputs (N, T, H) by a fixed random vector of length 1: (N,)."""
    generator = torch.Generator().manual_seed(1)
    direction = torch.randn(outputs.shape[-1], generator=generator, dtype=torch.float64)
    product: Tensor = outputs[:, -1] @ (direction / direction.norm()).to(outputs)
    return product


def model_gradient_norms(model: Seq2SeqModel, source: Tensor, target: Tensor) -> dict[str, Tensor]:
    """Compute the norms of the gradient in each recurrent layer of a model.

    The loss is that of the last target token. Attention is a way past the recurrence (Bahdanau et
    al. 2015).

    Args:
        model: Any model; left as it is.
        source: Source ids (N, S) without padding.
        target: Target ids (N, T + 1) without padding, BOS to EOS.

    Returns:
        By name of a layer, the norms for the states between two of its steps: (S - 1,) in the
        encoder and (T - 1,) in the decoder, in float64. Distance 1 comes first, counted in the
        layer's own order of reading.
    """
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
    """Compute the singular values of a cell's recurrent matrices.

    A recurrence without nonlinearity and gates scales gradients at each step by factors between the
    smallest and the largest of them. Cells with a linear recurrence (`mingru`, `minlstm`, `ssru`)
    and `sru` have no such matrix, but a gate for each dimension.

    Args:
        cell: Any cell that is not quantized.

    Returns:
        Singular values (H,) by name of the matrix, the largest first.
    """
    return {
        name: torch.linalg.svdvals(
            matrix.detach().to(torch.promote_types(matrix.dtype, torch.float32))
        )
        for name, matrix in cell.recurrent_matrices().items()
    }


def rate_per_step(norms: Tensor) -> float:
    """Compute the factor by which the gradient changes per step back, as a geometric mean.

    Args:
        norms: Norms (T,) by distance, from `gradient_norms`.

    Returns:
        The factor; NaN for fewer than two norms or a first one of zero.
    """
    values = norms.double()
    if len(values) < 2 or not values[0] > 0:
        return math.nan
    return float((values[-1] / values[0]) ** (1 / (len(values) - 1)))


def diagnosis(norms: Tensor) -> str:
    """Say in words what becomes of a gradient, and what helps.

    A gradient vanishes or explodes if its last or largest norm differs from the first by more than
    a factor of `MAX_RATIO`.

    Args:
        norms: Norms (T,) by distance, from `gradient_norms`.

    Returns:
        A sentence or two that begin with "vanishing: ", "exploding: ", "healthy: " or "unknown: ".
    """
    values = norms.double()
    distance = len(values)
    first = float(values[0]) if distance else 0.0
    if distance < 2 or first == 0:
        return "unknown: there is no gradient to follow"
    overflows = (~values.isfinite()).nonzero().flatten()
    if len(overflows):
        start = int(overflows[0]) + 1
        return f"exploding: from {start} steps back, the gradient overflows. {_AGAINST_EXPLODING}"
    growth = float(values.max()) / first
    if growth > MAX_RATIO:
        peak = int(values.argmax())
        pace = _steps(peak / math.log2(growth))
        return (
            f"exploding: {peak + 1} steps back, the gradient is {growth:.0e} times that of one "
            f"step back (doubling every {pace}). {_AGAINST_EXPLODING}"
        )
    left = float(values[-1]) / first
    if left == 0:
        end = int((values == 0).nonzero()[0]) + 1
        return f"vanishing: from {end} steps back, the gradient is zero. {_AGAINST_VANISHING}"
    if left < 1 / MAX_RATIO:
        pace = _steps((distance - 1) / -math.log2(left))
        return (
            f"vanishing: after {distance} steps, {left:.0e} of the gradient is left "
            f"(halving every {pace}). {_AGAINST_VANISHING}"
        )
    return f"healthy: after {distance} steps, {left:.2g} of the gradient is left"


_AGAINST_EXPLODING = (
    "What helps: clipping the gradient norm, which bounds each update; orthogonal recurrent "
    "matrices, gates and layer normalization, which bound the gradient; a lower learning rate."
)
_AGAINST_VANISHING = (
    "What helps: gates that are open at first (LSTM or GRU with a forget-gate bias of 1 to 3), "
    "orthogonal or identity recurrent matrices, layer normalization, attention. Clipping does not."
)


def _steps(number: float) -> str:
    return f"{number:.2g} steps" if number < 100 else f"{number:.0f} steps"


class _Watched(Cell):
    """Wrapper that runs a cell step by step and keeps the states that it carries on."""

    def __init__(self, cell: Cell) -> None:
        super().__init__(cell.input_size, cell.hidden_size)
        self.state_parts = cell.state_parts  # type: ignore[misc]  # of this cell, not of its class
        self.cell = cell
        self.carried: list[State] = []

    def project_inputs(self, x: Tensor) -> Tensor:
        return self.cell.project_inputs(x)

    def update(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        y, after = self.cell.update(inputs, state)
        # Copies, so that the gradient is of what the next step reads, and not of what the output or
        # another part of the state is computed from.
        self.carried.append(tuple(part.clone().requires_grad_() for part in after))
        return y, self.carried[-1]


@contextmanager
def _watching(layers: Sequence[nn.ModuleList]) -> Iterator[list[list[_Watched]]]:
    """Replace the cells of these layers by watched ones within the context."""
    plain = [list(cells) for cells in layers]
    watched = [[_Watched(cell) for cell in cells] for cells in plain]  # type: ignore[arg-type]  # ModuleList has no type
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
    """Return the norms (T,) of the gradients of losses (N,) by T states, the last state first."""
    if not states:
        return losses.new_zeros(0, dtype=torch.float64)
    parts = [part for state in states for part in state]
    gradients = iter(
        torch.autograd.grad(
            losses.sum(), parts, retain_graph=True, allow_unused=True, materialize_grads=True
        )
    )
    # In float64, where the square of a small float32 does not underflow.
    norms = [torch.cat([next(gradients).double() for _ in state], -1).norm() for state in states]
    return torch.stack(norms).flip(0).div(len(losses) ** 0.5)
