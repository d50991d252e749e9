"""Diverse beam search: equals beam search with one group, and a reference with groups of one."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.decoding.beam import BeamSearch, length_penalty
from seq2seq.decoding.diverse import DiverseBeamSearch
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.search import SearchBatch, Strategy
from tests.support.examples import few
from tests.support.markov_chain import BOS, EOS, chain_step, chains, start

LENGTHS = torch.tensor([5, 2, 8])


def search(strategy: Strategy, seed: int, vocabulary: int = 7) -> list[list[Hypothesis]]:
    logits = chains(seed, 3, vocabulary)
    return strategy(
        chain_step, start(logits), SearchBatch(LENGTHS, bos=BOS, eos=EOS, forbidden=(BOS,))
    )


@given(
    seed=st.integers(0, 10_000),
    diversity=st.sampled_from([0.0, 0.5, 5.0]),
    alpha=st.sampled_from([0.0, 1.0]),
)
@few(40)
def test_one_group_equals_beam_search(seed: int, diversity: float, alpha: float) -> None:
    found = search(
        DiverseBeamSearch(beam=4, nbest=3, length_penalty=alpha, groups=1, diversity=diversity),
        seed,
    )
    expected = search(BeamSearch(beam=4, nbest=3, length_penalty=alpha), seed)
    assert [[one.tokens for one in each] for each in found] == [
        [one.tokens for one in each] for each in expected
    ]
    for each, other in zip(found, expected, strict=True):
        assert [one.score for one in each] == pytest.approx([one.score for one in other], abs=1e-5)


def groups_of_one(
    logits: torch.Tensor, longest: int, groups: int, diversity: float, alpha: float
) -> list[Hypothesis]:
    """Return greedy searches side by side, each penalized for tokens of the earlier ones."""
    log_p = logits.log_softmax(-1)
    paths = [[BOS] for _ in range(groups)]
    found = {}
    live = [True] * groups
    for step in range(longest + 1):
        taken = torch.zeros(len(logits), dtype=log_p.dtype)
        for group in range(groups):
            if not live[group]:
                continue
            scores = log_p[paths[group][-1]] - diversity * taken
            scores[BOS] = float("-inf")
            token = EOS if step == longest else int(scores.argmax())
            paths[group] = [*paths[group], token]
            if token == EOS:
                live[group] = False
                total = sum(
                    float(log_p[a, b])
                    for a, b in zip(paths[group][:-1], paths[group][1:], strict=True)
                )
                tokens = tuple(paths[group][1:-1])
                found.setdefault(
                    tokens,
                    Hypothesis(list(tokens), total / length_penalty(len(tokens) + 1, alpha), total),
                )
            else:
                taken[token] += 1
    return sorted(found.values(), key=lambda one: -one.score)


@pytest.mark.parametrize("diversity", [0.0, 0.4, 3.0])
@pytest.mark.parametrize("seed", range(8))
def test_groups_of_one_equal_a_reference_implementation(seed: int, diversity: float) -> None:
    """When a group's only hypothesis ends, its other candidates are not continued."""
    found = search(
        DiverseBeamSearch(beam=3, nbest=3, length_penalty=0.7, diversity=diversity), seed
    )
    for index, hypotheses in enumerate(found):
        expected = groups_of_one(chains(seed, 3, 7)[index], int(LENGTHS[index]), 3, diversity, 0.7)
        best = {tuple(one.tokens) for one in expected}
        assert {tuple(one.tokens) for one in hypotheses} >= best or len(hypotheses) == 3
        for one in hypotheses:
            if tuple(one.tokens) in best:
                [same] = [other for other in expected if other.tokens == one.tokens]
                assert one.score == pytest.approx(same.score, abs=1e-5)


def test_groups_begin_differently_if_it_costs_enough_and_alike_if_nothing() -> None:
    logits = chains(1, 3, 9)
    logits[..., EOS] -= 60
    batch, longer = (
        SearchBatch(lengths, BOS, EOS, forbidden=(BOS,)) for lengths in (LENGTHS, LENGTHS + 1)
    )
    apart = DiverseBeamSearch(beam=3, nbest=3, diversity=50.0)(chain_step, start(logits), longer)
    for hypotheses in apart:
        assert len({one.tokens[0] for one in hypotheses}) == 3
    alike = DiverseBeamSearch(beam=3, nbest=3, length_penalty=0.0, diversity=0.0)(
        chain_step, start(logits), batch
    )
    greedy = BeamSearch(beam=1, nbest=1, length_penalty=0.0)(chain_step, start(logits), batch)
    assert [each[0].tokens for each in alike] == [each[0].tokens for each in greedy]
