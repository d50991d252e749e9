"""Cells with a linear recurrence, h' = keep * h + add, whose gates see only the input.

The matrix products of all steps are a single product, which leaves an elementwise product and a sum
for each step. A step does not mix the dimensions of the state; the layers do.

In plain code: `min_gru`, `min_lstm` and `ssru` in docs/learn/plain.py.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from seq2seq.models.cells.cell import CELLS, Cell, State, gated_linear


class LinearCell(Cell):
    """Base class for cells with a linear recurrence; a subclass defines `coefficients`."""

    mixes_state = False

    gates: ClassVar[int]
    """Number of gates; the first one keeps the past."""

    def __init__(self, input_size: int, hidden_size: int, forget_bias: float = 1.0) -> None:
        super().__init__(input_size, hidden_size)
        self.input = gated_linear(input_size, hidden_size, self.gates)
        with torch.no_grad():
            self.input.bias[:hidden_size] = forget_bias

    def coefficients(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Compute the coefficients of the recurrence.

        Args:
            inputs: Projected inputs (…, G).

        Returns:
            The factor `keep` (…, H) for the state and the term `add` (…, H).
        """
        raise NotImplementedError

    def output(self, h: Tensor) -> Tensor:
        """Compute the output (…, H) from the state (…, H); by default, the state itself."""
        return h

    def project_inputs(self, x: Tensor) -> Tensor:
        projected: Tensor = self.input(x)
        return projected

    def gate_values(self, inputs: Tensor, state: State) -> dict[str, Tensor]:
        keep, _ = self.coefficients(inputs)
        return {"forget": keep, "candidate": inputs.chunk(self.gates, -1)[-1]}

    def update(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        keep, add = self.coefficients(inputs)
        h = torch.addcmul(add, keep, state[0].to(add.dtype))
        return self.output(h), (h,)

    def forward(self, xs: Tensor, state: State) -> tuple[Tensor, State]:
        keep, add = self.coefficients(self.project_inputs(xs))
        hs = linear_recurrence(keep, add, state[0])
        return self.output(hs), (hs[:, -1],)


@CELLS.register("mingru")
class MinGRU(LinearCell):
    """minGRU, whose gate does not see the state: h' = k h + (1 - k) W x (Feng et al. 2024).

    The gate k is a sigmoid of x.
    """

    gates = 2

    def coefficients(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        keep, new = inputs.chunk(2, -1)
        keep = torch.sigmoid(keep)
        return keep, new - keep * new


@CELLS.register("minlstm")
class MinLSTM(LinearCell):
    """minLSTM, whose gates do not see the state: h' = (f h + i W x) / (f + i) (Feng et al. 2024).

    The gates f and i are sigmoids of x.
    """

    gates = 3

    def coefficients(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        forget, enter, new = inputs.chunk(3, -1)
        keep = torch.sigmoid(F.logsigmoid(forget) - F.logsigmoid(enter))  # f / (f + i)
        return keep, new - keep * new


@CELLS.register("ssru")
class SSRU(LinearCell):
    """Simpler simple recurrent unit: c' = f c + (1 - f) W x, output ReLU(c') (Kim et al. 2019).

    The gate f is a sigmoid of x. The fastest CPU translators use this cell.
    """

    gates = 2

    def coefficients(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        forget, new = inputs.chunk(2, -1)
        forget = torch.sigmoid(forget)
        return forget, new - forget * new

    def output(self, h: Tensor) -> Tensor:
        return torch.relu(h)


def linear_recurrence(keep: Tensor, add: Tensor, start: Tensor) -> Tensor:
    """Compute h[t] = keep[t] * h[t - 1] + add[t] from h[-1] = start.

    Computed in float32 or wider, because rounding errors would add up over time.

    Args:
        keep: Factors (N, T, H).
        add: Terms (N, T, H).
        start: State before the first step (N, H).

    Returns:
        States after each step (N, T, H), in the dtype of `add`.
    """
    wide = torch.promote_types(add.dtype, torch.float32)
    wide_inputs = (keep.to(wide), add.to(wide), start.to(wide))
    hs: Tensor = _LinearRecurrence.apply(*wide_inputs)  # type: ignore[no-untyped-call]
    return hs.to(add.dtype)


class _LinearRecurrence(torch.autograd.Function):
    """Function with one operation per step and pass, where autograd would need several nodes."""

    @staticmethod
    def forward(ctx: Any, keep: Tensor, add: Tensor, start: Tensor) -> Tensor:
        # Time comes first, so the rows of a step are adjacent in memory.
        keep = keep.transpose(0, 1).contiguous()
        add = add.transpose(0, 1).contiguous()
        hs = torch.empty_like(add)
        h = start
        for time in range(len(hs)):
            h = torch.addcmul(add[time], keep[time], h, out=hs[time])
        ctx.save_for_backward(keep, hs, start)
        return hs.transpose(0, 1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        keep, hs, start = ctx.saved_tensors
        # The gradient with respect to the states becomes the one with respect to `add`.
        add_gradient = gradient.transpose(0, 1).clone(memory_format=torch.contiguous_format)
        for time in range(len(hs) - 1, 0, -1):
            add_gradient[time - 1].addcmul_(keep[time], add_gradient[time])
        keep_gradient = torch.empty_like(keep)
        torch.mul(add_gradient[1:], hs[:-1], out=keep_gradient[1:])
        torch.mul(add_gradient[0], start, out=keep_gradient[0])
        start_gradient = add_gradient[0] * keep[0]
        return keep_gradient.transpose(0, 1), add_gradient.transpose(0, 1), start_gradient
