"""Simple recurrent unit, whose gates see only their own dimension of the state.

In plain code: `sru` in docs/learn/plain.py.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seq2seq.models.cells.cell import CELLS, Cell, State, gated_linear


@CELLS.register("sru")
class SRU(Cell):
    """Simple recurrent unit: c' = f c + (1 - f) W x, output r c' + (1 - r) x (Lei et al. 2018).

    The gates f and r are sigmoids of x and c. If input and state differ in width, a fourth matrix
    maps x to the output.
    """

    mixes_state = False

    def __init__(self, input_size: int, hidden_size: int, forget_bias: float = 1.0) -> None:
        super().__init__(input_size, hidden_size)
        maps = 3 if input_size == hidden_size else 4  # forget, leave, new and, if needed, x
        self.input = gated_linear(input_size, hidden_size, maps)
        self.peephole = nn.Parameter(torch.zeros(2, hidden_size))
        with torch.no_grad():
            self.input.bias[:hidden_size] = forget_bias

    def project_inputs(self, x: Tensor) -> Tensor:
        projected: Tensor = self.input(x)
        if self.input_size == self.hidden_size:
            projected = torch.cat([projected, x.to(projected.dtype)], -1)
        # In float32 or wider, because rounding errors would add up over time.
        return projected.to(torch.promote_types(projected.dtype, torch.float32))

    def gate_values(self, inputs: Tensor, state: State) -> dict[str, Tensor]:
        forget, leave, new, _ = inputs.chunk(4, -1)
        past = state[0].to(inputs.dtype)
        forget = torch.sigmoid(torch.addcmul(forget, past, self.peephole[0]))
        leave = torch.sigmoid(torch.addcmul(leave, past, self.peephole[1]))
        return {"forget": forget, "output": leave, "candidate": new}

    def update(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        forget, leave, new = self.gate_values(inputs, state).values()
        x = inputs.chunk(4, -1)[3]
        c = torch.lerp(new, state[0].to(inputs.dtype), forget)
        return torch.lerp(x, c, leave), (c,)
