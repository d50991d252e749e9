"""Every registered strategy is a frozen dataclass of settings and meets the search contract."""

from __future__ import annotations

import dataclasses
import itertools

import pytest
import torch

from seq2seq.config.settings import DecodingConfig
from seq2seq.decoding.forced import forced_scores
from seq2seq.decoding.search import STRATEGIES, SearchBatch
from seq2seq.decoding.strategies import make_strategy
from seq2seq.errors import ConfigError
from tests.support.markov_chain import BOS, EOS, chain_step, chains, start

every_strategy = pytest.mark.parametrize("name", sorted(STRATEGIES))


def settings(name: str, **changes: object) -> dict[str, object]:
    return DecodingConfig().model_dump() | {"strategy": name, **changes}


@every_strategy
def test_its_fields_are_settings_and_it_does_not_change(name: str) -> None:
    kind = STRATEGIES[name]
    assert {field.name for field in dataclasses.fields(kind)} <= set(DecodingConfig.model_fields)
    strategy = make_strategy(settings(name, beam=4, groups=2))
    with pytest.raises(dataclasses.FrozenInstanceError):
        strategy.nbest = 2  # type: ignore[misc]


@every_strategy
def test_it_finds_at_most_n_hypotheses_best_first(name: str) -> None:
    nbest = 1 if name == "greedy" else 3
    strategy = make_strategy(settings(name, nbest=nbest, beam=4, groups=2))
    logits = chains(seed=3, sentences=5, vocab=7)
    batch = SearchBatch(torch.tensor([4, 3, 5, 2, 4]), BOS, EOS, keys=torch.arange(5))
    found = strategy(chain_step, start(logits), batch)
    assert len(found) == 5
    for hypotheses, longest in zip(found, [4, 3, 5, 2, 4], strict=True):
        assert 1 <= len(hypotheses) <= nbest
        scores = [one.score for one in hypotheses]
        assert scores == sorted(scores, reverse=True)
        assert all(len(one.tokens) <= longest for one in hypotheses)
    assert strategy.width >= nbest


@every_strategy
def test_candidates_for_minimum_bayes_risk_are_found(name: str) -> None:
    if name == "greedy":
        pytest.skip("it finds one hypothesis")
    assert make_strategy(settings(name, beam=6, groups=3, mbr=6)).nbest == 6


def test_a_beam_of_one_is_greedy_search_and_an_impossible_beam_is_refused() -> None:
    assert type(make_strategy(settings("beam", beam=1))) is STRATEGIES["greedy"]
    with pytest.raises(ConfigError, match="beam 4 with 9 best"):
        make_strategy(settings("beam", beam=4, nbest=9))
    with pytest.raises(ConfigError, match="beam 5 must be a multiple of groups 2"):
        make_strategy(settings("diverse-beam", beam=5, groups=2))
    with pytest.raises(ConfigError, match="did you mean 'beam'"):
        make_strategy(settings("baem"))


def test_a_forced_translation_scores_the_sum_of_its_log_probabilities() -> None:
    logits = chains(seed=4, sentences=3, vocab=6)
    targets = [[2, 3, 4, EOS], [5, EOS], [EOS]]
    padded = torch.tensor([[*row, *[EOS] * (4 - len(row))] for row in targets])
    lengths = torch.tensor([len(row) for row in targets])
    found = forced_scores(chain_step, start(logits), padded, lengths, bos=BOS, eos=EOS)
    log_p = logits.log_softmax(-1)
    for sentence, target in enumerate(targets):
        path = [BOS, *target]
        steps = itertools.pairwise(path)
        expected = sum(float(log_p[sentence, last, following]) for last, following in steps)
        assert float(found[sentence]) == pytest.approx(expected, abs=1e-5)
