"""Sampling: follows the model's distribution, repeats from a seed, obeys top-k and top-p."""

from __future__ import annotations

from collections import Counter

import pytest
import torch

from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.sampling import Sampling, uniform
from seq2seq.decoding.search import SearchBatch
from tests.support.markov_chain import BOS, EOS, brute_force, chain_step, chains, start


def draw(
    search: Sampling, logits: torch.Tensor, longest: int = 3, key: int = 0
) -> list[Hypothesis]:
    [found] = search(
        chain_step,
        start(logits),
        SearchBatch(
            torch.tensor([longest]), bos=BOS, eos=EOS, forbidden=(BOS,), keys=torch.tensor([key])
        ),
    )
    return found


def test_translations_are_as_frequent_as_their_probability() -> None:
    logits = chains(5, 1, 4)
    logits[..., BOS] = float("-inf")  # excluding it afterwards would make the rest more likely
    count = 20_000
    found = Counter(
        tuple(one.tokens) for one in draw(Sampling(nbest=count, seed=3), logits, longest=2)
    )
    log_p = {tuple(one.tokens): one.log_probability for one in brute_force(logits[0], 2, 0.0)}
    assert set(found) <= set(log_p)
    for tokens, total in log_p.items():
        # At the maximum length a hypothesis ends, whatever the end token's probability.
        end = float(logits[0].log_softmax(-1)[tokens[-1], EOS]) if len(tokens) == 2 else 0.0
        share = float(torch.tensor(total - end).exp())
        assert abs(found[tokens] / count - share) < 5 * (share * (1 - share) / count) ** 0.5 + 1e-4


def test_a_seed_repeats_and_other_seeds_keys_and_samples_differ() -> None:
    logits = chains(5, 1, 9)

    def tokens(seed: int, key: int = 0) -> list[list[int]]:
        return [
            one.tokens for one in draw(Sampling(nbest=8, seed=seed), logits, longest=8, key=key)
        ]

    assert tokens(1) == tokens(1)
    assert (
        len({str(found) for found in (tokens(1), tokens(2), tokens(1, key=1), tokens(1, key=2))})
        == 4
    )
    assert len({str(one) for one in tokens(1)}) > 4


def test_a_sample_does_not_depend_on_how_many_are_drawn() -> None:
    logits = chains(5, 1, 9)
    few, many = (draw(Sampling(nbest=count, seed=7), logits, longest=8) for count in (2, 6))
    assert all(one in many for one in few)


@pytest.mark.parametrize(
    "search",
    [
        Sampling(nbest=300, top_k=1),
        Sampling(nbest=300, top_p=1e-9),
        Sampling(nbest=300, temperature=1e-4),
    ],
)
def test_the_narrowest_choice_is_the_most_likely_token(search: Sampling) -> None:
    logits = chains(2, 1, 6)
    found = draw(search, logits, longest=5)
    assert len({tuple(one.tokens) for one in found}) == 1
    token = BOS
    tokens = []
    for _ in range(5):
        scores = logits[0, token].clone()
        scores[BOS] = float("-inf")
        token = int(scores.argmax())
        if token == EOS:
            break
        tokens.append(token)
    assert found[0].tokens == tokens


@pytest.mark.parametrize(
    ("settings", "expected"),
    [({"top_k": 2}, {2, 3}), ({"top_p": 0.75}, {2, 3}), ({"top_p": 0.85}, {2, 3, 4})],
)
def test_top_k_and_top_p_keep_the_most_likely(
    settings: dict[str, float], expected: set[int]
) -> None:
    shares = torch.tensor([0.0, 0.0, 0.5, 0.3, 0.15, 0.05], dtype=torch.float64)
    logits = shares.log().clamp_min(-1e3).expand(1, 6, 6)
    found = draw(Sampling(nbest=2000, **settings), logits, longest=1)  # type: ignore[arg-type]
    counts = Counter(one.tokens[0] for one in found)
    assert set(counts) == expected
    whole = sum(float(shares[token]) for token in expected)
    assert counts[2] / 2000 == pytest.approx(0.5 / whole, abs=0.05)


def test_a_temperature_sharpens_or_flattens_and_scores_stay_the_models() -> None:
    logits = torch.tensor([0.0, -1e3, 1.0, 0.0]).double().expand(1, 4, 4)
    for temperature in (0.5, 1.0, 3.0):
        found = draw(Sampling(nbest=4000, temperature=temperature), logits, longest=1)
        share = Counter(one.tokens[0] for one in found)[2] / 4000
        assert share == pytest.approx(float(torch.sigmoid(torch.tensor(1 / temperature))), abs=0.04)
    log_p = logits[0].log_softmax(-1)
    assert found[0].log_probability == pytest.approx(
        float(log_p[0, found[0].tokens[0]] + log_p[0, EOS])
    )


def test_numbers_are_uniform_and_streams_and_positions_independent() -> None:
    numbers = torch.stack([uniform(torch.arange(2000) << 40, position) for position in range(20)])
    assert 0 <= float(numbers.min()) < float(numbers.max()) < 1
    deciles = torch.histc(numbers.float(), 10, 0, 1) / numbers.numel()
    assert (deciles - 0.1).abs().max() < 0.01
    assert (torch.corrcoef(numbers) - torch.eye(20).double()).abs().max() < 0.1
    assert torch.equal(numbers[3], uniform(torch.arange(2000) << 40, 3))
