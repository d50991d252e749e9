"""Deep transition: several cells per time step, only the first of which reads the input.

Stacks of such cells are the BiDeep networks of Miceli Barone et al. (2017).
"""

from __future__ import annotations

from torch import Tensor, nn

from seq2seq.errors import ConfigError
from seq2seq.models.cells.cell import CELLS, Cell, State


class DeepTransition(Cell):
    """Cell whose step consists of a step of several cells in a row (Pascanu et al. 2014).

    Each cell starts from the state that the preceding cell returned.

    Args:
        first: Cell that receives the input.
        others: Further cells, with an input size of 0.
    """

    def __init__(self, first: Cell, *others: Cell) -> None:
        super().__init__(first.input_size, first.hidden_size)
        # Set for this instance, not for its class.
        self.state_parts = first.state_parts  # type: ignore[misc]
        self.first = first
        self.others = nn.ModuleList(others)

    def recurrent_matrices(self) -> dict[str, Tensor]:
        """Return the matrices of all cells, named "1 reset", "2 reset" and so on."""
        cells: list[Cell] = [self.first, *self.others]
        return {
            f"{number} {name}": matrix
            for number, cell in enumerate(cells, start=1)
            for name, matrix in cell.recurrent_matrices().items()
        }

    def gate_values(self, inputs: Tensor, state: State) -> dict[str, Tensor]:
        """Return the gates of all cells, named "1 reset", "2 reset" and so on."""
        found = {f"1 {name}": gate for name, gate in self.first.gate_values(inputs, state).items()}
        y, state = self.first.update(inputs, state)
        for number, cell in enumerate(self.others, start=2):
            assert isinstance(cell, Cell)
            inputs = cell.project_inputs(y[..., :0])
            gates = cell.gate_values(inputs, state)
            found |= {f"{number} {name}": gate for name, gate in gates.items()}
            y, state = cell.update(inputs, state)
        return found

    def project_inputs(self, x: Tensor) -> Tensor:
        return self.first.project_inputs(x)

    def update(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        y, state = self.first.update(inputs, state)
        for cell in self.others:
            # The input is a tensor of width 0. ModuleList does not know the type of its members.
            y, state = cell.step(y[..., :0], state)  # type: ignore[operator]
        return y, state


def make_cell(
    name: str,
    input_size: int,
    hidden_size: int,
    *,
    forget_bias: float = 1.0,
    depth: int = 1,
) -> Cell:
    """Create a registered cell, or a deep transition of several of them.

    Args:
        name: A name in `CELLS`.
        input_size: Width of the inputs.
        hidden_size: Width of the state and of the outputs.
        forget_bias: Initial bias of the gate that keeps the past, for cells that have one.
        depth: Number of cells in a row within a time step.

    Returns:
        A cell with initial weights.

    Raises:
        ConfigError: The cell is unknown, or `depth` is above 1 and a step of the cell does not mix
            the dimensions of the state. Without an input, such a step would do next to nothing.
    """
    cell_class = CELLS[name]
    first = cell_class(input_size, hidden_size, forget_bias=forget_bias)
    if depth == 1:
        return first
    if not first.mixes_state:
        raise ConfigError(
            f"transition_depth must be 1 with cell {name}, whose steps do not mix the dimensions "
            "of the state"
        )
    others = [cell_class(0, hidden_size, forget_bias=forget_bias) for _ in range(depth - 1)]
    return DeepTransition(first, *others)
