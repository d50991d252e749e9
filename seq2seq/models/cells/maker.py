"""Cells as a configuration asks for them."""

from __future__ import annotations

from seq2seq.config.model_settings import ModelConfig
from seq2seq.models.cells.cell import Cell, MakeCell
from seq2seq.models.cells.transition import make_cell


def cell_maker(config: ModelConfig) -> MakeCell:
    """Return a function that makes a cell from the width of its inputs and that of its state.

    Args:
        config: The `model` section of a configuration.

    Returns:
        The function. It raises ConfigError as `make_cell` does.
    """

    def make(input_size: int, hidden_size: int) -> Cell:
        return make_cell(
            config.cell,
            input_size,
            hidden_size,
            forget_bias=config.forget_bias,
            depth=config.transition_depth,
        )

    return make
