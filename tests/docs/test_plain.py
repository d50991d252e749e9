"""The kernels equal the plain formulas of docs/learn/plain.py, in values and in gradients."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import sacrebleu
import torch
from torch import Tensor, nn

from docs.learn import plain
from seq2seq.config.settings import ModelConfig
from seq2seq.data.alignment.ibm_model_1 import Links, ibm_model_1
from seq2seq.data.ragged import RaggedIds
from seq2seq.decoding.beam import BeamSearch
from seq2seq.decoding.greedy import MAX_DIRECT_SCORES, most_likely
from seq2seq.decoding.sampling import Sampling
from seq2seq.decoding.search import SearchBatch
from seq2seq.decoding.top_k import MIN_ROWS, top_k
from seq2seq.metrics.expected_chrf import expected_chrf
from seq2seq.models.additive import additive_scores, exponentials
from seq2seq.models.attention import ATTENTIONS, Bahdanau, MultiHead, masked_softmax
from seq2seq.models.cells import CELLS, Cell
from seq2seq.models.cells.normalized import GateNorm
from seq2seq.models.cells.reversal import reversal
from seq2seq.models.char_ngrams import NGrams, ngrams
from seq2seq.models.decoders import DECODERS
from seq2seq.models.loss import cross_entropy
from seq2seq.models.model import build_model
from seq2seq.models.quantization import Int8Linear
from tests.support.markov_chain import BOS, EOS, chain_step, chains, start

SENTENCES = 3
TIMES = 4
SOURCES = 5
WIDTH = 6


def normal(*shape: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64).requires_grad_()


def same(
    found: Tensor, expected: Tensor, of: Sequence[Tensor] = (), tolerance: float = 1e-10
) -> None:
    """Check that values are equal, and the gradients of a weighted sum of them."""
    torch.testing.assert_close(found, expected, rtol=0, atol=tolerance)
    if of:
        weights = torch.linspace(-1, 1, expected.numel(), dtype=expected.dtype).view_as(expected)
        ours, theirs = (
            torch.autograd.grad((one * weights).sum(), list(of), retain_graph=True)
            for one in (found, expected)
        )
        for a, b in zip(ours, theirs, strict=True):
            torch.testing.assert_close(a, b, rtol=0, atol=10 * tolerance)


def test_additive_scores() -> None:
    queries = normal(SENTENCES, TIMES, WIDTH)
    keys = normal(SENTENCES, SOURCES, WIDTH, seed=1)
    v = normal(WIDTH, seed=2)
    pairs = zip(queries, keys, strict=True)
    expected = torch.stack([plain.additive_scores(q, k, v) for q, k in pairs])
    found = additive_scores(exponentials(queries), exponentials(keys), v)
    same(found, expected, [queries, keys, v])


def test_scores_with_coverage() -> None:
    torch.manual_seed(1)
    attention = Bahdanau(WIDTH, WIDTH, coverage=True).double()
    assert attention.covered is not None
    query = normal(SENTENCES, TIMES, WIDTH)
    memory = normal(SENTENCES, SOURCES, WIDTH, seed=1)
    coverage = normal(SENTENCES, TIMES, SOURCES, seed=2)
    expected = torch.stack(
        [
            plain.covered_scores(
                attention.query(query[n]),
                attention.key(memory[n]),
                attention.energy.weight[0],
                attention.covered.weight[:, 0],
                coverage[n],
            )
            for n in range(SENTENCES)
        ]
    )
    found = attention.scores(query, attention.keys(memory), coverage)
    same(found, expected, [query, memory, coverage, *attention.parameters()])


def test_attention_weights() -> None:
    scores = normal(SENTENCES, SOURCES)
    mask = torch.arange(SOURCES) < torch.tensor([[5], [1], [3]])
    rows = zip(scores, mask, strict=True)
    expected = torch.stack([plain.attention_weights(row, real) for row, real in rows])
    same(masked_softmax(scores, mask), expected, [scores])


def test_multi_head_attention() -> None:
    torch.manual_seed(1)
    attention = MultiHead(WIDTH, WIDTH, heads=3).double()
    query = normal(SENTENCES, TIMES, WIDTH)
    memory = normal(SENTENCES, SOURCES, WIDTH, seed=1)
    mask = torch.ones(SENTENCES, SOURCES, dtype=torch.bool)
    context, weights = attention(query, attention.keys(memory), memory, mask)
    for n in range(SENTENCES):
        keys, values = attention.key_value(memory[n]).chunk(2, -1)
        mixed, expected = plain.multi_head(attention.query(query[n]), keys, values, 3)
        same(context[n], attention.output(mixed), [query, memory, *attention.parameters()])
        same(weights[n], expected, [query, memory])


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weight_of_r_drop", [0.0, 3.0])
def test_the_loss(smoothing: float, weight_of_r_drop: float) -> None:
    features = normal(8, 5)
    weight = normal(11, 5, seed=1)
    bias = normal(11, seed=2)
    targets = torch.randint(11, (4,), generator=torch.Generator().manual_seed(3))
    targets = targets.repeat_interleave(2)
    logits = features @ weight.T + bias
    expected = plain.cross_entropy(logits, targets, smoothing)
    expected = expected + plain.r_drop(logits, weight_of_r_drop)
    found = cross_entropy(features, weight, bias, targets, smoothing, weight_of_r_drop)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-10)
    # The loss gives its gradients away, so it may be asked for them only once.
    ours, theirs = (torch.autograd.grad(one, [features, weight, bias]) for one in (found, expected))
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-10)


def random_cell(name: str, inputs: int = 4) -> Cell:
    torch.manual_seed(2)
    cell = CELLS[name](inputs, WIDTH).double()
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    return cell


def plain_step(name: str, cell: Cell, x: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Return the output and the next state of one step for one sentence, by the plain formulas."""
    h = state[0]
    if name in ("elman-tanh", "gru", "lstm"):
        w, u, b, c = cell.rnn.all_weights[0]
        if name == "elman-tanh":
            h = plain.elman(x, h, w, u, b + c)
            return h, h
        if name == "gru":
            h = plain.gru(x, h, w, u, b, c)
            return h, h
        h, memory = plain.lstm(x, h, state[1], w, u, b + c)
        return h, h, memory
    if name == "sru":
        maps = cell.input(x).chunk(4)
        return plain.sru(*maps, h, cell.peephole)
    maps = cell.input(x).chunk(cell.gates)
    if name == "ssru":
        return plain.ssru(*maps, h)
    h = {"mingru": plain.min_gru, "minlstm": plain.min_lstm}[name](*maps, h)
    return h, h


@pytest.mark.parametrize("name", ["elman-tanh", "gru", "lstm", "sru", "mingru", "minlstm", "ssru"])
def test_a_cell_over_a_sequence(name: str) -> None:
    cell = random_cell(name)
    xs = normal(SENTENCES, TIMES, 4)
    begin = tuple(normal(SENTENCES, WIDTH, seed=part + 1) for part in range(cell.state_parts))
    ys, end = cell(xs, begin)
    outputs = []
    ends = []
    for n in range(SENTENCES):
        state = tuple(part[n] for part in begin)
        row = []
        for x in xs[n]:
            y, *state = plain_step(name, cell, x, tuple(state))
            row.append(y)
        outputs.append(torch.stack(row))
        ends.append(state[-1])
    same(ys, torch.stack(outputs), [xs, *begin, *cell.parameters()])
    same(end[-1], torch.stack(ends), [xs])


def test_the_normalization_of_gates() -> None:
    norm = GateNorm(3, WIDTH, bias=True).double()
    with torch.no_grad():
        for parameter in norm.parameters():
            parameter.add_(torch.randn_like(parameter))
    assert norm.bias is not None
    x = normal(3 * WIDTH)
    gates = zip(x.chunk(3), norm.weight, norm.bias, strict=True)
    same(norm(x), torch.cat([plain.normalized(*gate) for gate in gates]), [x, *norm.parameters()])


@pytest.mark.parametrize("order", sorted(DECODERS))
def test_the_order_of_recurrence_and_attention(order: str) -> None:
    torch.manual_seed(3)
    config = ModelConfig(
        cell="gru", decoder_order=order, embedding_size=WIDTH, hidden_size=8, dropout=0.0
    )
    model = build_model(config, 11, 11).double()
    source = torch.tensor([[3, 4, 5, 6]])
    lengths = torch.tensor([4])
    target = torch.tensor([[2, 5, 6, 7]])
    begin = model.start(source, lengths)
    decoder = model.decoder
    memory = begin.memory
    weights = decoder.cells[0].rnn.all_weights[0]

    def cell(x: Tensor, s: Tensor) -> Tensor:
        return plain.gru(x, s, *weights)

    def attend(s: Tensor) -> Tensor:
        found, _ = decoder.attention(s[None, None], memory.keys, memory.states, memory.mask)
        return found[0, 0]

    s = begin.decoder.layers[0][0][0]
    features = torch.zeros(WIDTH, dtype=torch.float64)
    rows = []
    for token in target[0]:
        y = decoder.embedding.weight[token]
        if order == "fused":
            features, s = plain.fused(y, s, cell, attend, decoder.readout)
        elif order == "bahdanau":
            features, s = plain.bahdanau(y, s, cell, attend, decoder.readout)
        else:
            features, s = plain.input_feeding(y, s, features, cell, attend, decoder.readout)
        rows.append(model.output(features))
    same(model(source, lengths, target)[0], torch.stack(rows), list(model.parameters()))


def test_the_reversal_of_rows() -> None:
    x = normal(SENTENCES, SOURCES, 2)
    lengths = [5, 1, 3]
    index = reversal(torch.tensor(lengths), SOURCES).unsqueeze(-1).expand_as(x)
    same(x.gather(1, index), plain.reversed_rows(x, lengths), [x])


def test_vectors_composed_of_character_ngrams() -> None:
    pieces = ["<pad>", "▁bebo", "▁bebí", "bo", "▁x"]
    torch.manual_seed(1)
    module = NGrams(pieces, len(pieces), WIDTH).double()
    spelled = [ngrams(piece) for piece in pieces]
    count = {ngram: sum(ngram in one for one in spelled) for one in spelled for ngram in one}
    shared = sorted(ngram for ngram in count if count[ngram] > 1)
    numbers = [sorted(shared.index(ngram) for ngram in one if ngram in shared) for one in spelled]
    own = normal(len(pieces), WIDTH)
    expected = plain.composed_vectors(own, module.table, numbers)
    same(module(own), expected, [own, module.table], tolerance=1e-7)  # its factors are in float32


def test_an_int8_linear_map() -> None:
    torch.manual_seed(1)
    linear = nn.Linear(16, 7)
    x = torch.randn(3, 16)
    with torch.no_grad():
        found = Int8Linear(linear.weight, linear.bias)(x)
        rows = [plain.int8_linear(row, linear.weight, linear.bias) for row in x]
    torch.testing.assert_close(found, torch.stack(rows), rtol=0, atol=1e-5)


def test_the_highest_scores() -> None:
    scores = torch.randn(MIN_ROWS, 1000, generator=torch.Generator().manual_seed(1))
    best, places = top_k(scores, 3)
    for row, values, positions in zip(scores, best, places, strict=True):
        expected = plain.top_k(row.tolist(), 3)
        assert list(zip(values.tolist(), positions.tolist(), strict=True)) == expected


@pytest.mark.parametrize("columns", [10, MAX_DIRECT_SCORES])
def test_the_most_likely_token(columns: int) -> None:
    scores = torch.randn(4, columns, generator=torch.Generator().manual_seed(1))
    scores[0, ::2] = 9.0  # equally likely ones
    _, places = most_likely(scores)
    assert places.tolist() == [plain.most_likely(row) for row in scores.tolist()]


@pytest.mark.parametrize("alpha", [0.0, 1.0])
@pytest.mark.parametrize("beam", [1, 2, 4])
def test_beam_search(beam: int, alpha: float) -> None:
    logits = chains(5, sentences=4, vocab=6)
    lengths = torch.tensor([5, 2, 7, 0])
    search = BeamSearch(beam=beam, nbest=beam, length_penalty=alpha)
    batch = SearchBatch(lengths, bos=BOS, eos=EOS, forbidden=(BOS,))
    for chain, longest, hypotheses in zip(
        logits.log_softmax(-1),
        lengths.tolist(),
        search(chain_step, start(logits), batch),
        strict=True,
    ):
        chain[:, BOS] = -math.inf

        def step(tokens: tuple[int, ...], chain: Tensor = chain) -> Tensor:
            return chain[tokens[-1] if tokens else BOS]

        expected = plain.beam_search(
            step, beam=beam, nbest=beam, alpha=alpha, longest=longest, eos=EOS
        )
        assert [tuple(one.tokens) for one in hypotheses] == [tokens for _, tokens in expected]
        scores = [score for score, _ in expected]
        assert [one.score for one in hypotheses] == pytest.approx(scores, abs=1e-9)


@pytest.mark.parametrize("top_p", [0.2, 0.5, 0.9])
def test_the_tokens_that_nucleus_sampling_draws(top_p: float) -> None:
    logits = torch.randn(8, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    numbers = torch.linspace(0, 1 - 1e-9, 2000, dtype=torch.float64)
    scores = logits.log_softmax(-1).expand(len(numbers), -1)
    drawn = Sampling(top_p=top_p)._draw(scores, numbers)
    assert set(drawn.tolist()) == plain.nucleus(logits.softmax(-1).tolist(), top_p)


def test_minimum_bayes_risk() -> None:
    candidates = ["the house is red", "the house is blue", "a dog", "the house is red"]
    log_p = [-1.0, -2.0, -1.5, -1.0]

    def similarity(one: str, other: str) -> float:
        return 100.0 if one == other else sacrebleu.sentence_chrf(one, [other]).score

    for weights, given in ((None, [1.0] * 4), (log_p, [math.exp(value) for value in log_p])):
        expected = plain.minimum_bayes_risk(candidates, given, similarity)
        assert expected_chrf(candidates, weights) == pytest.approx(expected)


def test_ibm_model_1() -> None:
    draw = random.Random(1)
    pairs = [
        (draw.choices(range(1, 6), k=draw.randint(1, 4)), draw.choices(range(1, 6), k=3))
        for _ in range(12)
    ]
    source = RaggedIds([sources for sources, _ in pairs])
    target = RaggedIds([targets for _, targets in pairs])
    links = Links.of(source, target, 6)
    found = ibm_model_1(links, 6, 4)
    expected = plain.ibm_model_1([([0, *sources], targets) for sources, targets in pairs], 4)
    assert {divmod(int(pair), 6) for pair in links.pair_ids} == set(expected)
    values = [expected[divmod(int(pair), 6)] for pair in links.pair_ids]
    np.testing.assert_allclose(found, values, atol=1e-12)


def test_every_plain_function_is_compared() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    functions = [
        name
        for name, value in vars(plain).items()
        if callable(value) and getattr(value, "__module__", "") == plain.__name__
    ]
    assert len(functions) > 20
    assert [name for name in functions if f"plain.{name}" not in text] == []


def test_attentions_without_a_twin_are_as_plain_as_one() -> None:
    assert set(ATTENTIONS) == {
        "bahdanau",
        "luong-concat",
        "luong-dot",
        "luong-general",
        "multi-head",
        "none",
    }
