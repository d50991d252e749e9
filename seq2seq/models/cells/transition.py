"""Deep transition: several cells in a row within each time step, of which only the first one reads
the input.

Stacks of such cells are the BiDeep networks of Miceli Barone et al. (2017).
"""

from __future__ import annotations

from torch import Tensor, nn

from seq2seq.errors import ConfigError
from seq2seq.models.cells.cell import CELLS, Cell, State


class DeepTransition(Cell):
    """One time step is a step of each cell in turn, from the state that the one before left
    (Pascanu et al. 2014)."""

    def __init__(self, first: Cell, *others: Cell) -> None:
        super().__init__(first.input_size, first.hidden_size)
        self.state_parts = first.state_parts  # type: ignore[misc]  # of this cell, not of its class
        self.first = first
        self.others = nn.ModuleList(others)

    def recurrent_matrices(self) -> dict[str, Tensor]:
        """Of each cell in turn, named "1 reset" and so on."""
        cells: list[Cell] = [self.first, *self.others]
        return {
            f"{number} {name}": matrix
            for number, cell in enumerate(cells, start=1)
            for name, matrix in cell.recurrent_matrices().items()
        }

    def project_inputs(self, x: Tensor) -> Tensor:
        return self.first.project_inputs(x)

    def update(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        y, state = self.first.update(inputs, state)
        for cell in self.others:
            y, state = cell.step(y[..., :0], state)  # type: ignore[operator]  # as above; there is no input
        return y, state


def make_cell(
    name: str, input_size: int, hidden_size: int, forget_bias: float = 1.0, depth: int = 1
) -> Cell:
    """A cell of the registry, or `depth` of them in a row. Raises ConfigError where they would do
    nothing in a row."""
    make = CELLS[name]
    first = make(input_size, hidden_size, forget_bias=forget_bias)
    if depth == 1:
        return first
    if not first.mixes_state:
        raise ConfigError(
            f"transition_depth must be 1 with cell {name}: without an input, a step of it mixes "
            "nothing"
        )
    return DeepTransition(
        first, *(make(0, hidden_size, forget_bias=forget_bias) for _ in range(depth - 1))
    )
