"""Cells with a native kernel for sequences, which computes all steps in one call.

The kernel (seq2seq/kernels) gives the numbers of the plain operations, and runs on CPUs that have
the instructions. Elsewhere, and for a width that it does not support, the plain operations run.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from seq2seq.kernels import Norms, recurrence, supports
from seq2seq.models.cells.cell import Cell, State


@dataclass(frozen=True)
class Recurrence:
    """Weights of the recurrent part of a cell.

    Attributes:
        weight: Recurrent matrix (G, H).
        norms: Parameters of layer normalization; None without.
        bias: Bias of the recurrent product (G,); None with layer normalization.
    """

    weight: Tensor
    norms: Norms | None = None
    bias: Tensor | None = None


class KernelCell(Cell):
    """Base class for cells with a native kernel.

    A subclass defines `recurrent_weights`, and may override `plain_forward`.
    """

    def recurrent_weights(self) -> Recurrence | None:
        """Return the weights for the kernel; None if they are quantized."""
        raise NotImplementedError

    def kernel_inputs(self, xs: Tensor) -> Tensor:
        """Compute the contributions of the input (…, G) to the gates, before normalization.

        Args:
            xs: Inputs (…, I).

        Returns:
            Contributions (…, G).
        """
        return self.project_inputs(xs)

    def plain_forward(self, xs: Tensor, state: State) -> tuple[Tensor, State]:
        """Process a whole sequence without the kernel; see `forward`."""
        return super().forward(xs, state)

    def forward(self, xs: Tensor, state: State) -> tuple[Tensor, State]:
        found = self._run_kernel(xs, state)
        return self.plain_forward(xs, state) if found is None else found

    def run(self, xs: Tensor, state: State, lengths: Tensor | None = None) -> Tensor:
        found = self._run_kernel(xs, state, lengths)
        return super().run(xs, state, lengths) if found is None else found[0]

    def encode(self, xs: Tensor, lengths: Tensor, *, reverse: bool = False) -> Tensor:
        state = self.initial_state(xs[:, 0])
        found = self._run_kernel(xs, state, lengths, reverse=reverse)
        return super().encode(xs, lengths, reverse=reverse) if found is None else found[0]

    def loops_over_steps(self) -> bool:
        return type(self).plain_forward is KernelCell.plain_forward

    def _run_kernel(
        self, xs: Tensor, state: State, lengths: Tensor | None = None, *, reverse: bool = False
    ) -> tuple[Tensor, State] | None:
        """Return outputs and the last state; None if there is no kernel."""
        weights = self.recurrent_weights()
        if weights is None or xs.device.type != "cpu":
            return None
        inputs = self.kernel_inputs(xs)
        if not supports(inputs.dtype, inputs.device, self.hidden_size):
            return None
        return recurrence(
            inputs,
            state,
            weights.weight,
            norms=weights.norms,
            bias=weights.bias,
            lengths=lengths,
            reverse=reverse,
        )
