"""The recurrence kernels: numbers and gradients of the plain cells, whatever the batch."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from seq2seq.kernels import recurrence, supports
from seq2seq.kernels.library import load_library
from seq2seq.models.cells import CELLS, Cell, State
from seq2seq.models.cells.kernel import KernelCell
from seq2seq.models.cells.reversal import reorder, reversal
from tests.support.examples import few

CPU = torch.device("cpu")
NAMES = ["gru", "lstm", "ln-gru", "ln-lstm"]
TOLERANCE = {torch.float64: 1e-10, torch.float32: 2e-5, torch.bfloat16: 0.03}
"""Largest error of outputs and gradients, relative to the norm."""

pytestmark = pytest.mark.skipif(load_library() is None, reason="needs a C compiler at installation")
every_cell = pytest.mark.parametrize("name", NAMES)


def dtypes() -> Iterator[torch.dtype]:
    """Yield the types of the processor's kernels."""
    yield from (dtype for dtype in TOLERANCE if supports(dtype, CPU, 16))


every_type = pytest.mark.parametrize("dtype", list(dtypes()), ids=str)


def random_cell(name: str, inputs: int, hidden: int, dtype: torch.dtype, seed: int) -> KernelCell:
    """Return a cell whose weights, scales and biases are all random."""
    torch.manual_seed(seed)
    cell = CELLS[name](inputs, hidden).to(torch.promote_types(dtype, torch.float32))
    assert isinstance(cell, KernelCell)
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter += 0.2 * torch.randn_like(parameter)
    return cell


def random_inputs(cell: Cell, rows: int, steps: int) -> tuple[Tensor, State]:
    """Return inputs and a state, of the type of the weights."""
    like = next(cell.parameters())
    xs = torch.randn(rows, steps, cell.input_size, dtype=like.dtype, requires_grad=True)
    parts = (
        torch.randn(rows, cell.hidden_size, dtype=like.dtype, requires_grad=True)
        for _ in range(cell.state_parts)
    )
    return xs, tuple(parts)


def by_kernel(cell: KernelCell, xs: Tensor, state: State) -> tuple[Tensor, State]:
    """Run the kernel, and not by chance the plain operations."""
    found = cell._run_kernel(xs, state)
    assert found is not None
    return found


def errors(ours: list[Tensor], plain: list[Tensor]) -> list[float]:
    """Return the error of each tensor relative to its norm."""
    pairs = zip(ours, plain, strict=True)
    return [
        float((a.detach().double() - b.detach().double()).norm() / b.detach().double().norm())
        for a, b in pairs
    ]


def results(outputs: Tensor, end: State, leaves: list[Tensor], dtype: torch.dtype) -> list[Tensor]:
    """Return outputs, the last state, and the gradients of a sum with different weights."""
    torch.manual_seed(7)
    parts = [outputs, *end]
    total = sum((part.to(leaves[0].dtype) * torch.randn(part.shape)).sum() for part in parts)
    assert isinstance(total, Tensor)
    return [*parts, *torch.autograd.grad(total, leaves)]


@every_type
@every_cell
@given(
    rows=st.integers(1, 80),
    steps=st.integers(1, 5),
    inputs=st.integers(4, 20),  # with fewer, a normalization leaves hardly any gradient
    blocks=st.integers(1, 4),
    seed=st.integers(0, 99),
)
@few(6)
def test_outputs_states_and_gradients_are_those_of_plain_operations(
    name: str, dtype: torch.dtype, rows: int, steps: int, inputs: int, blocks: int, seed: int
) -> None:
    cell = random_cell(name, inputs, 16 * blocks, dtype, seed)
    xs, state = random_inputs(cell, rows, steps)
    leaves = [xs, *state, *cell.parameters()]
    found = []
    for forward in (by_kernel, Cell.forward):
        with torch.autocast("cpu", torch.bfloat16, enabled=dtype == torch.bfloat16):
            outputs, end = forward(cell, xs, state)
        found.append(results(outputs, end, leaves, dtype))
    assert max(errors(*found)) < TOLERANCE[dtype]


@every_cell
def test_gradients_are_those_of_finite_differences(name: str) -> None:
    cell = random_cell(name, 3, 16, torch.float64, 1)
    xs, state = random_inputs(cell, 2, 3)
    norms_and_biases = [one for one in cell.parameters() if one.dim() == 1 or len(one) <= 4]
    matrix = cell.recurrent_weights()
    assert matrix is not None

    def run(*_: Tensor) -> tuple[Tensor, ...]:
        outputs, end = by_kernel(cell, xs, state)
        return outputs, *end

    leaves = (xs, *state, *norms_and_biases)
    assert torch.autograd.gradcheck(run, leaves, fast_mode=True)
    assert torch.autograd.gradcheck(run, (matrix.weight,), fast_mode=True)


@every_type
@every_cell
@given(lengths=st.lists(st.integers(1, 6), min_size=1, max_size=40), reverse=st.booleans())
@few(6)
def test_padding_changes_nothing(
    name: str, dtype: torch.dtype, lengths: list[int], reverse: bool
) -> None:
    cell = random_cell(name, 5, 32, dtype, 3)
    xs, _ = random_inputs(cell, len(lengths), max(lengths))
    sizes = torch.tensor(lengths)
    real = torch.arange(max(lengths)) < sizes.unsqueeze(1)
    found = []
    for poison in (0.0, 1e4):
        padded = xs.detach().masked_fill(~real.unsqueeze(2), poison).requires_grad_()
        with torch.autocast("cpu", torch.bfloat16, enabled=dtype == torch.bfloat16):
            outputs = cell.encode(padded, sizes, reverse=reverse)
        leaves = [padded, *cell.parameters()]
        weights = torch.linspace(-1, 1, outputs.numel(), dtype=xs.dtype).view(outputs.shape)
        gradients = torch.autograd.grad((outputs * weights).sum(), leaves)
        found.append([outputs, *gradients])
    assert all(torch.equal(a, b) for a, b in zip(*found, strict=True))
    outputs, of_inputs = found[0][:2]
    assert not outputs[~real].any()
    assert not of_inputs[~real].any()


@every_type
@every_cell
def test_both_directions_are_those_of_plain_operations(name: str, dtype: torch.dtype) -> None:
    lengths = torch.tensor([4, 1, 6, 6, 2])
    cell = random_cell(name, 5, 32, dtype, 4)
    xs, _ = random_inputs(cell, 5, 6)
    real = (torch.arange(6) < lengths.unsqueeze(1)).unsqueeze(2)
    index = reversal(lengths, 6)
    start = cell.initial_state(xs[:, 0])
    with torch.autocast("cpu", torch.bfloat16, enabled=dtype == torch.bfloat16):
        ours = [cell.encode(xs, lengths), cell.encode(xs, lengths, reverse=True)]
        plain = [Cell.forward(cell, xs, start)[0]]
        plain += [reorder(Cell.forward(cell, reorder(xs, index), start)[0], index)]
    assert (
        max(errors([one * real for one in ours], [one * real for one in plain]))
        < (TOLERANCE[dtype])
    )


@every_type
@every_cell
def test_a_row_is_the_same_to_the_bit_in_any_batch_and_on_any_number_of_threads(
    name: str, dtype: torch.dtype
) -> None:
    cell = random_cell(name, 5, 32, dtype, 5)
    weights = cell.recurrent_weights()
    assert weights is not None
    wide = torch.promote_types(dtype, torch.float32)
    inputs = torch.randn(70, 4, len(weights.weight)).to(dtype)
    state = tuple(torch.randn(70, 32, dtype=wide) for _ in range(cell.state_parts))

    def run(rows: slice) -> Tensor:
        parts = tuple(part[rows] for part in state)
        outputs, _ = recurrence(
            inputs[rows], parts, weights.weight, norms=weights.norms, bias=weights.bias
        )
        return outputs

    whole = run(slice(None))
    assert torch.equal(whole[13:30], run(slice(13, 30)))
    before = torch.get_num_threads()
    torch.set_num_threads(1 if before > 1 else 2)
    try:
        assert not supports(dtype, CPU, 32) or torch.equal(whole, run(slice(None)))
    finally:
        torch.set_num_threads(before)


@every_type
def test_the_operation_is_a_proper_one_of_pytorch(dtype: torch.dtype) -> None:
    wide = torch.promote_types(dtype, torch.float32)
    inputs = torch.randn(3, 2, 64).to(dtype).requires_grad_()
    state = [torch.randn(3, 16, dtype=wide, requires_grad=True) for _ in range(2)]
    weight = torch.randn(64, 16, dtype=wide, requires_grad=True)
    bias = torch.randn(64, dtype=wide, requires_grad=True)
    nothing = [None] * 3
    arguments = (inputs, *state, weight, *nothing, bias, None, None, None, False, True)
    tests = ("test_schema", "test_faketensor", "test_autograd_registration")
    torch.library.opcheck(torch.ops.seq2seq.recurrence, arguments, test_utils=tests)
    results = torch.ops.seq2seq.recurrence(*arguments)
    of_outputs = torch.randn_like(results[0])
    backward = (of_outputs, None, *arguments[:-2], *results, False)
    torch.library.opcheck(
        torch.ops.seq2seq.recurrence_backward,
        tuple(part.detach() if isinstance(part, Tensor) else part for part in backward),
        test_utils=tests,
    )


def test_only_supported_widths_types_and_devices_run_in_the_kernel() -> None:
    assert supports(torch.float64, CPU, 16)
    assert not supports(torch.float64, CPU, 20)
    assert not supports(torch.float16, CPU, 16)
    assert not supports(torch.float64, torch.device("meta"), 16)
    cell = CELLS["gru"](3, 20)
    xs, state = random_inputs(cell, 2, 3)
    assert isinstance(cell, KernelCell)
    assert cell._run_kernel(xs, state) is None
    assert cell(xs, state)[0].shape == (2, 3, 20)
