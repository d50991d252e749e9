"""GRU and LSTM with layer normalisation inside: what enters each gate has a mean and a variance of
its own learning.

A single gate is normalised at a time, as by Chen et al. (2018), who found that to be what keeps
training stable."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seq2seq.models.cells.cell import CELLS, Cell, State, by_gate, gated_linear, recurrent_linear


class GateNorm(nn.Module):
    """Layer normalisation (Ba et al. 2016) of `gates` vectors side by side, each by itself: (…,
    gates * H)."""

    def __init__(self, gates: int, hidden_size: int, bias: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(gates, hidden_size))
        self.bias = nn.Parameter(torch.zeros(gates, hidden_size)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        y = (
            F.layer_norm(x.view(*x.shape[:-1], *self.weight.shape), self.weight.shape[1:])
            * self.weight
        )
        return (y if self.bias is None else y + self.bias).flatten(-2)


class NormalizedCell(Cell):
    """Base of both: the inputs' part and the state's part are normalised each, and what the gates
    do is theirs."""

    gates: ClassVar[tuple[str, ...]]
    """In torch's order: the second one is the one that keeps the past."""

    def __init__(self, input_size: int, hidden_size: int, forget_bias: float = 1.0) -> None:
        super().__init__(input_size, hidden_size)
        self.input = gated_linear(input_size, hidden_size, len(self.gates), bias=False)
        self.recurrent = recurrent_linear(hidden_size, len(self.gates))
        self.input_norm = GateNorm(len(self.gates), hidden_size, bias=True)
        self.recurrent_norm = GateNorm(len(self.gates), hidden_size)
        assert self.input_norm.bias is not None
        with torch.no_grad():
            self.input_norm.bias[1] = forget_bias

    def recurrent_matrices(self) -> dict[str, Tensor]:
        """Those that the state meets before it is normalised."""
        return by_gate(self.recurrent.weight, self.gates)

    def project_inputs(self, x: Tensor) -> Tensor:
        normed: Tensor = self.input_norm(self.input(x))
        return normed

    def recurrence(self, h: Tensor) -> Tensor:
        """What the last output gives to the gates: h (N, H) -> (N, G)."""
        normed: Tensor = self.recurrent_norm(self.recurrent(h))
        return normed


@CELLS.register("ln-gru")
class NormalizedGRU(NormalizedCell):
    """The gated recurrent unit with layer normalisation of each gate."""

    gates = ("reset", "update", "new")

    def update(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        size, of_h = self.hidden_size, self.recurrence(state[0])
        reset, update = torch.sigmoid(inputs[..., : 2 * size] + of_h[..., : 2 * size]).chunk(2, -1)
        new = torch.tanh(inputs[..., 2 * size :] + reset * of_h[..., 2 * size :])
        h = new + update * (state[0] - new)
        return h, (h,)


@CELLS.register("ln-lstm")
class NormalizedLSTM(NormalizedCell):
    """Long short-term memory with layer normalisation of each gate and of the cell, as Ba et al.
    (2016) have it."""

    state_parts = 2
    gates = ("input", "forget", "cell", "output")

    def __init__(self, input_size: int, hidden_size: int, forget_bias: float = 1.0) -> None:
        super().__init__(input_size, hidden_size, forget_bias)
        self.cell_norm = GateNorm(1, hidden_size, bias=True)

    def update(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        total = inputs + self.recurrence(state[0])
        size = self.hidden_size
        enter, forget = torch.sigmoid(total[..., : 2 * size]).chunk(2, -1)
        new, leave = (
            torch.tanh(total[..., 2 * size : 3 * size]),
            torch.sigmoid(total[..., 3 * size :]),
        )
        c = forget * state[1] + enter * new
        h = leave * torch.tanh(self.cell_norm(c))
        return h, (h, c)
