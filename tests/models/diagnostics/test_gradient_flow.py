"""Gradients through time: norms equal finite differences, and diagnoses fit the norms."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from seq2seq.config.settings import ModelConfig
from seq2seq.models.cells import CELLS, Cell, State, make_cell
from seq2seq.models.decoder import Memory
from seq2seq.models.decoders import DECODERS
from seq2seq.models.diagnostics.gradient_flow import (
    diagnosis,
    gradient_norms,
    last_output,
    model_gradient_norms,
    rate_per_step,
    singular_values,
)
from seq2seq.models.diagnostics.initialization import INITIALIZATIONS
from seq2seq.models.model import Seq2SeqModel, build_model

ROWS = 3
TIMES = 6
INPUTS = 4
HIDDEN = 5
DEEP = ["gru x 3", "lstm x 2"]
every_cell = pytest.mark.parametrize("name", [*sorted(CELLS), *DEEP])


def random_cell(name: str) -> Cell:
    """Make a float64 cell without zero parameters; "gru x 3" is three in a row."""
    torch.manual_seed(3)
    name, _, depth = name.partition(" x ")
    cell = make_cell(name, INPUTS, HIDDEN, depth=int(depth or 1)).double()
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    return cell


def normal(*shape: int, seed: int = 4) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@every_cell
@pytest.mark.parametrize("distance", [1, 3, TIMES])
def test_a_norm_equals_the_finite_differences_of_a_perturbed_state(
    name: str, distance: int
) -> None:
    cell = random_cell(name)
    xs = normal(ROWS, TIMES, INPUTS)
    start = tuple(normal(ROWS, HIDDEN, seed=5 + part) for part in range(cell.state_parts))
    norms = gradient_norms(cell, inputs=xs, state=start)

    def rest(state: State) -> Tensor:
        outputs = []
        for x in xs[:, TIMES - distance :].unbind(1):
            y, state = cell.step(x, state)
            outputs.append(y)
        return last_output(torch.stack(outputs, 1))

    with torch.no_grad():
        state = start
        for x in xs[:, : TIMES - distance].unbind(1):
            _, state = cell.step(x, state)
        squares = torch.zeros(ROWS, dtype=torch.float64)
        step = 1e-6
        for part in range(cell.state_parts):
            for dimension in range(HIDDEN):
                moved = []
                for way in (step, -step):
                    other = [tensor.clone() for tensor in state]
                    other[part][:, dimension] += way
                    moved.append(rest(tuple(other)))
                squares += ((moved[0] - moved[1]) / (2 * step)) ** 2
    torch.testing.assert_close(norms[distance - 1], squares.mean().sqrt(), rtol=1e-6, atol=1e-9)


@every_cell
def test_rows_are_averaged_and_do_not_meet(name: str) -> None:
    cell = random_cell(name)
    xs = normal(ROWS, TIMES, INPUTS)
    norms = gradient_norms(cell, inputs=xs)
    assert norms.shape == (TIMES,)
    alone = torch.stack([gradient_norms(cell, inputs=row.unsqueeze(0)) for row in xs])
    torch.testing.assert_close(norms, (alone**2).mean(0).sqrt())
    torch.testing.assert_close(gradient_norms(cell, inputs=torch.cat([xs, xs])), norms)


@every_cell
def test_steps_after_the_loss_change_nothing(name: str) -> None:
    cell = random_cell(name)
    xs = normal(ROWS, TIMES, INPUTS)
    norms = gradient_norms(
        cell, inputs=xs, loss=lambda outputs: last_output(outputs[:, : TIMES - 2])
    )
    assert not norms[:2].any()
    torch.testing.assert_close(norms[2:], gradient_norms(cell, inputs=xs[:, : TIMES - 2]))


@every_cell
def test_nothing_is_left_behind(name: str) -> None:
    cell = random_cell(name)
    xs = normal(ROWS, TIMES, INPUTS)
    with torch.no_grad():
        norms = gradient_norms(cell, inputs=xs)
    assert not norms.requires_grad
    assert all(parameter.grad is None for parameter in cell.parameters())
    cell.requires_grad_(False)
    torch.testing.assert_close(gradient_norms(cell, inputs=xs), norms)


@pytest.mark.parametrize("scale", [0.5, 1.0, 1.25])
def test_in_its_linear_range_an_orthogonal_recurrence_scales_by_its_singular_value_at_each_step(
    scale: float,
) -> None:
    cell = CELLS["elman-tanh"](INPUTS, HIDDEN).double()
    with torch.no_grad():
        (matrix,) = cell.recurrent_matrices().values()
        torch.nn.init.orthogonal_(matrix, gain=scale)
    norms = gradient_norms(cell, inputs=torch.zeros(ROWS, TIMES, INPUTS, dtype=torch.float64))
    torch.testing.assert_close(norms, scale ** torch.arange(1, TIMES + 1, dtype=torch.float64))
    assert rate_per_step(norms) == pytest.approx(scale)
    torch.testing.assert_close(
        singular_values(cell), {"recurrent": torch.full((HIDDEN,), scale).double()}
    )


@pytest.mark.parametrize("bias", [-1.0, 0.0, 3.0])
@pytest.mark.parametrize("name", ["mingru", "ssru"])
def test_a_linear_recurrence_of_one_gate_scales_by_that_gate(name: str, bias: float) -> None:
    cell = CELLS[name](INPUTS, HIDDEN, forget_bias=bias).double()
    with torch.no_grad():
        cell.get_submodule("input").weight.zero_()  # type: ignore[operator]
    state = (torch.ones(ROWS, HIDDEN, dtype=torch.float64),)
    norms = gradient_norms(cell, inputs=normal(ROWS, TIMES, INPUTS), state=state)
    keep = float(torch.sigmoid(torch.tensor(bias)))
    torch.testing.assert_close(
        norms, keep ** torch.arange(1, TIMES + 1, dtype=torch.float64), rtol=1e-6, atol=0
    )


def test_an_underflowing_float32_still_has_a_norm() -> None:
    cell = CELLS["mingru"](INPUTS, HIDDEN, forget_bias=-10.0)
    norms = gradient_norms(cell, inputs=torch.zeros(ROWS, 7, INPUTS))
    assert 0 < norms[-1] < 1e-29  # whose square underflows in float32


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("beginning", ["this package's", "torch's"])
def test_at_distance_100_an_open_lstm_keeps_a_million_times_what_a_simple_recurrent_network_does(
    seed: int, beginning: str
) -> None:
    torch.manual_seed(seed)
    simple = CELLS["elman-tanh"](INPUTS, 64)
    if beginning == "torch's":
        INITIALIZATIONS["default"](simple)
    gated = CELLS["lstm"](INPUTS, 64, forget_bias=3.0)
    xs = torch.randn(4, 100, INPUTS, dtype=torch.float64)
    of_simple, of_gated = (gradient_norms(cell.double(), inputs=xs) for cell in (simple, gated))
    assert of_gated[99] >= 1e6 * of_simple[99]
    assert of_simple[99] > 0, "float64 holds it"
    assert diagnosis(of_simple).startswith("vanishing")


@every_cell
def test_recurrent_matrices_are_all_weights_between_states_and_begin_with_singular_values_of_1(
    name: str,
) -> None:
    name, _, depth = name.partition(" x ")
    cell = make_cell(name, INPUTS, HIDDEN, depth=int(depth or 1))
    matrices = cell.recurrent_matrices()
    between = [
        p
        for p in cell.parameters()
        if p.dim() == 2 and p.shape[1] == HIDDEN and p.shape[0] % HIDDEN == 0
    ]
    assert bool(matrices) == CELLS[name].mixes_state
    assert sum(matrix.numel() for matrix in matrices.values()) == sum(p.numel() for p in between)
    for values in singular_values(cell).values():
        torch.testing.assert_close(values, torch.ones(HIDDEN))
    with torch.no_grad():
        for matrix in matrices.values():
            matrix.zero_()
    assert not any(p.any() for p in between), "they share the parameters' memory"


def model(order: str, **settings: object) -> Seq2SeqModel:
    torch.manual_seed(6)
    config = {
        "embedding_size": 6,
        "hidden_size": 8,
        "encoder_layers": 2,
        "decoder_layers": 2,
        "weight_tying": "none",
    }
    return build_model(
        ModelConfig.model_validate({**config, "decoder_order": order, **settings}), 11, 11
    ).double()


SOURCE = torch.tensor([[4, 5, 6, 7, 8], [9, 4, 4, 10, 5]])
TARGET = torch.tensor([[1, 5, 9, 8, 2], [1, 10, 4, 3, 2]])


@pytest.mark.parametrize(
    "settings", [{}, {"cell": "ln-lstm", "coverage": True}, {"weight_norm": True, "dropout": 0.5}]
)
@pytest.mark.parametrize("order", sorted(DECODERS))
def test_every_layer_of_a_model_is_followed_and_the_model_stays_as_it_was(
    order: str, settings: dict[str, str]
) -> None:
    network = model(order, **settings)
    modules = list(network.named_modules())
    norms = model_gradient_norms(network, SOURCE, TARGET)
    assert list(norms) == [
        *(f"encoder layer {layer} {way}" for way in ("forwards", "backwards") for layer in (1, 2)),
        *(f"decoder layer {layer}" for layer in (1, 2)),
    ]
    assert {name: len(of_layer) for name, of_layer in norms.items()} == {
        name: SOURCE.shape[1] - 1 if "encoder" in name else TARGET.shape[1] - 2 for name in norms
    }
    assert all((of_layer > 0).all() for of_layer in norms.values())
    assert [(name, id(module)) for name, module in network.named_modules()] == [
        (n, id(m)) for n, m in modules
    ]
    assert network.training
    again = model_gradient_norms(network, SOURCE.repeat(2, 1), TARGET.repeat(2, 1))
    for name, of_layer in norms.items():
        torch.testing.assert_close(again[name], of_layer)


@pytest.mark.parametrize("attention", ["none", "luong-general", "bahdanau"])
def test_the_norms_of_a_layer_are_those_of_its_cell_with_the_rest_of_the_model_as_loss(
    attention: str,
) -> None:
    network = model(
        "fused",
        encoder_layers=1,
        decoder_layers=1,
        bidirectional=False,
        attention=attention,
        dropout=0.0,
    )
    norms = model_gradient_norms(network, SOURCE, TARGET)
    inputs = TARGET[:, :-1]
    decoder = network.decoder

    def memory(states: Tensor) -> Memory:
        return Memory(
            states, torch.ones_like(SOURCE, dtype=torch.bool), decoder.attention.keys(states)
        )

    def cost(features: Tensor) -> Tensor:
        return F.cross_entropy(network.output(features[:, -1]), TARGET[:, -1], reduction="none")

    def rest(states: Tensor) -> Tensor:
        return cost(
            decoder(inputs, decoder.start(states[:, -1], memory(states)), memory(states)).features
        )

    (cell,) = network.encoder.forward_cells
    assert isinstance(cell, Cell)
    torch.testing.assert_close(
        norms["encoder layer 1 forwards"],
        gradient_norms(cell, inputs=network.encoder.embedding(SOURCE), loss=rest)[:-1],
    )
    with torch.no_grad():
        states, summary, _ = network.encoder(SOURCE, torch.tensor([SOURCE.shape[1]] * 2))
        start = decoder.start(summary, memory(states))

    def readout(outputs: Tensor) -> Tensor:
        return cost(decoder.features(outputs, decoder.read(outputs, memory(states)), start))

    (cell,) = decoder.cells
    assert isinstance(cell, Cell)
    alone = gradient_norms(
        cell, inputs=decoder.embed(inputs, start), loss=readout, state=start.layers[0]
    )
    torch.testing.assert_close(norms["decoder layer 1"], alone[:-1])


@pytest.mark.parametrize(
    ("norms", "words"),
    [
        (
            [2.0**-step for step in range(101)],
            "vanishing: after 101 steps, a fraction of 8e-31 of the gradient is left (halving "
            "every step). ",
        ),
        (
            [2.0**step for step in range(101)],
            "exploding: 101 steps back, the gradient is 1e+30 times that of one step back ",
        ),
        (
            [1.0, 1e4, 1.0],
            "exploding: 2 steps back, the gradient is 10,000 times that of one step back (doubling "
            "every 0.075 ",
        ),
        ([1.0, 4.36e-4], "vanishing: after 2 steps, a fraction of 0.0004 of the gradient is left "),
        ([1.0, 1e-9, 0.0], "vanishing: from 3 steps back, the gradient is zero. "),
        (
            [1.0, math.inf, math.nan],
            "exploding: from 2 steps back, the gradient overflows. ",
        ),
        ([4.0, 3.0, 2.0], "healthy: after 3 steps, 50% of the gradient is left"),
        ([1.0, 2.0, 11.0], "healthy: 3 steps back, the gradient is 11 times that of one step back"),
        ([1.0, 2.0, 1.01], "healthy: after 3 steps, 100% of the gradient is left"),
        ([math.inf, 1.0], "exploding: from one step back, the gradient overflows. "),
        ([0.0, 0.0], "unknown: "),
        ([1.0], "unknown: "),
        ([], "unknown: "),
    ],
)
def test_a_diagnosis_fits_the_norms(norms: list[float], words: str) -> None:
    said = diagnosis(torch.tensor(norms))
    assert said.startswith(words)
    assert ("What helps: " in said) == words.startswith(("vanishing", "exploding"))


@pytest.mark.parametrize("factor", [1e-9, 7.0, 1e9])
def test_a_diagnosis_does_not_depend_on_the_losss_unit(factor: float) -> None:
    for rate in (0.5, 0.99, 2.0):
        norms = rate ** torch.arange(1, 40, dtype=torch.float64)
        assert diagnosis(norms * factor) == diagnosis(norms)
        assert rate_per_step(norms * factor) == pytest.approx(rate)


def test_without_two_norms_there_is_no_rate() -> None:
    assert math.isnan(rate_per_step(torch.ones(1)))
    assert math.isnan(rate_per_step(torch.zeros(3)))
