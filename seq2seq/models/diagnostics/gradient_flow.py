"""Gradients through time: how much of a loss's gradient reaches the states of earlier steps.

The gradient is multiplied by the recurrence's Jacobian at every step back, so it tends to shrink or
grow geometrically with distance (Bengio et al. 1994, Pascanu et al. 2013). Nothing here trains a
model or draws random numbers from torch's generator.
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
"""Function from the outputs of all steps (N, T, H) to one number per row (N,)."""

MAX_RATIO = 1000.0
"""Factor of shrinkage or growth beyond which a gradient counts as vanishing or exploding."""


def gradient_norms(
    cell: Cell, *, inputs: Tensor, loss: Loss | None = None, state: State | None = None
) -> Tensor:
    """Compute the norm of the gradient of a loss with respect to the state of each step.

    The state is everything that is carried from step to step: for an LSTM, its hidden vector and
    its cell, side by side. Its parts are treated as independent. The loss depends on the outputs,
    which are separate from the carried state; otherwise an LSTM's cell would also count the
    gradient that passes through the hidden vector.

    Rows are averaged by their root mean square, so repeating all rows changes nothing.

    Args:
        cell: Any cell; not changed.
        inputs: Inputs of all steps (N, T, I).
        loss: Function from outputs (N, T, H) to one number per row (N,). By default, the product of
            the last output with a fixed random vector of length 1.
        state: State before the first step, tensors (N, H); zeros by default.

    Returns:
        Norms (T,) in float64, by distance. The first, at distance 1, is for the state before the
        last step; the last, at distance T, is for the state before the first step.
    """
    watched = _Watched(cell)
    start = cell.initial_state(inputs[:, 0]) if state is None else state
    with torch.enable_grad():
        start = tuple(part.detach().clone().requires_grad_() for part in start)
        outputs, _ = watched(inputs, start)
        losses = (loss or last_output)(outputs)
        assert losses.shape == inputs.shape[:1], "a loss has one number per row"
        [norms] = _norms(losses, [[start, *watched.carried[:-1]]])
        return norms


def last_output(outputs: Tensor) -> Tensor:
    """Return the product (N,) of the last output (N, T, H) with a fixed random unit vector."""
    generator = torch.Generator().manual_seed(1)
    direction = torch.randn(outputs.shape[-1], generator=generator, dtype=torch.float64)
    product: Tensor = outputs[:, -1] @ (direction / direction.norm()).to(outputs)
    return product


def model_gradient_norms(model: Seq2SeqModel, source: Tensor, target: Tensor) -> dict[str, Tensor]:
    """Compute the norms of the gradient in each recurrent layer of a model.

    The loss is that of the last target token. Attention gives the gradient a path around the
    recurrence (Bahdanau et al. 2015).

    Args:
        model: Any model; not changed.
        source: Source ids (N, S) without padding.
        target: Target ids (N, T + 1) without padding, from BOS to EOS.

    Returns:
        Norms in float64 by name of the layer, for the states between its steps: (S - 1,) in the
        encoder and (T - 1,) in the decoder. Distance 1 comes first, in the layer's own direction.
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
            carried = {
                f"{place} layer {number} {way}".strip(): cell.carried[:-1]
                for (place, way, _), cells in zip(layers, watched, strict=True)
                for number, cell in enumerate(cells, start=1)
            }
            norms = _norms(losses, list(carried.values()))
            return dict(zip(carried, norms, strict=True))
    finally:
        model.train(training)


def singular_values(cell: Cell) -> dict[str, Tensor]:
    """Compute the singular values of a cell's recurrent matrices.

    A recurrence without a nonlinearity and gates scales gradients at each step by a factor between
    the smallest and the largest singular value. Cells with a linear recurrence (`mingru`,
    `minlstm`, `ssru`) and `sru` have no such matrix, but a gate for each dimension.

    Args:
        cell: Any cell that is not quantized.

    Returns:
        Singular values (H,) by name of the matrix, in descending order.
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
        The factor; NaN if there are fewer than two norms or the first one is zero.
    """
    values = norms.double()
    if len(values) < 2 or not values[0] > 0:
        return math.nan
    return float((values[-1] / values[0]) ** (1 / (len(values) - 1)))


def diagnosis(norms: Tensor) -> str:
    """Describe the course of a gradient in words, with remedies.

    A gradient vanishes if its last norm is less than the first by more than a factor of
    `MAX_RATIO`. It explodes if its largest norm exceeds the first by more than that factor.

    Args:
        norms: Norms (T,) by distance, from `gradient_norms`.

    Returns:
        A text that begins with the word vanishing, exploding, healthy or unknown.
    """
    values = norms.double()
    distance = len(values)
    first = float(values[0]) if distance else 0.0
    if distance < 2 or first == 0:
        return "unknown: there is no gradient to follow"
    overflows = (~values.isfinite()).nonzero().flatten()
    if len(overflows):
        start = int(overflows[0]) + 1
        back = "one step" if start == 1 else f"{start} steps"
        return f"exploding: from {back} back, the gradient overflows. {_AGAINST_EXPLODING}"
    growth = float(values.max()) / first
    if growth > MAX_RATIO:
        peak = int(values.argmax())
        pace = _steps(peak / math.log2(growth))
        return (
            f"exploding: {peak + 1} steps back, the gradient is {_times(growth)} that of one step "
            f"back (doubling every {pace}). {_AGAINST_EXPLODING}"
        )
    left = float(values[-1]) / first
    if left == 0:
        end = int((values == 0).nonzero()[0]) + 1
        return f"vanishing: from {end} steps back, the gradient is zero. {_AGAINST_VANISHING}"
    if left < 1 / MAX_RATIO:
        pace = _steps((distance - 1) / -math.log2(left))
        return (
            f"vanishing: after {distance} steps, a fraction of {_fraction(left)} of the gradient "
            f"is left (halving every {pace}). {_AGAINST_VANISHING}"
        )
    if float(f"{left:.2g}") > 1:
        return (
            f"healthy: {distance} steps back, the gradient is {_times(left)} that of one step back"
        )
    percent = float(f"{100 * min(left, 1.0):.2g}")
    return f"healthy: after {distance} steps, {percent:g}% of the gradient is left"


_AGAINST_EXPLODING = (
    "What helps: clipping the gradient norm, which bounds each update; orthogonal recurrent "
    "matrices, gates and layer normalization, which bound the gradient; a lower learning rate."
)
_AGAINST_VANISHING = (
    "What helps: gates that are open at first (LSTM or GRU with a forget-gate bias of 1 to 3), "
    "orthogonal or identity recurrent matrices, layer normalization, attention. Clipping does not."
)


def _fraction(left: float) -> str:
    """Return a small fraction: "0.0004", "8e-31"."""
    rounded = float(f"{left:.1g}")
    return f"{rounded:.6f}".rstrip("0") if rounded >= 1e-6 else f"{left:.0e}"


def _times(ratio: float) -> str:
    """Return a ratio above 1 in words: "11 times", "25,000 times", "1e+30 times"."""
    if ratio >= 1e6:
        return f"{ratio:.0e} times"
    return f"{float(f'{ratio:.2g}'):,g} times"


def _steps(number: float) -> str:
    """Return a number of steps, after "every": "step", "2.4 steps"."""
    text = f"{number:.2g}" if number < 100 else f"{number:,.0f}"
    return "step" if text == "1" else f"{text} steps"


class _Watched(Cell):
    """Wrapper that runs a cell step by step and records its states."""

    def __init__(self, cell: Cell) -> None:
        super().__init__(cell.input_size, cell.hidden_size)
        # Set for this instance, not for its class.
        self.state_parts = cell.state_parts  # type: ignore[misc]
        self.cell = cell
        self.carried: list[State] = []

    def project_inputs(self, x: Tensor) -> Tensor:
        return self.cell.project_inputs(x)

    def update(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        y, after = self.cell.update(inputs, state)
        # Copies receive only the gradient of the next step, not that of the output or of another
        # part of the state.
        self.carried.append(tuple(part.clone().requires_grad_() for part in after))
        return y, self.carried[-1]


@contextmanager
def _watching(layers: Sequence[nn.ModuleList]) -> Iterator[list[list[_Watched]]]:
    """Replace the cells of layers by watched ones within the context."""
    plain = [list(cells) for cells in layers]
    # ModuleList is untyped.
    watched = [[_Watched(cell) for cell in cells] for cells in plain]  # type: ignore[arg-type]
    try:
        _replace(layers, watched)
        yield watched
    finally:
        _replace(layers, plain)


def _replace(layers: Sequence[nn.ModuleList], cells: Sequence[Sequence[nn.Module]]) -> None:
    for modules, others in zip(layers, cells, strict=True):
        for index, other in enumerate(others):
            modules[index] = other


def _norms(losses: Tensor, layers: Sequence[Sequence[State]]) -> list[Tensor]:
    """Return the norms (T,) of the gradients of losses (N,) for T states, from last to first.

    One backward pass serves all layers.
    """
    parts = [part for states in layers for state in states for part in state]
    gradients = iter(
        torch.autograd.grad(losses.sum(), parts, allow_unused=True, materialize_grads=True)
        if parts
        else ()
    )
    found = []
    for states in layers:
        # In float64, the square of a small float32 does not underflow.
        norms = [
            torch.cat([next(gradients).double() for _ in state], -1).norm() for state in states
        ]
        rows = torch.stack(norms) if norms else losses.new_zeros(0, dtype=torch.float64)
        found.append(rows.flip(0).div(len(losses) ** 0.5))
    return found
