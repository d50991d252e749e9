"""Cells with a torch kernel: Elman's network, GRU and LSTM.

In plain code: `elman`, `gru` and `lstm` in docs/learn/plain.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seq2seq.models.cells.cell import CELLS, State, by_gate
from seq2seq.models.cells.gates import gru_gates, lstm_gates
from seq2seq.models.cells.kernel import KernelCell, Recurrence
from seq2seq.models.quantization import MakeLinear, quantized_map


class TorchCell(KernelCell):
    """Base class for cells that use torch's kernel for sequences and plain operations for a step.

    Both share their weights. For a single step, nn.LSTM takes about three times as long as plain
    operations; for a sequence, a loop over steps takes several times as long as the kernel.
    """

    rnn: nn.RNNBase
    """Layer that holds the weights, set by the subclass; deleted by quantization."""

    gates: ClassVar[tuple[str, ...]]
    """Names of the gates, in torch's order."""

    def __init__(self, input_size: int, hidden_size: int, forget_bias: float = 1.0) -> None:
        super().__init__(input_size, hidden_size, forget_bias)
        self.maps: nn.ModuleList | None = None

    def project_inputs(self, x: Tensor) -> Tensor:
        if self.maps is not None:
            quantized: Tensor = self.maps[0](x)
            return quantized
        w_ih, _, b_ih, _ = self._weights()
        return F.linear(x, w_ih, b_ih)

    def recurrence(self, h: Tensor) -> Tensor:
        """Compute the contribution of the last output h (N, H) to the gates (N, G)."""
        if self.maps is not None:
            quantized: Tensor = self.maps[1](h)
            return quantized
        _, w_hh, _, b_hh = self._weights()
        return F.linear(h, w_hh, b_hh)

    def recurrent_matrices(self) -> dict[str, Tensor]:
        return by_gate(self._weights()[1], self.gates)

    def quantize_weights(self, make: MakeLinear) -> None:
        """Replace torch's layer by quantized linear maps, which can only take single steps."""
        w_ih, w_hh, b_ih, b_hh = self._weights()
        self.maps = nn.ModuleList(
            [quantized_map(w_ih, b_ih, make), quantized_map(w_hh, b_hh, make)]
        )
        del self.rnn  # a decoder takes single steps, so the float32 weights would only waste memory

    def _initialize(self, recurrent: Callable[[Tensor], Tensor] = nn.init.orthogonal_) -> None:
        """Initialize matrices gate by gate, and biases with zeros.

        Recurrent matrices are orthogonal by default (Saxe et al. 2014), and input matrices Xavier
        uniform (Glorot and Bengio 2010).

        Args:
            recurrent: Initializes the recurrent matrix of a gate in place.
        """
        if not self.input_size:
            # In a deep transition. torch creates no such layer, and this one never runs as a whole.
            self.rnn.weight_ih_l0 = nn.Parameter(self._weights()[0].detach()[:, :0])
        w_ih, w_hh, b_ih, b_hh = self._weights()
        if w_hh.is_meta:  # a meta tensor has no values; they will be loaded
            return
        with torch.no_grad():
            for gate in torch.split(w_hh, self.hidden_size):
                recurrent(gate)
            for gate in torch.split(w_ih, self.hidden_size):
                nn.init.xavier_uniform_(gate)
            nn.init.zeros_(b_ih)
            nn.init.zeros_(b_hh)

    def _weights(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return the input matrix, the recurrent matrix and their biases, gate by gate."""
        w_ih, w_hh, b_ih, b_hh = self.rnn.all_weights[0]
        return w_ih, w_hh, b_ih, b_hh

    def recurrent_weights(self) -> Recurrence | None:
        if self.maps is not None:
            return None
        _, w_hh, _, b_hh = self._weights()
        return Recurrence(w_hh, bias=b_hh)

    def plain_forward(self, xs: Tensor, state: State) -> tuple[Tensor, State]:
        start = tuple(part.unsqueeze(0).to(xs.dtype) for part in state)
        if "parametrizations" in self.rnn._modules:
            # The layer's own forward would use the weights that it was created with.
            outputs, *end = self._kernel(xs, start)
        else:
            outputs, last = self.rnn(xs, start if self.state_parts > 1 else start[0])
            end = list(last) if self.state_parts > 1 else [last]
        return outputs, tuple(part.squeeze(0) for part in end)

    def _kernel(self, xs: Tensor, start: State) -> tuple[Tensor, ...]:
        """Run torch's kernel with the current weights; return outputs and parts of the state."""
        kernels: dict[str, Callable[..., tuple[Tensor, ...]]] = {
            "LSTM": torch.lstm,
            "GRU": torch.gru,
            "RNN_TANH": torch.rnn_tanh,
            "RNN_RELU": torch.rnn_relu,
        }
        initial = start if self.state_parts > 1 else start[0]
        weights = list(self._weights())
        return kernels[self.rnn.mode](
            xs, initial, weights, True, 1, 0.0, self.training, False, True
        )


class Elman(TorchCell):
    """Simple recurrent network: h' = f(W x + U h + b) (Elman 1990)."""

    nonlinearity: ClassVar[str]
    """Name of f in torch: tanh or relu."""

    gates = ("recurrent",)

    def recurrent_weights(self) -> Recurrence | None:
        return None  # there is no kernel

    def __init__(self, input_size: int, hidden_size: int, forget_bias: float = 1.0) -> None:
        super().__init__(input_size, hidden_size)
        self.rnn = nn.RNN(
            max(1, input_size), hidden_size, nonlinearity=self.nonlinearity, batch_first=True
        )
        self._initialize(nn.init.eye_ if self.nonlinearity == "relu" else nn.init.orthogonal_)

    def update(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        total = inputs + self.recurrence(state[0])
        h = torch.tanh(total) if self.nonlinearity == "tanh" else torch.relu(total)
        return h, (h,)


@CELLS.register("elman-tanh")
class ElmanTanh(Elman):
    """Simple recurrent network with tanh."""

    nonlinearity = "tanh"


@CELLS.register("elman-relu")
class ElmanReLU(Elman):
    """Simple recurrent network with ReLU, whose initial weights keep the state (Le et al. 2015)."""

    nonlinearity = "relu"


@CELLS.register("gru")
class GRU(TorchCell):
    """Gated recurrent unit (Cho et al. 2014).

    The reset gate is applied after the recurrent product, as in cuDNN.
    """

    gates = ("reset", "update", "new")

    def __init__(self, input_size: int, hidden_size: int, forget_bias: float = 1.0) -> None:
        super().__init__(input_size, hidden_size)
        self.rnn = nn.GRU(max(1, input_size), hidden_size, batch_first=True)
        self._initialize()
        with torch.no_grad():  # an update gate near 1 keeps the past
            self._weights()[2][hidden_size : 2 * hidden_size] = forget_bias

    def gate_values(self, inputs: Tensor, state: State) -> dict[str, Tensor]:
        return gru_gates(inputs, self.recurrence(state[0]))

    def update(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        _, update, new = self.gate_values(inputs, state).values()
        h = new + update * (state[0] - new)
        return h, (h,)


@CELLS.register("lstm")
class LSTM(TorchCell):
    """Long short-term memory (Hochreiter and Schmidhuber 1997).

    It has a forget gate (Gers et al. 2000).
    """

    state_parts = 2
    gates = ("input", "forget", "cell", "output")

    def __init__(self, input_size: int, hidden_size: int, forget_bias: float = 1.0) -> None:
        super().__init__(input_size, hidden_size)
        self.rnn = nn.LSTM(max(1, input_size), hidden_size, batch_first=True)
        self._initialize()
        with torch.no_grad():
            self._weights()[2][hidden_size : 2 * hidden_size] = forget_bias

    def gate_values(self, inputs: Tensor, state: State) -> dict[str, Tensor]:
        return lstm_gates(inputs + self.recurrence(state[0]))

    def update(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        enter, forget, new, leave = self.gate_values(inputs, state).values()
        c = forget * state[1] + enter * new
        h = leave * torch.tanh(c)
        return h, (h, c)
