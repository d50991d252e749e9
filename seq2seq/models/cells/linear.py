"""Cells whose recurrence is linear, h' = keep * h + add: what to keep and to add is said by the
input alone.

So all matrix products of a sequence are one, and what is left to do step by step is a product and a
sum of vectors. No dimension of the state meets another one in a step: that is left to the layers.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from seq2seq.models.cells.cell import CELLS, Cell, State, gated_linear


class LinearCell(Cell):
    """Base of these cells: of its inputs (N, G), `coefficients` makes what to keep and to add (N,
    H)."""

    mixes_state = False
    gates: ClassVar[int]

    def __init__(self, input_size: int, hidden_size: int, forget_bias: float = 1.0) -> None:
        super().__init__(input_size, hidden_size)
        self.input = gated_linear(input_size, hidden_size, self.gates)
        with torch.no_grad():
            self.input.bias[:hidden_size] = forget_bias  # the first gate is that of what is kept

    def coefficients(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """inputs (…, G) -> keep, add (…, H)."""
        raise NotImplementedError

    def output(self, h: Tensor) -> Tensor:
        """What the next layer reads of the state (…, H). By default the state itself."""
        return h

    def project_inputs(self, x: Tensor) -> Tensor:
        of_x: Tensor = self.input(x)
        return of_x

    def update(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        keep, add = self.coefficients(inputs)
        h = torch.addcmul(add, keep, state[0].to(add.dtype))
        return self.output(h), (h,)

    def forward(self, xs: Tensor, state: State) -> tuple[Tensor, State]:
        hs = linear_recurrence(*self.coefficients(self.project_inputs(xs)), state[0])
        return self.output(hs), (hs[:, -1],)


@CELLS.register("mingru")
class MinGRU(LinearCell):
    """h' = k h + (1 - k) W x, k = sigmoid(V x) (Feng et al. 2024): a GRU whose gate does not see
    the state."""

    gates = 2

    def coefficients(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        keep, new = inputs.chunk(2, -1)
        keep = torch.sigmoid(keep)
        return keep, new - keep * new


@CELLS.register("minlstm")
class MinLSTM(LinearCell):
    """h' = (f h + i W x) / (f + i), f and i sigmoids of x (Feng et al. 2024)."""

    gates = 3

    def coefficients(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        forget, enter, new = inputs.chunk(3, -1)
        keep = torch.sigmoid(F.logsigmoid(forget) - F.logsigmoid(enter))  # f / (f + i)
        return keep, new - keep * new


@CELLS.register("ssru")
class SSRU(LinearCell):
    """c' = f c + (1 - f) W x, f = sigmoid(V x), output ReLU(c') (Kim et al. 2019): of the fastest
    CPU translators."""

    gates = 2

    def coefficients(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        forget, new = inputs.chunk(2, -1)
        forget = torch.sigmoid(forget)
        return forget, new - forget * new

    def output(self, h: Tensor) -> Tensor:
        return torch.relu(h)


def linear_recurrence(keep: Tensor, add: Tensor, start: Tensor) -> Tensor:
    """h[t] = keep[t] * h[t - 1] + add[t] from h[-1] = start: keep, add (N, T, H), start (N, H) ->
    (N, T, H).

    At least in float32: rounding would add up over time.
    """
    wide = torch.promote_types(add.dtype, torch.float32)
    hs: Tensor = _LinearRecurrence.apply(keep.to(wide), add.to(wide), start.to(wide))  # type: ignore[no-untyped-call]
    return hs.to(add.dtype)


class _LinearRecurrence(torch.autograd.Function):
    """One operation a step and pass, where autograd would keep a handful of nodes for each."""

    @staticmethod
    def forward(ctx: Any, keep: Tensor, add: Tensor, start: Tensor) -> Tensor:
        keep, add = (
            keep.transpose(0, 1).contiguous(),
            add.transpose(0, 1).contiguous(),
        )  # a step's rows side by side
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
        of_hs = gradient.transpose(0, 1).clone(
            memory_format=torch.contiguous_format
        )  # in the end also that of `add`
        for time in range(len(hs) - 1, 0, -1):
            of_hs[time - 1].addcmul_(keep[time], of_hs[time])
        of_keep = torch.empty_like(keep)
        torch.mul(of_hs[1:], hs[:-1], out=of_keep[1:])
        torch.mul(of_hs[0], start, out=of_keep[0])
        return of_keep.transpose(0, 1), of_hs.transpose(0, 1), of_hs[0] * keep[0]
