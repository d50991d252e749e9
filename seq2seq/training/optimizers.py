"""Optimizers by name.

Weight decay is decoupled in `adamw` (Loshchilov and Hutter 2019); elsewhere it is an L2 penalty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import nn

from seq2seq.registry import Registry

Factory = Callable[[Iterable[nn.Parameter], float, float], torch.optim.Optimizer]
"""(parameters, learning rate, weight decay) -> optimizer."""

OPTIMIZERS: Registry[Factory] = Registry("optimizer")


@OPTIMIZERS.register("adam")
def adam(parameters: Iterable[nn.Parameter], rate: float, decay: float) -> torch.optim.Optimizer:
    """Return Adam (Kingma and Ba 2015), with one fused pass over the weights."""
    return torch.optim.Adam(parameters, rate, weight_decay=decay, fused=True)


@OPTIMIZERS.register("adamw")
def adamw(parameters: Iterable[nn.Parameter], rate: float, decay: float) -> torch.optim.Optimizer:
    """Return Adam with decoupled weight decay."""
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

    Its learning rate is 1 by design.
    """
    return torch.optim.Adadelta(parameters, rate, rho=0.95, eps=1e-6, weight_decay=decay)
