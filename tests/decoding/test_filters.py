"""Filters: each excludes what it should and nothing else, in every search, without rescoring."""

from __future__ import annotations

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.decoding.beam import BeamSearch
from seq2seq.decoding.filters import (
    Filter,
    ForbiddenPhrases,
    ForcedPrefix,
    MinimumLength,
    NoRepeatedNgram,
    PartialWord,
)
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.sampling import Sampling
from seq2seq.decoding.search import STRATEGIES, SearchBatch
from tests.support.examples import few
from tests.support.markov_chain import BOS, EOS, brute_force, chain_step, chains, start

every_strategy = pytest.mark.parametrize("strategy", sorted(STRATEGIES))
LENGTHS = torch.tensor([6, 4, 9])


def search(strategy: str, seed: int, *filters: Filter) -> list[list[Hypothesis]]:
    logits = chains(seed, 3, 6)
    found = STRATEGIES[strategy]()(
        chain_step,
        start(logits),
        SearchBatch(LENGTHS, bos=BOS, eos=EOS, forbidden=(BOS,), filters=filters),
    )
    log_p = logits.log_softmax(-1)
    for index, hypotheses in enumerate(found):
        assert hypotheses
        for one in hypotheses:
            path = [BOS, *one.tokens, EOS]
            total = sum(float(log_p[index, a, b]) for a, b in itertools.pairwise(path))
            assert one.log_probability == pytest.approx(total, abs=1e-5)
    return found


def ngrams(tokens: list[int], size: int) -> list[tuple[int, ...]]:
    return list(zip(*(tokens[first:] for first in range(size)), strict=False))


@every_strategy
@given(seed=st.integers(0, 1000))
@few(15)
def test_no_hypothesis_is_shorter_than_its_minimum_length(strategy: str, seed: int) -> None:
    shortest = torch.tensor([3, 4, 0])
    for hypotheses, least in zip(
        search(strategy, seed, MinimumLength(shortest, EOS)), [3, 4, 0], strict=True
    ):
        assert all(len(one.tokens) >= least for one in hypotheses)


@every_strategy
@pytest.mark.parametrize("size", [1, 2, 3])
@given(seed=st.integers(0, 1000))
@few(10)
def test_no_ngram_occurs_twice(strategy: str, size: int, seed: int) -> None:
    for hypotheses in search(strategy, seed, NoRepeatedNgram(size)):
        for one in hypotheses:
            found = ngrams(one.tokens, size)
            assert len(set(found)) == len(found)


@every_strategy
@given(seed=st.integers(0, 1000))
@few(15)
def test_forbidden_phrases_do_not_occur(strategy: str, seed: int) -> None:
    phrases = [[2], [3, 4], [4, 4, 5]]
    for hypotheses in search(strategy, seed, ForbiddenPhrases(phrases)):
        for one in hypotheses:
            assert not any(tuple(phrase) in ngrams(one.tokens, len(phrase)) for phrase in phrases)


@every_strategy
@given(seed=st.integers(0, 1000))
@few(15)
def test_hypotheses_begin_with_their_prefix_and_may_be_forced_to_the_end(
    strategy: str, seed: int
) -> None:
    prefixes = [[5, 2, 3], [], [4, 4, EOS]]
    found = search(strategy, seed, ForcedPrefix(prefixes, torch.device("cpu")))
    assert all(one.tokens[:3] == [5, 2, 3] for one in found[0])
    assert all(one.tokens == [4, 4] for one in found[2])


@every_strategy
def test_a_prefix_takes_precedence_over_other_rules(strategy: str) -> None:
    prefixes = [[5, 5, 2], [2], [3, 2]]
    rules = ForcedPrefix(
        prefixes, torch.device("cpu"), [ForbiddenPhrases([[2]]), NoRepeatedNgram(1)]
    )
    for hypotheses, prefix in zip(search(strategy, 4, rules), prefixes, strict=True):
        for one in hypotheses:
            assert one.tokens[: len(prefix)] == prefix
            rest = one.tokens[len(prefix) :]
            assert not {2, *prefix} & set(rest)
            assert len(set(rest)) == len(rest)


SPELT = {2: "a", 3: "ab", 4: "b", 5: "ca"}


def completions(begun: str) -> dict[int, str]:
    """Return the completions of a partial word among tokens with this spelling."""
    return {
        token: begun[len(text) :]
        for token, text in SPELT.items()
        if text.startswith(begun) or begun.startswith(text)
    }


def opened(
    strategy: str, seed: int, prefixes: list[list[int]], begun: list[str], *rest: Filter
) -> list[list[str]]:
    """Return what is spelled after the prefixes."""
    word = PartialWord(prefixes, begun, completions, [4], rest)
    found = search(strategy, seed, ForcedPrefix(prefixes, torch.device("cpu"), [word]))
    behind = zip(found, map(len, prefixes), strict=True)
    return [
        ["".join(SPELT[token] for token in one.tokens[length:]) for one in each]
        for each, length in behind
    ]


@every_strategy
@given(seed=st.integers(0, 1000))
@few(15)
def test_a_partial_word_is_completed_and_a_whole_one_is_not_continued(
    strategy: str, seed: int
) -> None:
    found = opened(strategy, seed, [[5, 2], [2], []], ["ab", "", "aca"])
    assert all(text.startswith("ab") for text in found[0])
    assert all(not text.startswith("b") for text in found[1])
    assert all(text.startswith("aca") for text in found[2])


@every_strategy
def test_a_partial_word_takes_precedence_over_other_rules(strategy: str) -> None:
    for rows in opened(
        strategy, 4, [[], [4], [3]], ["abab", "cab", "aa"], ForbiddenPhrases([[2], [4], [5]])
    ):
        assert all(text.startswith(("abab", "cab", "aa")) for text in rows)
        for text in rows:
            assert set(
                text.removeprefix("abab").removeprefix("cab").removeprefix("aa").replace("ab", "")
            ) <= set("ab")


@pytest.mark.parametrize("begun", ["a", "ab", "aab", "ca"])
def test_a_wide_beam_with_a_partial_word_equals_brute_force_over_all_spellings(begun: str) -> None:
    logits = chains(3, 1, 6)
    rule = PartialWord([[]], [begun], completions, [])
    batch = SearchBatch(torch.tensor([4]), BOS, EOS, forbidden=(BOS,), filters=[rule])
    [found] = BeamSearch(beam=600, nbest=8, length_penalty=0.8)(chain_step, start(logits), batch)
    spelt = brute_force(logits[0], 4, 0.8)
    allowed = [
        one for one in spelt if "".join(SPELT[token] for token in one.tokens).startswith(begun)
    ]
    assert [one.tokens for one in found] == [one.tokens for one in allowed[:8]]


@pytest.mark.parametrize("seed", range(5))
def test_a_wide_beam_with_filters_equals_brute_force_over_what_they_allow(seed: int) -> None:
    logits = chains(seed, 1, 5)
    filters = [
        MinimumLength(torch.tensor([2]), EOS),
        NoRepeatedNgram(2),
        ForbiddenPhrases([[2, 3]]),
        ForcedPrefix([[4]], torch.device("cpu")),
    ]
    [found] = BeamSearch(beam=200, nbest=8, length_penalty=0.8)(
        chain_step,
        start(logits),
        SearchBatch(torch.tensor([4]), bos=BOS, eos=EOS, forbidden=(BOS,), filters=filters),
    )
    allowed = [
        one
        for one in brute_force(logits[0], 4, 0.8)
        if len(one.tokens) >= 2
        and one.tokens[0] == 4
        and (2, 3) not in ngrams(one.tokens, 2)
        and len(set(ngrams(one.tokens, 2))) == len(one.tokens) - 1
    ]
    assert [one.tokens for one in found] == [one.tokens for one in allowed[:8]]


@every_strategy
def test_where_nothing_is_allowed_the_hypothesis_ends(strategy: str) -> None:
    everything = ForbiddenPhrases([[token] for token in range(6)])
    assert all(
        one.tokens == [] for hypotheses in search(strategy, 1, everything) for one in hypotheses
    )


def test_filters_treat_the_sentences_of_a_batch_independently() -> None:
    logits = chains(3, 3, 6)
    prefixes = [[5, 2], [3], []]
    for make in (lambda: BeamSearch(beam=3, nbest=2), lambda: Sampling(nbest=4, seed=3)):
        together = make()(
            chain_step,
            start(logits),
            SearchBatch(
                LENGTHS,
                bos=BOS,
                eos=EOS,
                filters=[ForcedPrefix(prefixes, torch.device("cpu")), NoRepeatedNgram(2)],
            ),
        )
        for index in range(3):
            one = slice(index, index + 1)
            filters = [ForcedPrefix(prefixes[one], torch.device("cpu")), NoRepeatedNgram(2)]
            assert together[one] == make()(
                chain_step,
                start(logits[one]),
                SearchBatch(LENGTHS[one], bos=BOS, eos=EOS, filters=filters),
            )
