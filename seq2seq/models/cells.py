"""Recurrent cells: one step of a recurrence, and the whole sequence at once.

A cell is one class with a step, in two parts (`inputs` and `advance`), and one line in `CELLS`. Its `forward` is the
loop of steps unless it is overridden by something faster, which must give the same numbers. A cell knows nothing of
layers, directions, dropout or padding: its output at time t depends on inputs 0..t alone, so what lies behind a
sequence's end cannot change what lies before it.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seq2seq.models.compressed import MakeLinear
from seq2seq.registry import Registry

State = tuple[Tensor, ...]
"""What a cell carries from step to step: tensors (N, H); the first is its output."""


class Cell(nn.Module):
    """Base of all cells.

    `parts` is the number of tensors in the state. `forget_bias` is the initial bias of the gate that forgets, in cells
    that have one (Jozefowicz et al. 2015).
    """

    parts: ClassVar[int] = 1

    def __init__(self, input_size: int, hidden_size: int, forget_bias: float = 1.0) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size

    def initial_state(self, like: Tensor) -> State:
        """Zeros for as many rows as `like` (N, …) has, with its type and device."""
        return tuple(like.new_zeros(len(like), self.hidden_size) for _ in range(self.parts))

    def inputs(self, x: Tensor) -> Tensor:
        """The part of a step that reads the input alone, for any number of them: x (…, I) -> (…, G)."""
        raise NotImplementedError

    def advance(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """The rest of a step: inputs (N, G), state of (N, H) -> output (N, H), state."""
        raise NotImplementedError

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """One step: x (N, I), state of (N, H) -> output (N, H), state."""
        return self.advance(self.inputs(x), state)

    def forward(self, xs: Tensor, state: State) -> tuple[Tensor, State]:
        """All steps: xs (N, T, I), state of (N, H) -> outputs (N, T, H), the state after the last step."""
        outputs = []
        for x in xs.unbind(1):
            y, state = self.step(x, state)
            outputs.append(y)
        return torch.stack(outputs, 1), state

    def narrow(self, make: MakeLinear) -> None:
        """Let what `make` makes take over the linear maps of `step`, for decoding alone. By default none does."""


CELLS: Registry[type[Cell]] = Registry("cell")


class LibraryCell(Cell):
    """A cell whose sequence is torch's fused kernel and whose step shares the kernel's weights.

    Called for one step, nn.LSTM costs about three times what the plain cell does, and the other way round a loop of
    cells costs several times the fused sequence: hence both.
    """

    rnn: nn.RNNBase

    def __init__(self, input_size: int, hidden_size: int, forget_bias: float = 1.0) -> None:
        super().__init__(input_size, hidden_size, forget_bias)
        self.maps: nn.ModuleList | None = None

    def inputs(self, x: Tensor) -> Tensor:
        if self.maps is not None:
            narrow: Tensor = self.maps[0](x)
            return narrow
        w_ih, _, b_ih, _ = self._weights()
        return F.linear(x, w_ih, b_ih)

    def recurrence(self, h: Tensor) -> Tensor:
        """What the last output gives to the gates: h (N, H) -> (N, G)."""
        if self.maps is not None:
            narrow: Tensor = self.maps[1](h)
            return narrow
        _, w_hh, _, b_hh = self._weights()
        return F.linear(h, w_hh, b_hh)

    def narrow(self, make: MakeLinear) -> None:
        w_ih, w_hh, b_ih, b_hh = self._weights()
        self.maps = nn.ModuleList([make(w_ih, b_ih), make(w_hh, b_hh)])
        del self.rnn  # a decoder only steps: its wide weights would be in the way

    def _initialize(self) -> None:
        """Orthogonal recurrent matrices, gate by gate (Saxe et al. 2014), Xavier input matrices, biases of zero."""
        w_ih, w_hh, b_ih, b_hh = self._weights()
        if w_hh.is_meta:  # no values: they will be read
            return
        with torch.no_grad():
            for gate in torch.split(w_hh, self.hidden_size):
                nn.init.orthogonal_(gate)
            for gate in torch.split(w_ih, self.hidden_size):
                nn.init.xavier_uniform_(gate)
            nn.init.zeros_(b_ih)
            nn.init.zeros_(b_hh)

    def _weights(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Of the input and the recurrence, their biases; each gate's rows are together."""
        w_ih, w_hh, b_ih, b_hh = self.rnn.all_weights[0]
        return w_ih, w_hh, b_ih, b_hh

    def forward(self, xs: Tensor, state: State) -> tuple[Tensor, State]:
        start = tuple(part.unsqueeze(0).to(xs.dtype) for part in state)
        outputs, end = self.rnn(xs, start if self.parts > 1 else start[0])
        parts = end if self.parts > 1 else (end,)
        return outputs, tuple(part.squeeze(0) for part in parts)


class Elman(LibraryCell):
    """h' = f(W x + U h + b) (Elman 1990)."""

    nonlinearity: ClassVar[str]

    def __init__(self, input_size: int, hidden_size: int, forget_bias: float = 1.0) -> None:
        super().__init__(input_size, hidden_size)
        self.rnn = nn.RNN(input_size, hidden_size, nonlinearity=self.nonlinearity, batch_first=True)
        self._initialize()

    def advance(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        total = inputs + self.recurrence(state[0])
        h = torch.tanh(total) if self.nonlinearity == "tanh" else torch.relu(total)
        return h, (h,)


@CELLS.register("elman-tanh")
class ElmanTanh(Elman):
    """The simple recurrent network."""

    nonlinearity = "tanh"


@CELLS.register("elman-relu")
class ElmanReLU(Elman):
    """The simple recurrent network with rectified units (Le et al. 2015)."""

    nonlinearity = "relu"


@CELLS.register("gru")
class GRU(LibraryCell):
    """The gated recurrent unit (Cho et al. 2014), the reset gate behind the recurrent product as in cuDNN."""

    def __init__(self, input_size: int, hidden_size: int, forget_bias: float = 1.0) -> None:
        super().__init__(input_size, hidden_size)
        self.rnn = nn.GRU(input_size, hidden_size, batch_first=True)
        self._initialize()
        with torch.no_grad():  # gates in torch's order: reset, update, new; an update gate near 1 keeps the past
            self._weights()[2][hidden_size : 2 * hidden_size] = forget_bias

    def advance(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        size, of_h = self.hidden_size, self.recurrence(state[0])
        reset, update = torch.sigmoid(inputs[..., : 2 * size] + of_h[..., : 2 * size]).chunk(2, -1)
        new = torch.tanh(inputs[..., 2 * size :] + reset * of_h[..., 2 * size :])
        h = new + update * (state[0] - new)
        return h, (h,)


@CELLS.register("lstm")
class LSTM(LibraryCell):
    """Long short-term memory (Hochreiter and Schmidhuber 1997) with a forget gate (Gers et al. 2000)."""

    parts = 2

    def __init__(self, input_size: int, hidden_size: int, forget_bias: float = 1.0) -> None:
        super().__init__(input_size, hidden_size)
        self.rnn = nn.LSTM(input_size, hidden_size, batch_first=True)
        self._initialize()
        with torch.no_grad():  # gates in torch's order: input, forget, cell, output
            self._weights()[2][hidden_size : 2 * hidden_size] = forget_bias

    def advance(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        total = inputs + self.recurrence(state[0])
        size = self.hidden_size
        enter, forget = torch.sigmoid(total[..., : 2 * size]).chunk(2, -1)
        new, leave = torch.tanh(total[..., 2 * size : 3 * size]), torch.sigmoid(total[..., 3 * size :])
        c = forget * state[1] + enter * new
        h = leave * torch.tanh(c)
        return h, (h, c)
