"""What a cell is: one class with a step, in two parts (`inputs` and `advance`), and one line in
`CELLS`.

Its `forward` is the loop of steps unless it is overridden by something faster, which must give the
same numbers. A cell knows nothing of layers, directions, dropout or padding: its output at time t
depends on inputs 0..t alone, so what lies behind a sequence's end cannot change what lies before
it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from seq2seq.registry import Registry

State = tuple[Tensor, ...]
"""What a cell carries from step to step: tensors (N, H)."""


class Cell(nn.Module):
    """Base of all cells.

    `parts` is the number of tensors in the state. `forget_bias` is the initial bias of the gate
    that forgets, in cells that have one (Jozefowicz et al. 2015)."""

    state_parts: ClassVar[int] = 1

    mixes_state: ClassVar[bool] = True
    """Whether a step mixes the state's dimensions; where it does not, one without an input would do
    next to nothing."""

    def __init__(self, input_size: int, hidden_size: int, forget_bias: float = 1.0) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size

    def initial_state(self, like: Tensor) -> State:
        """Zeros for as many rows as `like` (N, …) has, with its type and device."""
        return tuple(like.new_zeros(len(like), self.hidden_size) for _ in range(self.state_parts))

    def project_inputs(self, x: Tensor) -> Tensor:
        """The part of a step that reads the input alone, for any number of them: x (…, I) -> (…,
        G)."""
        raise NotImplementedError

    def update(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """The rest of a step: inputs (N, G), state of (N, H) -> output (N, H), state."""
        raise NotImplementedError

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """One step: x (N, I), state of (N, H) -> output (N, H), state."""
        return self.update(self.project_inputs(x), state)

    def forward(self, xs: Tensor, state: State) -> tuple[Tensor, State]:
        """All steps: xs (N, T, I), state of (N, H) -> outputs (N, T, H), the state after the last
        step."""
        outputs = []
        for inputs in self.project_inputs(xs).unbind(1):
            y, state = self.update(inputs, state)
            outputs.append(y)
        return torch.stack(outputs, 1), state

    def recurrent_matrices(self) -> dict[str, Tensor]:
        """The matrices (H, H) that a step multiplies the state by, named by gate; by default none.
        Not once narrow."""
        return {}


CELLS: Registry[type[Cell]] = Registry("cell")


def gated_linear(input_size: int, hidden_size: int, gates: int, bias: bool = True) -> nn.Linear:
    """A map to `gates` vectors side by side, (…, I) -> (…, gates * H): Xavier matrices, gate by
    gate, biases of 0."""
    linear = nn.Linear(max(1, input_size), gates * hidden_size, bias=bias)
    if not input_size:  # in a deep transition; torch warns of a layer that reads nothing
        linear.weight = nn.Parameter(linear.weight.detach()[:, :0])
    elif not linear.weight.is_meta:  # on which there are no values: they will be read
        with torch.no_grad():
            for gate in torch.split(linear.weight, hidden_size):
                nn.init.xavier_uniform_(gate)
    if bias and not linear.bias.is_meta:
        nn.init.zeros_(linear.bias)
    return linear


def by_gate(matrix: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
    """The parts of a matrix (G * H, H) that belong to each of G gates, which share its memory."""
    return dict(zip(names, matrix.chunk(len(names)), strict=True))


def recurrent_linear(hidden_size: int, gates: int = 1) -> nn.Linear:
    """A map from the state to `gates` vectors side by side: orthogonal matrices (Saxe et al. 2014),
    no biases."""
    linear = nn.Linear(hidden_size, gates * hidden_size, bias=False)
    if not linear.weight.is_meta:
        with torch.no_grad():
            for gate in torch.split(linear.weight, hidden_size):
                nn.init.orthogonal_(gate)
    return linear
