"""The copy task: a few symbols, a long time of nothing, then the same symbols again (Hochreiter and
Schmidhuber 1997).

It asks a recurrent network for memory and for nothing else, so that its length says how far
gradients must reach. The network here is one cell and an output layer, trained alone: no corpus, no
checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seq2seq.models.cells import Cell, make_cell
from seq2seq.models.diagnostics.initialization import INITIALIZATIONS


@dataclass(frozen=True)
class CopyTask:
    """`remembered` symbols out of `symbols`, `length` blank steps, and as many steps in which to
    say them again."""

    length: int
    symbols: int = 8
    remembered: int = 2

    @property
    def input_size(self) -> int:
        """The width of an input: one number for each symbol, one for a blank, one for "say it
        now"."""
        return self.symbols + 2

    def cell(
        self, cell: str, begins: str, hidden: int, forget_bias: float = 0.0, seed: int = 1
    ) -> Cell:
        """A cell of the registry for these inputs; `begins` is one of INITIALIZATIONS."""
        torch.manual_seed(seed)
        made = make_cell(cell, self.input_size, hidden, forget_bias=forget_bias)
        INITIALIZATIONS[begins](made)
        return made

    def batch(self, rows: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Inputs (N, R + length + R, I), each with a single 1 in it, and the symbols wanted at the
        end, (N, R)."""
        wanted = torch.randint(self.symbols, (rows, self.remembered), generator=generator)
        blanks = torch.full((rows, self.length), self.symbols)
        asked = torch.full((rows, self.remembered), self.symbols + 1)
        return F.one_hot(torch.cat([wanted, blanks, asked], 1), self.input_size).to(
            torch.get_default_dtype()
        ), wanted


class Copier(nn.Module):
    """A cell that reads, and a linear map from its last outputs to the symbols."""

    def __init__(self, cell: Cell, task: CopyTask) -> None:
        super().__init__()
        self.cell = cell
        self.task = task
        self.output = nn.Linear(cell.hidden_size, task.symbols)

    def forward(self, xs: Tensor) -> Tensor:
        """Inputs (N, T, I) -> logits (N, R, symbols)."""
        outputs, _ = self.cell(xs, self.cell.initial_state(xs[:, 0]))
        logits: Tensor = self.output(outputs[:, -self.task.remembered :])
        return logits


@dataclass(frozen=True)
class Learnt:
    """What a copier can do after training: the mean loss of a symbol in nats, the share of symbols
    that are right.

    `largest_norm` is that of the gradient over all steps, before clipping; `steps` were taken
    before a loss or a gradient was no longer a number."""

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
) -> Learnt:
    """Train with Adam on `rows` new examples a step, the gradient clipped to `clip_norm` if given;
    then test on 500."""
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(copier.parameters(), learning_rate)
    largest, taken = 0.0, 0
    for _ in range(steps):
        xs, wanted = copier.task.batch(rows, generator)
        optimizer.zero_grad()
        _loss(copier(xs), wanted).backward()  # type: ignore[no-untyped-call]
        norm = float(nn.utils.clip_grad_norm_(copier.parameters(), clip_norm or float("inf")))
        largest = max(largest, norm) if norm == norm else norm
        if not norm < float("inf"):
            break
        optimizer.step()
        taken += 1
    xs, wanted = copier.task.batch(500, generator)
    with torch.no_grad():
        logits = copier(xs)
    return Learnt(
        float(_loss(logits, wanted)),
        float((logits.argmax(-1) == wanted).float().mean()),
        largest,
        taken,
    )


def learn_with_and_without_clipping(
    task: CopyTask, variant: Mapping[str, Any], *, hidden: int, steps: int, clip_norm: float = 1.0
) -> tuple[Learnt, Learnt]:
    """Train the same copier twice, with clipping and without; `variant` is what `CopyTask.cell`
    takes beside its width.

    Where the first training met no gradient above `clip_norm`, the second one would be the same and
    is not made."""
    clipped = learn(
        Copier(task.cell(hidden=hidden, **variant), task), steps=steps, clip_norm=clip_norm
    )
    if clipped.largest_norm <= clip_norm:
        return clipped, clipped
    return clipped, learn(Copier(task.cell(hidden=hidden, **variant), task), steps=steps)


def _loss(logits: Tensor, wanted: Tensor) -> Tensor:
    return F.cross_entropy(logits.flatten(0, 1), wanted.flatten())
