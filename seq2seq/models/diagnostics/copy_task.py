"""Copy task: a few symbols, a long gap, then the same symbols again.

See Hochreiter and Schmidhuber (1997). The task needs memory and nothing else, so its length is the
distance that gradients must reach. The network is a cell with an output layer, and is trained
without a corpus or a checkpoint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seq2seq.models.cells import Cell, make_cell
from seq2seq.models.diagnostics.initialization import INITIALIZATIONS

TEST_EXAMPLES = 500
"""Number of examples for the test of a trained copier."""


@dataclass(frozen=True)
class CopyTask:
    """Copy task: symbols to remember, blank steps, then one step per symbol to repeat it.

    Attributes:
        length: Number of blank steps.
        symbols: Number of different symbols.
        remembered: Number R of symbols to remember.
    """

    length: int
    symbols: int = 8
    remembered: int = 2

    @property
    def input_size(self) -> int:
        """Width I of an input: one element per symbol, one for a blank, one for "repeat now"."""
        return self.symbols + 2

    def cell(
        self,
        cell: str,
        *,
        initialization: str,
        hidden: int,
        forget_bias: float = 0.0,
        seed: int = 1,
    ) -> Cell:
        """Create a cell for the task.

        Args:
            cell: A name in `CELLS`.
            initialization: Initial weights of the recurrence: "default" (torch's), "orthogonal" or
                "identity".
            hidden: Width of the cell.
            forget_bias: Initial bias of the gate that keeps the past; "default" overwrites it.
            seed: Seed of torch's random generator.

        Returns:
            A cell with initial weights.

        Raises:
            ConfigError: The cell is unknown.
        """
        torch.manual_seed(seed)
        made = make_cell(cell, self.input_size, hidden, forget_bias=forget_bias)
        INITIALIZATIONS[initialization](made)
        return made

    def batch(self, rows: int, *, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Draw examples.

        Args:
            rows: Number N of examples.
            generator: Source of the random symbols.

        Returns:
            One-hot inputs (N, R + length + R, I), and the symbols to repeat (N, R).
        """
        wanted = torch.randint(self.symbols, (rows, self.remembered), generator=generator)
        blanks = torch.full((rows, self.length), self.symbols)
        requests = torch.full((rows, self.remembered), self.symbols + 1)
        one_hot = F.one_hot(torch.cat([wanted, blanks, requests], 1), self.input_size)
        return one_hot.to(torch.get_default_dtype()), wanted


class Copier(nn.Module):
    """Network for the copy task: a cell, and a linear map from its last outputs to the symbols."""

    def __init__(self, cell: Cell, task: CopyTask) -> None:
        super().__init__()
        self.cell = cell
        self.task = task
        self.output = nn.Linear(cell.hidden_size, task.symbols)

    def forward(self, xs: Tensor) -> Tensor:
        """Return logits (N, R, symbols) for inputs (N, T, I)."""
        outputs, _ = self.cell(xs, self.cell.initial_state(xs[:, 0]))
        logits: Tensor = self.output(outputs[:, -self.task.remembered :])
        return logits


@dataclass(frozen=True)
class LearningResult:
    """Result of training a copier.

    Attributes:
        loss: Mean loss per symbol in nats, on test examples.
        accuracy: Fraction of the symbols that are correct.
        largest_norm: Largest norm of the gradient over all steps, before clipping.
        steps: Number of steps before the gradient became infinite or NaN, or all steps.
    """

    loss: float
    accuracy: float
    largest_norm: float
    steps: int


def learn(
    copier: Copier,
    *,
    steps: int,
    clip_norm: float | None = None,
    learning_rate: float = 0.003,
    rows: int = 32,
    seed: int = 1,
) -> LearningResult:
    """Train a copier with Adam, then test it.

    Args:
        copier: Changed in place.
        steps: Number of training steps.
        clip_norm: Maximum norm of the gradient; None for no clipping.
        learning_rate: Learning rate of Adam.
        rows: Number of new examples per step.
        seed: Seed of the examples.

    Returns:
        Loss and accuracy on new examples, and statistics of the training.
    """
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(copier.parameters(), learning_rate)
    largest_norm = 0.0
    steps_taken = 0
    for _ in range(steps):
        xs, wanted = copier.task.batch(rows, generator=generator)
        optimizer.zero_grad()
        _loss(copier(xs), wanted).backward()  # type: ignore[no-untyped-call]
        norm = float(nn.utils.clip_grad_norm_(copier.parameters(), clip_norm or float("inf")))
        largest_norm = max(largest_norm, norm) if norm == norm else norm
        if not norm < float("inf"):
            break
        optimizer.step()
        steps_taken += 1
    xs, wanted = copier.task.batch(TEST_EXAMPLES, generator=generator)
    with torch.no_grad():
        logits = copier(xs)
    return LearningResult(
        loss=float(_loss(logits, wanted)),
        accuracy=float((logits.argmax(-1) == wanted).float().mean()),
        largest_norm=largest_norm,
        steps=steps_taken,
    )


def learn_with_and_without_clipping(
    task: CopyTask, *, variant: Mapping[str, Any], hidden: int, steps: int, clip_norm: float = 1.0
) -> tuple[LearningResult, LearningResult]:
    """Train the same copier twice, with and without clipping.

    If no gradient of the first training exceeds `clip_norm`, the second training would be the same
    and is skipped.

    Args:
        task: The task to learn.
        variant: Arguments of `CopyTask.cell`, except for the width.
        hidden: Width of the cell.
        steps: Number of training steps.
        clip_norm: Maximum norm of the gradient.

    Returns:
        The results with and without clipping.
    """

    def copier() -> Copier:
        return Copier(task.cell(hidden=hidden, **variant), task)

    clipped = learn(copier(), steps=steps, clip_norm=clip_norm)
    if clipped.largest_norm <= clip_norm:
        return clipped, clipped
    return clipped, learn(copier(), steps=steps)


def _loss(logits: Tensor, wanted: Tensor) -> Tensor:
    return F.cross_entropy(logits.flatten(0, 1), wanted.flatten())
