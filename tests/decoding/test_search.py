"""Identities of the searches on Markov chains, where every sequence can be enumerated."""

from __future__ import annotations

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from seq2seq.decoding.beam import BeamSearch
from seq2seq.decoding.greedy import GreedySearch
from seq2seq.decoding.search import STRATEGIES, SearchBatch, StepOutput
from tests.support.examples import few
from tests.support.markov_chain import BOS, EOS, ChainState, brute_force, chain_step, chains, start


@pytest.mark.parametrize("alpha", [0.0, 0.6, 1.0, 2.0])
@pytest.mark.parametrize("seed", range(6))
def test_a_beam_as_wide_as_the_space_equals_brute_force_n_best_included(
    seed: int, alpha: float
) -> None:
    logits = chains(seed, sentences=2, vocab=4)
    lengths = torch.tensor([4, 2])
    search = BeamSearch(beam=40, nbest=6, length_penalty=alpha)
    found = search(
        chain_step, start(logits), SearchBatch(lengths, bos=BOS, eos=EOS, forbidden=(BOS,))
    )
    for index in range(2):
        expected = brute_force(logits[index], int(lengths[index]), alpha)[:6]
        assert [h.tokens for h in found[index]] == [h.tokens for h in expected]
        assert [h.score for h in found[index]] == pytest.approx(
            [h.score for h in expected], abs=1e-12
        )


@given(
    seed=st.integers(0, 10_000),
    sentences=st.integers(1, 5),
    vocab=st.integers(3, 9),
    longest=st.integers(0, 7),
)
@few(60)
def test_a_beam_of_one_without_penalty_equals_greedy(
    seed: int, sentences: int, vocab: int, longest: int
) -> None:
    logits = chains(seed, sentences, vocab)
    lengths = torch.arange(sentences) % 3 + longest
    greedy = GreedySearch()(
        chain_step, start(logits), SearchBatch(lengths, bos=BOS, eos=EOS, forbidden=(BOS,))
    )
    beam = BeamSearch(beam=1, length_penalty=0.0)(
        chain_step, start(logits), SearchBatch(lengths, bos=BOS, eos=EOS, forbidden=(BOS,))
    )
    assert [[h.tokens for h in one] for one in beam] == [[h.tokens for h in one] for one in greedy]
    assert [one[0].score for one in beam] == pytest.approx(
        [one[0].score for one in greedy], abs=1e-9
    )


@given(seed=st.integers(0, 10_000), beam=st.integers(1, 6), alpha=st.sampled_from([0.0, 0.6, 1.0]))
@few(60)
def test_the_first_of_n_best_is_the_single_best(seed: int, beam: int, alpha: float) -> None:
    logits = chains(seed, 3, 6)
    lengths = torch.tensor([5, 3, 8])
    single = BeamSearch(beam=beam, nbest=1, length_penalty=alpha)(
        chain_step, start(logits), SearchBatch(lengths, bos=BOS, eos=EOS)
    )
    several = BeamSearch(beam=beam, nbest=beam, length_penalty=alpha)(
        chain_step, start(logits), SearchBatch(lengths, bos=BOS, eos=EOS)
    )
    assert [one[0] for one in single] == [one[0] for one in several]
    for hypotheses in several:
        assert [h.score for h in hypotheses] == sorted((h.score for h in hypotheses), reverse=True)
        assert len({tuple(h.tokens) for h in hypotheses}) == len(hypotheses)


@given(seed=st.integers(0, 10_000), strategy=st.sampled_from(sorted(STRATEGIES)))
@few(60)
def test_a_sentence_is_translated_independently_of_its_batch(seed: int, strategy: str) -> None:
    search = STRATEGIES[strategy]()
    logits = chains(seed, 4, 7)
    lengths = torch.tensor([6, 1, 9, 3])
    together = search(chain_step, start(logits), SearchBatch(lengths, bos=BOS, eos=EOS))
    for index in range(4):
        here = slice(index, index + 1)
        alone = search(
            chain_step, start(logits[here]), SearchBatch(lengths[here], bos=BOS, eos=EOS)
        )
        assert alone == together[here]


@given(seed=st.integers(0, 10_000), strategy=st.sampled_from(sorted(STRATEGIES)))
@few(60)
def test_maximum_lengths_hold_forbidden_ids_are_never_chosen_and_scores_are_the_models(
    seed: int, strategy: str
) -> None:
    logits = chains(seed, 4, 7)
    lengths = torch.tensor([0, 1, 4, 9])
    log_p = logits.log_softmax(-1)
    found = STRATEGIES[strategy]()(
        chain_step, start(logits), SearchBatch(lengths, bos=BOS, eos=EOS, forbidden=(BOS, 4))
    )
    for index, hypotheses in enumerate(found):
        assert hypotheses
        for hypothesis in hypotheses:
            assert len(hypothesis.tokens) <= lengths[index]
            assert not {BOS, EOS, 4} & set(hypothesis.tokens)
            path = [BOS, *hypothesis.tokens, EOS]
            total = sum(float(log_p[index, a, b]) for a, b in itertools.pairwise(path))
            assert hypothesis.log_probability == pytest.approx(total, abs=1e-9)


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_no_sentences_give_no_hypotheses(strategy: str) -> None:
    none = torch.zeros(0, dtype=torch.long)
    assert (
        STRATEGIES[strategy]()(
            chain_step, start(chains(0, 0, 4)), SearchBatch(none, bos=BOS, eos=EOS)
        )
        == []
    )


@pytest.mark.parametrize("beta", [0.2, 1.0])
@pytest.mark.parametrize("seed", range(6))
def test_a_wide_beam_with_a_coverage_penalty_equals_brute_force(seed: int, beta: float) -> None:
    """Attention depends on the token: each one, including the end token, has its own."""
    logits = chains(seed, sentences=2, vocab=4)
    read = torch.rand(4, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    read[:, 2] = 0  # padding
    read = read / read.sum(-1, keepdim=True)

    def step(tokens: Tensor, state: ChainState) -> StepOutput:
        output = chain_step(tokens, state)
        return StepOutput(output.logits, output.state, read[tokens])

    def penalty(tokens: list[int]) -> float:
        received = read[torch.tensor([BOS, *tokens])].sum(0)[
            :2
        ]  # the attention of a step depends on the preceding token
        return beta * float(received.clamp(max=1).log().sum())

    lengths = torch.tensor([4, 2])
    found = BeamSearch(beam=40, nbest=5, length_penalty=0.7, coverage_penalty=beta)(
        step, start(logits), SearchBatch(lengths, bos=BOS, eos=EOS, forbidden=(BOS,))
    )
    differs = False
    for index in range(2):
        plain = brute_force(logits[index], int(lengths[index]), 0.7)
        expected = sorted(plain, key=lambda one: -(one.score + penalty(one.tokens)))[:5]
        assert [one.tokens for one in found[index]] == [one.tokens for one in expected]
        scores = [one.score + penalty(one.tokens) for one in expected]
        assert [one.score for one in found[index]] == pytest.approx(scores, abs=1e-10)
        differs |= [one.tokens for one in plain[:5]] != [one.tokens for one in expected]
    assert differs or beta < 1


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_hypotheses_carry_their_attention_if_requested(strategy: str) -> None:
    logits = chains(1, 3, 6)
    read = torch.rand(6, 4, generator=torch.Generator().manual_seed(1))

    def step(tokens: Tensor, state: ChainState) -> StepOutput:
        output = chain_step(tokens, state)
        return StepOutput(output.logits, output.state, read[tokens])

    lengths = torch.tensor([5, 2, 7])
    for wanted in (False, True):
        found = STRATEGIES[strategy]()(
            step, start(logits), SearchBatch(lengths, bos=BOS, eos=EOS, attention=wanted)
        )
        for one in itertools.chain.from_iterable(found):
            assert (one.attention is not None) == wanted
            if one.attention is not None:
                weights = torch.tensor(one.attention)
                assert torch.equal(weights, read[torch.tensor([BOS, *one.tokens])])


def test_the_search_waits_for_a_live_hypothesis_that_can_still_win() -> None:
    """With a length penalty a longer hypothesis may overtake one that ended early."""
    p = torch.tensor([[0.0, 0.4, 0.6], [0.0, 1.0, 0.0], [0.0, 0.2, 0.8]], dtype=torch.float64)
    logits = p.log().unsqueeze(0)
    [[best]] = BeamSearch(beam=2, nbest=1, length_penalty=2.0)(
        chain_step, start(logits), SearchBatch(torch.tensor([12]), bos=BOS, eos=EOS)
    )
    assert best.tokens == brute_force(logits[0], 12, 2.0)[0].tokens
    assert len(best.tokens) > 5
