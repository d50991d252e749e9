"""Gates of a GRU and of an LSTM, for the cells with a torch kernel and the normalized ones."""

from __future__ import annotations

import torch
from torch import Tensor


def gru_gates(inputs: Tensor, recurrent: Tensor) -> dict[str, Tensor]:
    """Return the gates of a GRU; the reset gate is applied after the recurrent product.

    Args:
        inputs: Contribution of the input (N, 3 * H): reset, update, candidate state.
        recurrent: Contribution of the state (N, 3 * H).

    Returns:
        The reset gate, the update gate and the candidate state (N, H), by name.
    """
    size = inputs.shape[-1] // 3
    sigmoids = torch.sigmoid(inputs[..., : 2 * size] + recurrent[..., : 2 * size])
    reset, update = sigmoids.chunk(2, -1)
    candidate = torch.tanh(inputs[..., 2 * size :] + reset * recurrent[..., 2 * size :])
    return {"reset": reset, "update": update, "candidate": candidate}


def lstm_gates(total: Tensor) -> dict[str, Tensor]:
    """Return the gates of an LSTM.

    Args:
        total: Contributions of the input and of the state (N, 4 * H): input, forget, cell, output.

    Returns:
        The gates (N, H), by name; "cell" is the candidate state, which the input gate lets in.
    """
    size = total.shape[-1] // 4
    enter, forget = torch.sigmoid(total[..., : 2 * size]).chunk(2, -1)
    new = torch.tanh(total[..., 2 * size : 3 * size])
    leave = torch.sigmoid(total[..., 3 * size :])
    return {"input": enter, "forget": forget, "cell": new, "output": leave}
