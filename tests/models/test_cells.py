"""Rules that every registered cell keeps; a new cell is tested as soon as it is registered."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call

from seq2seq.errors import ConfigError
from seq2seq.models.cells import CELLS, Cell, State, make_cell
from seq2seq.models.cells.linear import linear_recurrence

ROWS = 3
TIMES = 5
INPUTS = 4
HIDDEN = 6
DEEP = ["gru x 3", "lstm x 2", "ln-lstm x 2", "jordan x 2", "elman-relu x 2"]
every_cell = pytest.mark.parametrize("name", [*sorted(CELLS), *DEEP])


def random_cell(name: str) -> Cell:
    """Make a float64 cell without zero parameters, so that each one matters.

    "gru x 2" is two in a row.
    """
    torch.manual_seed(3)
    name, _, depth = name.partition(" x ")
    cell = make_cell(name, INPUTS, HIDDEN, depth=int(depth or 1)).double()
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    return cell


def project_inputs(cell: Cell, times: int = TIMES) -> tuple[Tensor, tuple[Tensor, ...]]:
    generator = torch.Generator().manual_seed(4)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64).requires_grad_()

    return normal(ROWS, times, INPUTS), tuple(normal(ROWS, HIDDEN) for _ in range(cell.state_parts))


def loop(cell: Cell, xs: Tensor, state: State) -> tuple[Tensor, State]:
    """All steps, one by one."""
    outputs = []
    for x in xs.unbind(1):
        y, state = cell.step(x, state)
        outputs.append(y)
    return torch.stack(outputs, 1), state


class Step(nn.Module):
    """Module whose forward is one step of a cell."""

    def __init__(self, cell: Cell) -> None:
        super().__init__()
        self.cell = cell

    def forward(self, x: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        y, after = self.cell.step(x, state)
        return (y, *after)


@every_cell
@pytest.mark.parametrize("times", [1, TIMES])
def test_the_whole_sequence_equals_the_loop_of_steps_and_so_do_its_gradients(
    name: str, times: int
) -> None:
    cell = random_cell(name)
    xs, state = project_inputs(cell, times)
    results = []
    for forward in (type(cell).forward, Cell.forward, loop):
        ys, end = forward(cell, xs, state)
        assert ys.shape == (ROWS, times, HIDDEN)
        assert [part.shape for part in end] == [(ROWS, HIDDEN)] * cell.state_parts
        weights = torch.linspace(-1, 1, ys.numel(), dtype=torch.float64).view_as(ys)
        total = (ys * weights).sum() + sum(
            (part**2).sum() * (index + 1) for index, part in enumerate(end)
        )
        gradients = torch.autograd.grad(total, [xs, *state, *cell.parameters()])
        results.append([ys, *end, *gradients])
    for other in results[1:]:
        for fused, looped in zip(results[0], other, strict=True):
            torch.testing.assert_close(fused, looped, rtol=1e-11, atol=1e-12)


@every_cell
@pytest.mark.parametrize("time", range(TIMES - 1))
def test_an_output_does_not_depend_on_later_inputs(name: str, time: int) -> None:
    cell = random_cell(name)
    xs, state = project_inputs(cell)
    ys, _ = cell(xs, state)
    (gradient,) = torch.autograd.grad(ys[:, time].sum(), xs)
    assert gradient[:, : time + 1].abs().amin() > 0 or name.startswith(
        ("elman-relu", "ssru")
    )  # a unit may be off
    assert gradient[:, time + 1 :].abs().max() == 0
    other = xs.detach().clone()
    other[:, time + 1 :] = 100.0
    torch.testing.assert_close(
        cell(other, state)[0][:, : time + 1], ys[:, : time + 1], rtol=0, atol=1e-14
    )


@every_cell
def test_a_row_does_not_depend_on_the_others(name: str) -> None:
    cell = random_cell(name)
    xs, state = project_inputs(cell)
    ys, _ = cell(xs, state)
    for row in range(ROWS):
        alone, _ = cell(xs[row : row + 1], tuple(part[row : row + 1] for part in state))
        torch.testing.assert_close(alone[0], ys[row], rtol=0, atol=1e-13)


@every_cell
def test_gradients_of_a_step_equal_finite_differences(name: str) -> None:
    cell = random_cell(name)
    step = Step(cell)
    xs, state = project_inputs(cell)
    names, parameters = zip(*step.named_parameters(), strict=True)

    def call(x: Tensor, *rest: Tensor) -> tuple[Tensor, ...]:
        values = dict(zip(names, rest[cell.state_parts :], strict=True))
        outputs: tuple[Tensor, ...] = functional_call(step, values, (x, *rest[: cell.state_parts]))
        return outputs

    assert torch.autograd.gradcheck(
        call, (xs[:, 0].detach().requires_grad_(), *state, *parameters), fast_mode=True
    )


@every_cell
def test_a_step_from_the_initial_state_is_a_step_from_zeros_of_the_inputs_type(name: str) -> None:
    cell = random_cell(name)
    xs, _ = project_inputs(cell)
    zeros = cell.initial_state(xs)
    assert len(zeros) == cell.state_parts
    assert all(
        part.shape == (ROWS, HIDDEN) and part.dtype == xs.dtype and not part.any() for part in zeros
    )


@pytest.mark.parametrize("bias", [-2.0, 0.0, 1.0, 3.0])
@pytest.mark.parametrize("name", ["gru", "lstm", "ln-gru", "ln-lstm", "mingru", "ssru", "sru"])
def test_with_weights_of_zero_a_step_keeps_sigmoid_of_forget_bias_of_the_past(
    name: str, bias: float
) -> None:
    cell = CELLS[name](INPUTS, HIDDEN, forget_bias=bias).double()
    with torch.no_grad():
        for parameter_name, parameter in cell.named_parameters():
            if "weight" in parameter_name:
                parameter.zero_()
    xs, state = project_inputs(cell)
    _, after = cell.step(xs[:, 0], state)
    torch.testing.assert_close(
        after[-1], torch.sigmoid(torch.tensor(bias)).double() * state[-1], rtol=1e-6, atol=0
    )


@every_cell
def test_recurrent_matrices_begin_orthogonal(name: str) -> None:
    name, _, depth = name.partition(" x ")
    cell = make_cell(name, INPUTS, HIDDEN, depth=int(depth or 1)).double()
    recurrent = [
        p
        for p in cell.parameters()
        if p.dim() == 2 and p.shape[1] == HIDDEN and p.shape[0] % HIDDEN == 0
    ]
    assert bool(recurrent) == CELLS[name].mixes_state
    for matrix in recurrent:
        for gate in matrix.split(HIDDEN):
            torch.testing.assert_close(gate @ gate.T, torch.eye(HIDDEN).double(), rtol=0, atol=1e-6)


def test_a_rectified_network_initially_keeps_its_state() -> None:
    cell = CELLS["elman-relu"](INPUTS, HIDDEN).double()
    state = torch.rand(ROWS, HIDDEN).double()
    y, _ = cell.step(torch.zeros(ROWS, INPUTS).double(), (state,))
    torch.testing.assert_close(y, state)


@pytest.mark.parametrize("name", ["mingru", "minlstm", "ssru", "sru"])
def test_a_cell_that_does_not_mix_its_state_is_refused_in_a_deep_transition(name: str) -> None:
    with pytest.raises(ConfigError, match=f"transition_depth must be 1 with cell {name}"):
        make_cell(name, INPUTS, HIDDEN, depth=2)


def test_the_cells_of_a_deep_transition_follow_each_other_within_a_step() -> None:
    cell = random_cell("gru x 3")
    xs, state = project_inputs(cell)
    expected = cell.first.step(xs[:, 0], state)[0]
    for other in cell.others:
        expected = other.step(xs[:, 0, :0], (expected,))[0]
    assert torch.equal(cell.step(xs[:, 0], state)[0], expected)


@pytest.mark.parametrize("times", [1, 2, 7])
def test_a_linear_recurrence_and_its_gradients_equal_the_loop(times: int) -> None:
    generator = torch.Generator().manual_seed(5)
    keep, add = (torch.randn(2, 3, times, 4, generator=generator, dtype=torch.float64)).unbind(0)
    start = torch.randn(3, 4, generator=generator, dtype=torch.float64)
    arguments = [tensor.requires_grad_() for tensor in (keep.clone(), add.clone(), start)]
    h = arguments[2]
    expected = []
    for time in range(times):
        h = arguments[0][:, time] * h + arguments[1][:, time]
        expected.append(h)
    torch.testing.assert_close(
        linear_recurrence(*arguments), torch.stack(expected, 1), rtol=0, atol=1e-12
    )
    assert torch.autograd.gradcheck(linear_recurrence, arguments)
    narrow = linear_recurrence(*(tensor.detach().bfloat16() for tensor in arguments))
    assert narrow.dtype == torch.bfloat16
    torch.testing.assert_close(narrow.double(), torch.stack(expected, 1), rtol=0.05, atol=0.1)
