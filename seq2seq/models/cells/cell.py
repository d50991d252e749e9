"""Contract of a cell, which divides a step into two parts, `project_inputs` and `update`.

A cell outside the package needs only these two methods and a name:

    @CELLS.register("simple")
    class Simple(Cell):
        def __init__(self, input_size: int, hidden_size: int, forget_bias: float = 1.0) -> None:
            super().__init__(input_size, hidden_size)
            self.input = gated_linear(input_size, hidden_size, 1)
            self.recurrent = recurrent_linear(hidden_size)

        def project_inputs(self, x: Tensor) -> Tensor:
            return self.input(x)

        def update(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
            h = torch.tanh(inputs + self.recurrent(state[0]))
            return h, (h,)

Layers, directions, dropout and padding are handled elsewhere. The output at time t depends only on
the inputs 0 to t, so padding after the end of a sequence cannot change earlier outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from seq2seq.models.cells.reversal import reorder, reversal
from seq2seq.registry import Registry

State = tuple[Tensor, ...]
"""State of a cell: one or more tensors (N, H)."""


class Cell(nn.Module):
    """Base class for all cells.

    A subclass defines `project_inputs` and `update`. It may define `recurrent_matrices`, for
    reports on gradients, and `gate_values`, for traces, and override `forward` with a faster
    implementation that gives the same numbers.

    For decoding in int8 or bfloat16, every `nn.Linear` within a cell is replaced, so a cell should
    call its linear maps instead of using their weights. Other weights stay in float32.

    Args:
        input_size: Width I of the inputs.
        hidden_size: Width H of the state and of the outputs.
        forget_bias: Initial bias of the gate that keeps the past, for cells that have one
            (Jozefowicz et al. 2015).

    Attributes:
        input_size: Width I of the inputs.
        hidden_size: Width H of the state and of the outputs.
    """

    state_parts: ClassVar[int] = 1
    """Number of tensors in the state. The first one serves as the query of attention."""

    mixes_state: ClassVar[bool] = True
    """True if a step mixes the dimensions of the state, as a deep transition requires."""

    def __init__(self, input_size: int, hidden_size: int, forget_bias: float = 1.0) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size

    def initial_state(self, like: Tensor) -> State:
        """Return a state of zeros.

        Args:
            like: Tensor (N, …) with the number of rows, the dtype and the device of the state.

        Returns:
            `state_parts` tensors (N, H).
        """
        return tuple(like.new_zeros(len(like), self.hidden_size) for _ in range(self.state_parts))

    def project_inputs(self, x: Tensor) -> Tensor:
        """Compute the part of a step that depends only on the input.

        Args:
            x: Inputs (…, I) of one or more steps.

        Returns:
            Projected inputs (…, G), of any width G that `update` expects.
        """
        raise NotImplementedError

    def update(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """Compute the rest of a step.

        Args:
            inputs: Projected inputs of one step (N, G).
            state: `state_parts` tensors (N, H).

        Returns:
            The output (N, H) and the next state.
        """
        raise NotImplementedError

    def gate_values(self, inputs: Tensor, state: State) -> dict[str, Tensor]:
        """Return the values of the gates at a step, for a trace of a translation.

        Args:
            inputs: Projected inputs of one step (N, G).
            state: `state_parts` tensors (N, H), before the step.

        Returns:
            Values (N, H) by name of the gate; none by default.
        """
        return {}

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """Take one step.

        Args:
            x: Inputs of one step (N, I).
            state: `state_parts` tensors (N, H).

        Returns:
            The output (N, H) and the next state.
        """
        return self.update(self.project_inputs(x), state)

    def forward(self, xs: Tensor, state: State) -> tuple[Tensor, State]:
        """Process a whole sequence; by default, in a loop over its steps.

        Args:
            xs: Inputs of all steps (N, T, I).
            state: State before the first step, `state_parts` tensors (N, H).

        Returns:
            The outputs (N, T, H), and the state after the last step.
        """
        outputs = []
        for inputs in self.project_inputs(xs).unbind(1):
            y, state = self.update(inputs, state)
            outputs.append(y)
        return torch.stack(outputs, 1), state

    def run(self, xs: Tensor, state: State, lengths: Tensor | None = None) -> Tensor:
        """Process sequences whose outputs after their ends are not needed.

        Args:
            xs: Inputs of all steps (N, T, I).
            state: State before the first step, `state_parts` tensors (N, H).
            lengths: Number of inputs of each row (N,); None if all have T.

        Returns:
            The outputs (N, T, H). Those after the end of a row are meaningless.
        """
        outputs: Tensor = self(xs, state)[0]
        return outputs

    def encode(self, xs: Tensor, lengths: Tensor, *, reverse: bool = False) -> Tensor:
        """Process sequences of known lengths, from a state of zeros.

        Args:
            xs: Inputs of all steps (N, T, I).
            lengths: Number of inputs of each row (N,), at least 1.
            reverse: Begin each row at its last input.

        Returns:
            The outputs (N, T, H), at the positions of their inputs. Those at padding are
            meaningless.
        """
        state = self.initial_state(xs[:, 0])
        if not reverse:
            return self.run(xs, state, lengths)
        index = reversal(lengths, xs.shape[1])
        return reorder(self(reorder(xs, index), state)[0], index)

    def loops_over_steps(self) -> bool:
        """Return whether `forward` takes single steps, which quantization makes faster."""
        return type(self).forward is Cell.forward

    def recurrent_matrices(self) -> dict[str, Tensor]:
        """Return the matrices that a step multiplies the state by, if not quantized.

        Returns:
            Matrices (H, H) by name of the gate, which share the parameters' memory; none by
            default.
        """
        return {}


MakeCell = Callable[[int, int], Cell]
"""Function that creates a cell from its input size and its hidden size."""

CELLS: Registry[type[Cell]] = Registry("cell")
"""Cells by name; `model.cell` chooses one."""


def gated_linear(input_size: int, hidden_size: int, gates: int, bias: bool = True) -> nn.Linear:
    """Create the linear map from a cell's input to its gates, side by side.

    Weights are initialized gate by gate (Xavier uniform, Glorot and Bengio 2010), and biases with
    zeros.

    Args:
        input_size: Width I of the input; 0 in a deep transition.
        hidden_size: Width H of a gate.
        gates: Number of gates.
        bias: Add a bias.

    Returns:
        A map (…, I) -> (…, gates * H).
    """
    linear = nn.Linear(max(1, input_size), gates * hidden_size, bias=bias)
    if not input_size:  # in a deep transition; torch warns about a layer without inputs
        linear.weight = nn.Parameter(linear.weight.detach()[:, :0])
    elif not linear.weight.is_meta:  # a meta tensor has no values; they will be loaded
        with torch.no_grad():
            for gate in torch.split(linear.weight, hidden_size):
                nn.init.xavier_uniform_(gate)
    if bias and not linear.bias.is_meta:
        nn.init.zeros_(linear.bias)
    return linear


def recurrent_linear(hidden_size: int, gates: int = 1) -> nn.Linear:
    """Create the linear map from a cell's state to its gates, side by side, without biases.

    Matrices are initialized gate by gate with orthogonal ones (Saxe et al. 2014).

    Args:
        hidden_size: Width H of the state and of a gate.
        gates: Number of gates.

    Returns:
        A map (…, H) -> (…, gates * H).
    """
    linear = nn.Linear(hidden_size, gates * hidden_size, bias=False)
    if not linear.weight.is_meta:
        with torch.no_grad():
            for gate in torch.split(linear.weight, hidden_size):
                nn.init.orthogonal_(gate)
    return linear


def by_gate(matrix: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
    """Split a matrix (G * H, H) into those of its G gates, which share its memory."""
    return dict(zip(names, matrix.chunk(len(names)), strict=True))
