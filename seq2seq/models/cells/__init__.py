"""Recurrent cells: one step of a recurrence, and the whole sequence at once. Importing this
registers them all."""

from seq2seq.models.cells import jordan, linear, normalized, sru, torch_cells  # noqa: F401 - they enter the registry
from seq2seq.models.cells.cell import CELLS, Cell, State
from seq2seq.models.cells.transition import make_cell

__all__ = ["CELLS", "Cell", "State", "make_cell"]
