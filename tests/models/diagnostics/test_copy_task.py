"""The copy task: requested symbols are those shown, and training is reproducible."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from seq2seq.models.cells import CELLS
from seq2seq.models.diagnostics.copy_task import (
    Copier,
    CopyTask,
    learn,
    learn_with_and_without_clipping,
)


@pytest.mark.parametrize("length", [1, 7])
def test_symbols_are_shown_once_then_blanks_then_requests_to_repeat_them(length: int) -> None:
    task = CopyTask(length, symbols=5, remembered=3)
    xs, wanted = task.batch(40, generator=torch.Generator().manual_seed(1))
    assert xs.shape == (40, length + 6, task.input_size)
    ids = xs.argmax(-1)
    assert torch.equal(F.one_hot(ids, task.input_size).float(), xs)
    assert torch.equal(ids[:, :3], wanted)
    assert (ids[:, 3:-3] == 5).all()
    assert (ids[:, -3:] == 6).all()
    assert set(wanted.flatten().tolist()) == set(range(5))


@pytest.mark.parametrize("name", sorted(CELLS))
def test_every_cell_learns_something_reproducibly(name: str) -> None:
    task = CopyTask(1, symbols=2, remembered=1)

    def trained(steps: int) -> float:
        copier = Copier(
            task.cell(name, initialization="orthogonal", hidden=16, forget_bias=1.0), task
        )
        return learn(copier, steps=steps, learning_rate=0.01).loss

    after = trained(40)
    assert after < 0.8 * trained(0)
    assert after == trained(40)


def test_clipping_changes_nothing_if_no_gradient_is_clipped() -> None:
    task = CopyTask(3)
    variant = {"cell": "lstm", "initialization": "default"}
    free, large = (
        learn(Copier(task.cell(hidden=8, **variant), task), steps=5, clip_norm=clip)
        for clip in (None, 1e9)
    )
    assert free == large
    assert learn_with_and_without_clipping(
        task, variant=variant, hidden=8, steps=5, clip_norm=1e9
    ) == (
        free,
        free,
    )


def test_if_a_gradient_is_clipped_both_trainings_begin_with_the_same_weights() -> None:
    task = CopyTask(3)
    variant = {"cell": "elman-relu", "initialization": "identity"}
    clipped, free = learn_with_and_without_clipping(
        task, variant=variant, hidden=8, steps=5, clip_norm=1e-12
    )
    assert clipped != free
    assert free == learn(Copier(task.cell(hidden=8, **variant), task), steps=5)


def test_training_ends_when_the_gradient_is_not_a_number() -> None:
    task = CopyTask(100)
    cell = task.cell("elman-relu", initialization="identity", hidden=8)
    with torch.no_grad():
        for matrix in cell.recurrent_matrices().values():
            matrix.mul_(10)
    learned = learn(Copier(cell, task), steps=5, clip_norm=1.0)
    assert learned.steps == 0
    assert not math.isfinite(learned.largest_norm)
