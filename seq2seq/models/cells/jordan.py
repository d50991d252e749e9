"""Jordan's network, which feeds back the output instead of the hidden layer."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seq2seq.models.cells.cell import CELLS, Cell, State, gated_linear, recurrent_linear


@CELLS.register("jordan")
class Jordan(Cell):
    """Jordan's network: y' = tanh(V tanh(W x + U y + b) + c) (Jordan 1986)."""

    def __init__(self, input_size: int, hidden_size: int, forget_bias: float = 1.0) -> None:
        super().__init__(input_size, hidden_size)
        self.input = gated_linear(input_size, hidden_size, 1)
        self.feedback = recurrent_linear(hidden_size)
        self.output = recurrent_linear(hidden_size)
        self.bias = nn.Parameter(torch.zeros(hidden_size))

    def recurrent_matrices(self) -> dict[str, Tensor]:
        return {"feedback": self.feedback.weight, "output": self.output.weight}

    def project_inputs(self, x: Tensor) -> Tensor:
        projected: Tensor = self.input(x)
        return projected

    def update(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        hidden = torch.tanh(inputs + self.feedback(state[0]))
        y = torch.tanh(self.output(hidden) + self.bias)
        return y, (y,)
