"""Recurrent cells: the contract `Cell`, and the cells of the registry `CELLS`.

There is one module per family: cells with a torch kernel (`torch_cells`), with layer normalization
(`normalized`) and with a linear recurrence (`linear`), SRU and Jordan's network. `transition`
combines several cells in one time step. To add a cell, see `cell`.
"""

# Importing the modules registers their cells.
from seq2seq.models.cells import jordan, linear, normalized, sru, torch_cells  # noqa: F401
from seq2seq.models.cells.cell import CELLS, Cell, MakeCell, State
from seq2seq.models.cells.transition import make_cell

__all__ = ["CELLS", "Cell", "MakeCell", "State", "make_cell"]
