"""Exponential moving average of the weights (Polyak and Juditsky 1992).

The average often scores better than the last weights.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn


class MovingAverage:
    """Moving average of a model's weights: average <- decay * average + (1 - decay) * weights.

    At step t the decay is at most (1 + t) / (10 + t), so the initial weights are soon forgotten.

    Args:
        model: The model.
        decay: Decay per step, between 0 and 1 (exclusive).
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        assert 0 < decay < 1
        self.decay = decay
        self._weights = list(model.parameters())  # a tied weight is in it once
        self._average = [weight.detach().clone() for weight in self._weights]

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Update the average with the weights after `step`, counted from 1."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for average, weight in zip(self._average, self._weights, strict=True):
            average.lerp_(weight, 1 - decay)

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        """Return a context in which the model has the averaged weights."""
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
        """Return the average as tensors for a checkpoint."""
        return {str(index): average for index, average in enumerate(self._average)}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Restore the average from a checkpoint; raise ValueError if it is of another model."""
        found = {name: tensor.shape for name, tensor in tensors.items()}
        expected = {str(index): average.shape for index, average in enumerate(self._average)}
        if found != expected:
            raise ValueError("belongs to another model")
        for index, average in enumerate(self._average):
            average.copy_(tensors[str(index)])
