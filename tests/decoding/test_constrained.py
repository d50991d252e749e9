"""Lexical constraints: all phrases appear, wide beams are exact, sentences are independent."""

from __future__ import annotations

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.decoding.beam import BeamSearch
from seq2seq.decoding.constrained import ConstrainedBeamSearch, Phrases
from seq2seq.decoding.filters import NoRepeatedNgram
from seq2seq.decoding.search import SearchBatch
from tests.support.examples import few
from tests.support.markov_chain import BOS, EOS, brute_force, chain_step, chains, start

PHRASES = [[[2]], [[3, 3]], [[2, 3], [4]], [[4, 2, 4], [2, 4, 4]], [[2], [2, 4]], []]
phrases_of = st.lists(st.lists(st.integers(2, 5), min_size=1, max_size=3), max_size=3)


def holds(tokens: list[int], phrases: list[list[int]]) -> bool:
    spelt = ",".join(map(str, tokens))
    return all(f",{','.join(map(str, phrase))}," in f",{spelt}," for phrase in phrases)


@pytest.mark.parametrize("alpha", [0.0, 1.0])
@pytest.mark.parametrize("phrases", PHRASES, ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_a_beam_as_wide_as_the_space_equals_brute_force(
    seed: int, phrases: list[list[int]], alpha: float
) -> None:
    logits = chains(seed, 1, 5)
    [found] = ConstrainedBeamSearch(beam=300, nbest=6, length_penalty=alpha, terms=[phrases])(
        chain_step,
        start(logits),
        SearchBatch(torch.tensor([5]), bos=BOS, eos=EOS, forbidden=(BOS,)),
    )
    allowed = [one for one in brute_force(logits[0], 5, alpha) if holds(one.tokens, phrases)]
    scores = {tuple(one.tokens): one.score for one in allowed}
    assert [one.score for one in found] == pytest.approx(
        [one.score for one in allowed[:6]], abs=1e-9
    )
    # Different word orders may score the same: in a chain, a score depends on adjacent pairs.
    assert all(scores[tuple(one.tokens)] == pytest.approx(one.score, abs=1e-9) for one in found)
    assert len({tuple(one.tokens) for one in found}) == len(found) == min(6, len(allowed))


@given(
    seed=st.integers(0, 10_000),
    beam=st.integers(1, 6),
    phrases=st.lists(phrases_of, min_size=3, max_size=3),
)
@few(60)
def test_all_phrases_appear_scores_are_the_models_and_sentences_are_independent(
    seed: int, beam: int, phrases: list[list[list[int]]]
) -> None:
    logits = chains(seed, 3, 7)
    lengths = torch.tensor([3, 5, 8]) + torch.tensor([sum(map(len, own)) for own in phrases])

    def search(index: slice) -> list[list]:
        strategy = ConstrainedBeamSearch(
            beam=beam, nbest=min(2, beam), length_penalty=1.0, terms=phrases[index]
        )
        return strategy(
            chain_step,
            start(logits[index]),
            SearchBatch(lengths[index], bos=BOS, eos=EOS, forbidden=(BOS,)),
        )

    together = search(slice(0, 3))
    log_p = logits.log_softmax(-1)
    for index, hypotheses in enumerate(together):
        assert hypotheses, (
            "there is room for the phrases, so there is a translation that holds them"
        )
        assert hypotheses == search(slice(index, index + 1))[0]
        for one in hypotheses:
            assert holds(one.tokens, phrases[index])
            assert len(one.tokens) <= lengths[index]
            path = [BOS, *one.tokens, EOS]
            total = sum(float(log_p[index, a, b]) for a, b in itertools.pairwise(path))
            assert one.log_probability == pytest.approx(total, abs=1e-9)


@given(seed=st.integers(0, 10_000), beam=st.integers(1, 5))
@few(40)
def test_without_phrases_it_equals_beam_search(seed: int, beam: int) -> None:
    logits = chains(seed, 3, 7)
    lengths = torch.tensor([5, 3, 8])
    found = ConstrainedBeamSearch(beam=beam, nbest=1, length_penalty=0.8, terms=[[], [], []])(
        chain_step, start(logits), SearchBatch(lengths, bos=BOS, eos=EOS)
    )
    expected = BeamSearch(beam=beam, nbest=1, length_penalty=0.8)(
        chain_step, start(logits), SearchBatch(lengths, bos=BOS, eos=EOS)
    )
    assert [one[0].tokens for one in found] == [one[0].tokens for one in expected]


def test_filters_apply_too() -> None:
    logits = chains(3, 1, 6)
    [found] = ConstrainedBeamSearch(beam=6, nbest=4, length_penalty=1.0, terms=[[[2, 3], [4]]])(
        chain_step,
        start(logits),
        SearchBatch(
            torch.tensor([9]), bos=BOS, eos=EOS, forbidden=(BOS,), filters=[NoRepeatedNgram(1)]
        ),
    )
    assert found
    for one in found:
        assert len(set(one.tokens)) == len(one.tokens)
        assert holds(one.tokens, [[2, 3], [4]])


def test_impossible_constraints_have_no_hypothesis() -> None:
    search = ConstrainedBeamSearch(beam=4, nbest=2, length_penalty=1.0, terms=[[[2, 3, 4]], []])
    found = search(
        chain_step, start(chains(3, 2, 6)), SearchBatch(torch.tensor([2, 2]), bos=BOS, eos=EOS)
    )
    assert found[0] == []
    assert found[1]


def test_the_number_of_phrase_tokens_met() -> None:
    assert Phrases([(2, 3)]).met([]) == 0
    assert Phrases([(2, 3)]).met([5, 2]) == 1
    assert Phrases([(2, 3)]).met([2, 3]) == 2
    assert Phrases([(2, 3), (4, 4, 5)]).met([2, 3, 4, 4]) == 4
    assert Phrases([(2, 3)]).met([2, 5]) == 0


JOINING = frozenset({3})


def holds_whole(tokens: list[int], phrases: list[list[int]]) -> bool:
    """Return whether each phrase appears and no token after it continues its last word."""
    return all(
        any(
            tokens[first : first + len(phrase)] == phrase
            and not JOINING & set(tokens[first + len(phrase) :][:1])
            for first in range(len(tokens))
        )
        for phrase in phrases
    )


@pytest.mark.parametrize("phrases", [[[2]], [[3, 3]], [[2, 3], [4]], [[2], [2, 4]]], ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_a_phrase_ends_where_a_word_does_and_a_wide_beam_still_equals_brute_force(
    seed: int, phrases: list[list[int]]
) -> None:
    logits = chains(seed, 1, 5)
    batch = SearchBatch(torch.tensor([5]), BOS, EOS, forbidden=(BOS,))
    [found] = ConstrainedBeamSearch(
        beam=400, nbest=6, length_penalty=1.0, terms=[phrases], continuation_ids=JOINING
    )(chain_step, start(logits), batch)
    allowed = [one for one in brute_force(logits[0], 5, 1.0) if holds_whole(one.tokens, phrases)]
    assert [one.score for one in found] == pytest.approx(
        [one.score for one in allowed[:6]], abs=1e-9
    )
    assert all(holds_whole(one.tokens, phrases) for one in found)
