"""An exponential moving average of the weights (Polyak and Juditsky 1992), which often scores
better than the last.

It knows no training loop: it is told when a step has been taken, and lends its values to the model.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn


class MovingAverage:
    """average <- decay * average + (1 - decay) * weights after each step, early on with a smaller
    decay.

    The decay of step t is at most (1 + t) / (10 + t), so that the first weights are soon forgotten.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        assert 0 < decay < 1
        self.decay = decay
        self._weights = list(model.parameters())  # a tied one once
        self._average = [weight.detach().clone() for weight in self._weights]

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take in the weights after a step, counted from 1."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for average, weight in zip(self._average, self._weights, strict=True):
            average.lerp_(weight, 1 - decay)

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        """Let the model have the average while this lasts."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    @torch.no_grad()
    def _swap(self) -> None:
        for index, weight in enumerate(self._weights):
            weight.data, self._average[index] = self._average[index], weight.data

    def tensors(self) -> dict[str, Tensor]:
        """What a checkpoint keeps."""
        return {str(index): average for index, average in enumerate(self._average)}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Go back to what a checkpoint kept; raise ValueError if it is of another model."""
        if [list(tensors[str(i)].shape) for i in range(len(tensors)) if str(i) in tensors] != [
            list(average.shape) for average in self._average
        ]:
            raise ValueError("it is of another model")
        for index, average in enumerate(self._average):
            average.copy_(tensors[str(index)])
