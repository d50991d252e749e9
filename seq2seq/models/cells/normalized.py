"""GRU and LSTM with layer normalization, which learns the mean and variance of each gate's input.

Each gate is normalized separately, as in Chen et al. (2018), who found that this keeps training
stable.

In plain code: `normalized` in docs/learn/plain.py.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seq2seq.kernels import Norms
from seq2seq.models.cells.cell import CELLS, State, by_gate, gated_linear, recurrent_linear
from seq2seq.models.cells.gates import gru_gates, lstm_gates
from seq2seq.models.cells.kernel import KernelCell, Recurrence


class GateNorm(nn.Module):
    """Layer normalization (Ba et al. 2016) of gates side by side, each normalized separately.

    Args:
        gates: Number of gates.
        hidden_size: Width H of a gate.
        bias: Also learn a mean.
    """

    def __init__(self, gates: int, hidden_size: int, bias: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(gates, hidden_size))
        self.bias = nn.Parameter(torch.zeros(gates, hidden_size)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        """Normalize x (…, gates * H)."""
        gates = x.view(*x.shape[:-1], *self.weight.shape)
        y = F.layer_norm(gates, self.weight.shape[1:]) * self.weight
        if self.bias is not None:
            y = y + self.bias
        return y.flatten(-2)


class NormalizedCell(KernelCell):
    """Base class for cells with layer normalization.

    The contributions of the input and of the state to the gates are normalized separately.
    """

    gates: ClassVar[tuple[str, ...]]
    """Names of the gates in torch's order; the second one keeps the past."""

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
        """Return the matrices that the state is multiplied by before the normalization."""
        return by_gate(self.recurrent.weight, self.gates)

    def project_inputs(self, x: Tensor) -> Tensor:
        normalized: Tensor = self.input_norm(self.input(x))
        return normalized

    def recurrence(self, h: Tensor) -> Tensor:
        """Compute the contribution of the last output h (N, H) to the gates (N, G)."""
        normalized: Tensor = self.recurrent_norm(self.recurrent(h))
        return normalized

    def kernel_inputs(self, xs: Tensor) -> Tensor:
        contributions: Tensor = self.input(xs)
        return contributions

    def recurrent_weights(self) -> Recurrence | None:
        if not isinstance(self.recurrent, nn.Linear):
            return None
        assert self.input_norm.bias is not None
        norms = Norms(
            self.input_norm.weight.flatten(),
            self.input_norm.bias.flatten(),
            self.recurrent_norm.weight.flatten(),
            *self.cell_parameters(),
        )
        return Recurrence(self.recurrent.weight, norms)

    def cell_parameters(self) -> tuple[Tensor, ...]:
        """Return scale and shift (H,) of the normalized cell of an LSTM; none for a GRU."""
        return ()


@CELLS.register("ln-gru")
class NormalizedGRU(NormalizedCell):
    """Gated recurrent unit with layer normalization of each gate."""

    gates = ("reset", "update", "new")

    def gate_values(self, inputs: Tensor, state: State) -> dict[str, Tensor]:
        return gru_gates(inputs, self.recurrence(state[0]))

    def update(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        _, update, new = self.gate_values(inputs, state).values()
        h = new + update * (state[0] - new)
        return h, (h,)


@CELLS.register("ln-lstm")
class NormalizedLSTM(NormalizedCell):
    """LSTM with layer normalization of each gate and of the cell, as in Ba et al. (2016)."""

    state_parts = 2
    gates = ("input", "forget", "cell", "output")

    def __init__(self, input_size: int, hidden_size: int, forget_bias: float = 1.0) -> None:
        super().__init__(input_size, hidden_size, forget_bias)
        self.cell_norm = GateNorm(1, hidden_size, bias=True)

    def cell_parameters(self) -> tuple[Tensor, ...]:
        assert self.cell_norm.bias is not None
        return self.cell_norm.weight[0], self.cell_norm.bias[0]

    def gate_values(self, inputs: Tensor, state: State) -> dict[str, Tensor]:
        return lstm_gates(inputs + self.recurrence(state[0]))

    def update(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        enter, forget, new, leave = self.gate_values(inputs, state).values()
        c = forget * state[1] + enter * new
        h = leave * torch.tanh(self.cell_norm(c))
        return h, (h, c)
