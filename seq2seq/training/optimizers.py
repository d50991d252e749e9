"""Optimizers by name.

Weight decay is decoupled in `adamw` (Loshchilov and Hutter 2019) and an L2 penalty in the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import nn

from seq2seq.registry import Registry

Factory = Callable[[Iterable[nn.Parameter], float, float], torch.optim.Optimizer]
"""Function that makes an optimizer; it is called with positional arguments.

Args:
    parameters: Parameters to optimize.
    rate: Learning rate, `training.learning_rate`. The trainer sets it anew before each step.
    decay: Weight decay, `training.weight_decay`.

Returns:
    The optimizer. Its state must consist of tensors, which are saved in checkpoints.
"""

OPTIMIZERS: Registry[Factory] = Registry("optimizer")
"""Optimizers by name; `training.optimizer` chooses one."""


@OPTIMIZERS.register("adam")
def adam(parameters: Iterable[nn.Parameter], rate: float, decay: float) -> torch.optim.Optimizer:
    """Return fused Adam (Kingma and Ba 2015)."""
    return torch.optim.Adam(parameters, rate, weight_decay=decay, fused=True)


@OPTIMIZERS.register("adamw")
def adamw(parameters: Iterable[nn.Parameter], rate: float, decay: float) -> torch.optim.Optimizer:
    """Return fused AdamW, which decouples weight decay (Loshchilov and Hutter 2019)."""
    return torch.optim.AdamW(parameters, rate, weight_decay=decay, fused=True)


@OPTIMIZERS.register("rmsprop")
def rmsprop(parameters: Iterable[nn.Parameter], rate: float, decay: float) -> torch.optim.Optimizer:
    """Return RMSProp (Hinton 2012)."""
    return torch.optim.RMSprop(parameters, rate, weight_decay=decay)


@OPTIMIZERS.register("sgd")
def sgd(parameters: Iterable[nn.Parameter], rate: float, decay: float) -> torch.optim.Optimizer:
    """Return plain stochastic gradient descent."""
    return torch.optim.SGD(parameters, rate, weight_decay=decay)


@OPTIMIZERS.register("adadelta")
def adadelta(
    parameters: Iterable[nn.Parameter], rate: float, decay: float
) -> torch.optim.Optimizer:
    """Return Adadelta (Zeiler 2012) with the constants of Bahdanau et al. (2015).

    It is designed for a learning rate of 1.
    """
    return torch.optim.Adadelta(parameters, rate, rho=0.95, eps=1e-6, weight_decay=decay)
