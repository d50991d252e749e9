"""Formulas of the kernels that speed made hard to read, each as a short plain function.

A kernel of the package computes in chunks, in place, with gradients written by hand, or for a whole
batch at once. Its twin here is the formula of the paper, in loops if that is clearer. It needs
nothing but torch. tests/docs/test_plain.py checks that both give the same values and gradients.

| here | kernel |
|---|---|
| `additive_scores`, `covered_scores` | seq2seq/models/additive.py, `Bahdanau` in attention.py |
| `attention_weights`, `multi_head` | `masked_softmax`, `MultiHead` in seq2seq/models/attention.py |
| `cross_entropy`, `r_drop` | seq2seq/models/loss.py |
| `elman`, `gru`, `lstm` | seq2seq/models/cells/torch_cells.py, `recurrence` in seq2seq/kernels |
| `normalized` | `GateNorm` in seq2seq/models/cells/normalized.py |
| `sru`, `min_gru`, `min_lstm`, `ssru` | seq2seq/models/cells/sru.py and linear.py |
| `fused`, `input_feeding`, `bahdanau` | seq2seq/models/decoders.py |
| `reversed_rows` | seq2seq/models/cells/reversal.py |
| `composed_vectors` | seq2seq/models/char_ngrams.py |
| `int8_linear` | `Int8Linear` in seq2seq/models/quantization.py |
| `top_k`, `most_likely` | seq2seq/decoding/top_k.py and greedy.py |
| `beam_search` | seq2seq/decoding/beam.py and frontier.py |
| `nucleus` | `Sampling` in seq2seq/decoding/sampling.py |
| `minimum_bayes_risk` | seq2seq/metrics/expected_chrf.py |
| `ibm_model_1` | seq2seq/data/alignment/ibm_model_1.py |
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

Step = Callable[[tuple[int, ...]], Tensor]
"""Function from the tokens so far to the log-probabilities (V,) of the next one."""


# Attention


def additive_scores(queries: Tensor, keys: Tensor, v: Tensor) -> Tensor:
    """Return v . tanh(q + k) for T queries (T, Q) and S keys (S, Q): (T, S)."""
    return torch.stack([torch.stack([v @ torch.tanh(q + k) for k in keys]) for q in queries])


def covered_scores(queries: Tensor, keys: Tensor, v: Tensor, w: Tensor, coverage: Tensor) -> Tensor:
    """Return v . tanh(q + k + w c) with the attention c (T, S) that each key received before."""
    rows = [
        torch.stack([v @ torch.tanh(q + k + w * c) for k, c in zip(keys, row, strict=True)])
        for q, row in zip(queries, coverage, strict=True)
    ]
    return torch.stack(rows)


def attention_weights(scores: Tensor, mask: Tensor) -> Tensor:
    """Return the softmax of scores (S,) over the positions where the mask is true, else 0."""
    powers = torch.where(mask, torch.exp(scores), 0.0)
    return powers / powers.sum()


def multi_head(queries: Tensor, keys: Tensor, values: Tensor, heads: int) -> tuple[Tensor, Tensor]:
    """Return contexts (T, M) and mean weights (T, S) of scaled dot products in several heads."""
    contexts = []
    weights = []
    parts = (matrix.chunk(heads, -1) for matrix in (queries, keys, values))
    for q, k, value in zip(*parts, strict=True):
        weight = torch.softmax(q @ k.T / math.sqrt(k.shape[1]), -1)
        contexts.append(weight @ value)
        weights.append(weight)
    return torch.cat(contexts, -1), sum(weights) / heads


# Loss


def cross_entropy(logits: Tensor, targets: Tensor, smoothing: float) -> Tensor:
    """Return the label-smoothed cross-entropy of logits (P, V), summed over positions."""
    total = logits.new_zeros(())
    for row, target in zip(logits, targets.tolist(), strict=True):
        log_p = torch.log_softmax(row, 0)
        total = total - (1 - smoothing) * log_p[target] - smoothing * log_p.mean()
    return total


def r_drop(logits: Tensor, weight: float) -> Tensor:
    """Return weight / 2 times KL(p || q) + KL(q || p) of pairs of rows (2 P, V), summed."""
    total = logits.new_zeros(())
    for first, second in logits.view(-1, 2, logits.shape[-1]):
        log_p = torch.log_softmax(first, 0)
        log_q = torch.log_softmax(second, 0)
        total = total + (log_p.exp() * (log_p - log_q)).sum()
        total = total + (log_q.exp() * (log_q - log_p)).sum()
    return weight / 2 * total


# Cells: one step for one sentence


def elman(x: Tensor, h: Tensor, W: Tensor, U: Tensor, b: Tensor) -> Tensor:
    """Return h' = tanh(W x + U h + b) (Elman 1990)."""
    return torch.tanh(W @ x + U @ h + b)


def gru(x: Tensor, h: Tensor, W: Tensor, U: Tensor, b: Tensor, c: Tensor) -> Tensor:
    """Return h' of a gated recurrent unit (Cho et al. 2014).

    W and U are stacked for the reset gate, the update gate and the candidate state.
    """
    reset_x, update_x, new_x = (W @ x + b).chunk(3)
    reset_h, update_h, new_h = (U @ h + c).chunk(3)
    reset = torch.sigmoid(reset_x + reset_h)
    update = torch.sigmoid(update_x + update_h)
    new = torch.tanh(new_x + reset * new_h)
    return (1 - update) * new + update * h


def lstm(
    x: Tensor, h: Tensor, cell: Tensor, W: Tensor, U: Tensor, b: Tensor
) -> tuple[Tensor, Tensor]:
    """Return h' and c' of an LSTM (Hochreiter and Schmidhuber 1997, Gers et al. 2000)."""
    enter, forget, new, leave = (W @ x + U @ h + b).chunk(4)
    cell = torch.sigmoid(forget) * cell + torch.sigmoid(enter) * torch.tanh(new)
    return torch.sigmoid(leave) * torch.tanh(cell), cell


def normalized(x: Tensor, gain: Tensor, bias: Tensor | float = 0.0) -> Tensor:
    """Return gain (x - mean) / deviation + bias, over the units of a gate (Ba et al. 2016)."""
    mean = x.mean()
    variance = ((x - mean) ** 2).mean()
    return gain * (x - mean) / torch.sqrt(variance + 1e-5) + bias


def sru(
    forget: Tensor, leave: Tensor, new: Tensor, x: Tensor, cell: Tensor, peephole: Tensor
) -> tuple[Tensor, Tensor]:
    """Return output and c' of a simple recurrent unit (Lei et al. 2018), after its maps of x."""
    f = torch.sigmoid(forget + peephole[0] * cell)
    r = torch.sigmoid(leave + peephole[1] * cell)
    cell = f * cell + (1 - f) * new
    return r * cell + (1 - r) * x, cell


def min_gru(keep: Tensor, new: Tensor, h: Tensor) -> Tensor:
    """Return h' of a minGRU (Feng et al. 2024), after its maps of x."""
    k = torch.sigmoid(keep)
    return k * h + (1 - k) * new


def min_lstm(forget: Tensor, enter: Tensor, new: Tensor, h: Tensor) -> Tensor:
    """Return h' of a minLSTM (Feng et al. 2024), after its maps of x."""
    f = torch.sigmoid(forget)
    i = torch.sigmoid(enter)
    return (f * h + i * new) / (f + i)


def ssru(forget: Tensor, new: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
    """Return the output and c' of a simpler simple recurrent unit (Kim et al. 2019)."""
    f = torch.sigmoid(forget)
    cell = f * cell + (1 - f) * new
    return torch.relu(cell), cell


# Orders of the decoder: one layer, one step. `cell(x, s)` gives the next state, `attend(s)` the
# context, `readout` the features.

Cell = Callable[[Tensor, Tensor], Tensor]
Map = Callable[[Tensor], Tensor]


def fused(y: Tensor, s: Tensor, cell: Cell, attend: Map, readout: Map) -> tuple[Tensor, Tensor]:
    """Return features and next state: recurrence, then attention, and nothing feeds back."""
    s = cell(y, s)
    context = attend(s)
    return torch.tanh(readout(torch.cat([s, context], -1))), s


def input_feeding(
    y: Tensor, s: Tensor, features: Tensor, cell: Cell, attend: Map, readout: Map
) -> tuple[Tensor, Tensor]:
    """Return features and next state: the last features are an input (Luong et al. 2015)."""
    s = cell(torch.cat([y, features], -1), s)
    context = attend(s)
    return torch.tanh(readout(torch.cat([s, context], -1))), s


def bahdanau(y: Tensor, s: Tensor, cell: Cell, attend: Map, readout: Map) -> tuple[Tensor, Tensor]:
    """Return features and next state: attention, then recurrence (Bahdanau et al. 2015)."""
    context = attend(s)
    s = cell(torch.cat([y, context], -1), s)
    return torch.tanh(readout(torch.cat([s, context], -1))), s


# Embeddings, linear maps, padding


def reversed_rows(x: Tensor, lengths: Sequence[int]) -> Tensor:
    """Return rows (N, S, …), each reversed within its length, with its padding in place."""
    rows = [
        torch.cat([row[:length].flip(0), row[length:]])
        for row, length in zip(x, lengths, strict=True)
    ]
    return torch.stack(rows)


def composed_vectors(own: Tensor, table: Tensor, ngrams: Sequence[Sequence[int]]) -> Tensor:
    """Return (own vector + sum of n n-gram vectors / √n) / √2 for each token (V, E)."""
    rows = []
    for vector, numbers in zip(own, ngrams, strict=True):
        if numbers:
            spelled = sum(table[number] for number in numbers) / math.sqrt(len(numbers))
            vector = (vector + spelled) / math.sqrt(2)
        rows.append(vector)
    return torch.stack(rows)


def int8_linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return W x + b with x (K,) and the rows of W (N, K) rounded to 127ths of their maximum."""

    def rounded(row: Tensor) -> tuple[Tensor, Tensor]:
        largest = row.abs().max()
        return torch.round(row / largest * 127), largest / 127

    inputs, input_step = rounded(x)
    outputs = []
    for row in weight:
        integers, row_step = rounded(row)
        outputs.append((integers @ inputs) * row_step * input_step)
    return torch.stack(outputs) + bias


# Search


def top_k(scores: Sequence[float], count: int) -> list[tuple[float, int]]:
    """Return the highest scores and their positions, in descending order."""
    order = sorted(range(len(scores)), key=lambda place: -scores[place])
    return [(scores[place], place) for place in order[:count]]


def most_likely(scores: Sequence[float]) -> int:
    """Return the first position of the highest score."""
    return max(range(len(scores)), key=lambda place: scores[place])


def beam_search(
    step: Step, *, beam: int, nbest: int, alpha: float, longest: int, eos: int
) -> list[tuple[float, tuple[int, ...]]]:
    """Return the n best finished hypotheses of one sentence, as scores and tokens, best first.

    Args:
        step: Log-probabilities of the next token, minus infinity for one that is forbidden.
        beam: Number of prefixes to keep.
        nbest: Number of hypotheses to return.
        alpha: Exponent of the length penalty ((5 + length) / 6)^alpha, with the end token counted.
        longest: Maximum number of tokens; a prefix of that length can only end.
        eos: The end token.

    Returns:
        Pairs of a score and the tokens without the end token.
    """
    live: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]
    finished = []
    for length in range(longest + 1):
        candidates = []
        for total, tokens in live:
            log_p = step(tokens).tolist()
            allowed = [eos] if length == longest else range(len(log_p))
            candidates += [(total + log_p[token], (*tokens, token)) for token in allowed]
        candidates = [one for one in candidates if one[0] > -math.inf]
        candidates.sort(key=lambda one: -one[0])
        for total, tokens in candidates[:beam]:
            if tokens[-1] == eos:
                penalty = ((5 + len(tokens)) / 6) ** alpha
                finished.append((total / penalty, tokens[:-1]))
        live = [one for one in candidates if one[1][-1] != eos][:beam]
    return sorted(finished, key=lambda one: -one[0])[:nbest]


def nucleus(probabilities: Sequence[float], top_p: float) -> set[int]:
    """Return the fewest tokens that have this probability together (Holtzman et al. 2020)."""
    kept: set[int] = set()
    mass = 0.0
    for probability, token in top_k(probabilities, len(probabilities)):
        if mass >= top_p:
            break
        kept.add(token)
        mass += probability
    return kept


def minimum_bayes_risk(
    candidates: Sequence[str],
    probabilities: Sequence[float],
    similarity: Callable[[str, str], float],
) -> list[float]:
    """Return the expected similarity of each candidate to all, drawn by their probability."""
    return [
        sum(p * similarity(one, other) for other, p in zip(candidates, probabilities, strict=True))
        / sum(probabilities)
        for one in candidates
    ]


# Alignment


def ibm_model_1(
    pairs: Sequence[tuple[Sequence[int], Sequence[int]]], iterations: int
) -> dict[tuple[int, int], float]:
    """Return P(target word | source word) after expectation maximization (Brown et al. 1993).

    Args:
        pairs: Source words, with the empty word among them if there is to be one, and target words.
        iterations: Number of iterations, from equal probabilities on.

    Returns:
        The probability of each pair of words that occur together.
    """
    likelihood: dict[tuple[int, int], float] = defaultdict(lambda: 1.0)
    for _ in range(iterations):
        expected: dict[tuple[int, int], float] = defaultdict(float)
        totals: dict[int, float] = defaultdict(float)
        for sources, targets in pairs:
            for target in targets:
                norm = sum(likelihood[source, target] for source in sources)
                for source in sources:
                    share = likelihood[source, target] / norm
                    expected[source, target] += share
                    totals[source] += share
        likelihood = defaultdict(float)
        for (source, target), count in expected.items():
            likelihood[source, target] = count / totals[source]
    return dict(likelihood)
