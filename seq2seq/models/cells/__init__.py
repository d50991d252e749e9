"""Recurrent cells: `Cell`, the contract, and the cells of the registry `CELLS`.

One file per family: torch's own kernels (torch_cells), layer normalization (normalized), linear
recurrences (linear), SRU and Jordan's network; transition puts several cells into one time step. To
add a cell, see `cell`.
"""

# Importing the modules registers their cells.
from seq2seq.models.cells import jordan, linear, normalized, sru, torch_cells  # noqa: F401
from seq2seq.models.cells.cell import CELLS, Cell, MakeCell, State
from seq2seq.models.cells.transition import make_cell

__all__ = ["CELLS", "Cell", "MakeCell", "State", "make_cell"]
