"""The simple recurrent unit: gates that see the state, but each dimension its own alone."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seq2seq.models.cells.cell import CELLS, Cell, State, gated_linear


@CELLS.register("sru")
class SRU(Cell):
    """c' = f c + (1 - f) W x, output r c' + (1 - r) x, f and r sigmoids of x and c (Lei et al.
    2018).

    Where input and state differ in width, a fourth matrix brings x to the output.
    """

    mixes_state = False

    def __init__(self, input_size: int, hidden_size: int, forget_bias: float = 1.0) -> None:
        super().__init__(input_size, hidden_size)
        self.input = gated_linear(input_size, hidden_size, 3 if input_size == hidden_size else 4)
        self.peephole = nn.Parameter(torch.zeros(2, hidden_size))
        with torch.no_grad():  # gates: forget, leave, new
            self.input.bias[:hidden_size] = forget_bias

    def project_inputs(self, x: Tensor) -> Tensor:
        of_x: Tensor = self.input(x)
        if self.input_size == self.hidden_size:
            of_x = torch.cat([of_x, x.to(of_x.dtype)], -1)
        return of_x.to(
            torch.promote_types(of_x.dtype, torch.float32)
        )  # rounding would add up over time

    def update(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        forget, leave, new, x = inputs.chunk(4, -1)
        past = state[0].to(inputs.dtype)
        forget = torch.sigmoid(torch.addcmul(forget, past, self.peephole[0]))
        leave = torch.sigmoid(torch.addcmul(leave, past, self.peephole[1]))
        c = torch.lerp(new, past, forget)
        return torch.lerp(x, c, leave), (c,)
