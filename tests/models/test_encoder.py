"""The encoder: padding has no effect, and directions and residual layers are correct."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from seq2seq.models.cells import CELLS, make_cell
from seq2seq.models.cells.reversal import reversal
from seq2seq.models.cells.torch_cells import TorchCell
from seq2seq.models.dropout import Dropout
from seq2seq.models.embedding import Embedding
from seq2seq.models.encoder import Encoder
from tests.support.examples import few

VOCAB = 11
HIDDEN = 6
LENGTHS = torch.tensor([4, 1, 6, 3])

every_shape = pytest.mark.parametrize(
    ("cell", "bidirectional", "layers", "residual"),
    [
        (cell, bidirectional, layers, residual)
        for cell in sorted(CELLS)
        for bidirectional in (False, True)
        for layers in (1, 3)
        for residual in (False, True)
    ],
)


def make(
    cell: str, bidirectional: bool, layers: int, residual: bool, hidden: int = HIDDEN
) -> Encoder:
    """Make a float64 encoder without zero parameters, not even in the embedding of padding."""
    torch.manual_seed(6)
    embedding = Embedding(VOCAB, 5)
    encoder = Encoder(
        embedding,
        make_cell=partial(make_cell, cell),
        hidden_size=hidden,
        layers=layers,
        bidirectional=bidirectional,
        residual=residual,
        dropout=Dropout(0.0),
    )
    encoder.double().eval()
    with torch.no_grad():
        for parameter in encoder.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.2)
    return encoder


def sources(lengths: Tensor = LENGTHS, width: int | None = None) -> Tensor:
    width = int(lengths.max()) if width is None else width
    ids = torch.randint(1, VOCAB, (len(lengths), width), generator=torch.Generator().manual_seed(7))
    return ids * (torch.arange(width) < lengths.unsqueeze(1))


def equal(a: Tensor, b: Tensor) -> None:
    torch.testing.assert_close(a, b, rtol=0, atol=1e-12)


@every_shape
@torch.no_grad()
def test_a_row_alone_equals_the_row_in_a_longer_batch(
    cell: str, bidirectional: bool, layers: int, residual: bool
) -> None:
    encoder = make(cell, bidirectional, layers, residual)
    source = nn.functional.pad(sources(), (0, 3))
    memory, summary, _ = encoder(source, LENGTHS)
    assert memory.shape == (len(LENGTHS), source.shape[1], HIDDEN)
    assert summary.shape == (len(LENGTHS), HIDDEN)
    for row, length in enumerate(LENGTHS.tolist()):
        alone, alone_summary, _ = encoder(source[row : row + 1, :length], LENGTHS[row : row + 1])
        equal(memory[row, :length], alone[0])
        equal(summary[row], alone_summary[0])


@every_shape
@torch.no_grad()
def test_ids_at_padding_change_nothing(
    cell: str, bidirectional: bool, layers: int, residual: bool
) -> None:
    encoder = make(cell, bidirectional, layers, residual)
    source = sources()
    real = torch.arange(source.shape[1]) < LENGTHS.unsqueeze(1)
    memory, summary, _ = encoder(source, LENGTHS)
    other_memory, other_summary, _ = encoder(source.masked_fill(~real, VOCAB - 1), LENGTHS)
    equal(other_memory[real], memory[real])
    equal(other_summary, summary)


@every_shape
def test_no_gradient_reaches_padding(
    cell: str, bidirectional: bool, layers: int, residual: bool
) -> None:
    encoder = make(cell, bidirectional, layers, residual)
    memory, summary, _ = encoder(sources(), LENGTHS)
    real = torch.arange(memory.shape[1]) < LENGTHS.unsqueeze(1)
    (memory[real].pow(2).sum() + summary.pow(2).sum()).backward()
    gradient = encoder.embedding.weight.grad
    assert gradient is not None
    assert not gradient[0].any()
    assert gradient[1:].abs().max() > 0 or cell == "ssru"  # all its units may be off


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize(
    "cell", [name for name in sorted(CELLS) if issubclass(CELLS[name], TorchCell)]
)
@torch.no_grad()
def test_it_equals_torchs_packed_network_with_the_same_weights(
    cell: str, bidirectional: bool, layers: int
) -> None:
    encoder = make(cell, bidirectional, layers, residual=False)
    first = encoder.forward_cells[0]
    assert isinstance(first, TorchCell)
    arguments = {"nonlinearity": first.rnn.nonlinearity} if isinstance(first.rnn, nn.RNN) else {}
    width = HIDDEN // 2 if bidirectional else HIDDEN
    oracle = type(first.rnn)(
        encoder.embedding.embedding_dim,
        width,
        layers,
        bidirectional=bidirectional,
        batch_first=True,
        **arguments,
    ).double()
    stacks = [("", encoder.forward_cells), ("_reverse", encoder.backward_cells)]
    for suffix, cells in stacks[: 2 if bidirectional else 1]:
        assert cells is not None
        for layer, one in enumerate(cells):
            for name, value in one.rnn.named_parameters():
                getattr(oracle, name.replace("_l0", f"_l{layer}{suffix}")).copy_(value)
    source = sources()
    packed = nn.utils.rnn.pack_padded_sequence(
        encoder.embedding(source), LENGTHS, True, enforce_sorted=False
    )
    outputs, end = oracle(packed)
    expected, _ = nn.utils.rnn.pad_packed_sequence(outputs, batch_first=True)
    hidden = end[0] if isinstance(end, tuple) else end
    memory, summary, _ = encoder(source, LENGTHS)
    real = torch.arange(source.shape[1]) < LENGTHS.unsqueeze(1)
    equal(memory[real], expected[real])
    equal(summary, torch.cat(list(hidden[-2:] if bidirectional else hidden[-1:]), -1))


@pytest.mark.parametrize("cell", sorted(CELLS))
@torch.no_grad()
def test_the_backward_direction_is_the_forward_one_over_the_reversed_row(cell: str) -> None:
    both = make(cell, bidirectional=True, layers=1, residual=False)
    ahead = make(cell, bidirectional=False, layers=1, residual=False, hidden=HIDDEN // 2)
    assert both.backward_cells is not None
    ahead.embedding = both.embedding
    ahead.forward_cells.load_state_dict(both.backward_cells.state_dict())
    source = sources()
    memory, summary, _ = both(source, LENGTHS)
    for row, length in enumerate(LENGTHS.tolist()):
        states, last, _ = ahead(source[row : row + 1, :length].flip(1), torch.tensor([length]))
        equal(memory[row, :length, HIDDEN // 2 :], states[0].flip(0))
        equal(summary[row, HIDDEN // 2 :], last[0])


@torch.no_grad()
def test_a_residual_layer_adds_its_input() -> None:
    """With a second layer that gives zero, two residual layers are one."""
    deep = make("elman-tanh", True, 2, residual=True)
    shallow = make("elman-tanh", True, 1, residual=True)
    deep.load_state_dict(shallow.state_dict(), strict=False)
    assert deep.backward_cells is not None
    for cells in (deep.forward_cells, deep.backward_cells):
        for parameter in cells[1].parameters():
            parameter.zero_()
    for one, other in zip(deep(sources(), LENGTHS), shallow(sources(), LENGTHS), strict=True):
        equal(one, other)


@given(lengths=st.lists(st.integers(0, 9), min_size=1, max_size=5), extra=st.integers(0, 4))
@few(50)
def test_reversal_is_its_own_inverse_reverses_rows_and_leaves_padding(
    lengths: list[int], extra: int
) -> None:
    width = max(lengths) + extra
    index = reversal(torch.tensor(lengths), width)
    assert torch.equal(index.gather(1, index), torch.arange(width).expand(len(lengths), -1))
    for row, length in enumerate(lengths):
        assert index[row].tolist() == [*reversed(range(length)), *range(length, width)]
