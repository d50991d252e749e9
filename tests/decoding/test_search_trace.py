"""The tree that a search writes down: it holds the hypotheses that the search finds."""

from __future__ import annotations

import pytest
import torch

from seq2seq.decoding.beam import BeamSearch
from seq2seq.decoding.constrained import ConstrainedBeamSearch
from seq2seq.decoding.greedy import GreedySearch
from seq2seq.decoding.search import SearchBatch, Strategy
from seq2seq.decoding.search_trace import DROPPED, FINISHED, KEPT, BeamTree, Candidate
from tests.support.markov_chain import BOS, EOS, chain_step, chains, start

STRATEGIES: list[Strategy] = [
    GreedySearch(),
    BeamSearch(beam=1),
    BeamSearch(beam=3, nbest=2),
    BeamSearch(beam=40, nbest=6, length_penalty=0.5),
    ConstrainedBeamSearch(beam=3, nbest=2, terms=[[[3, 4]]]),
]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("search", STRATEGIES, ids=lambda one: f"{type(one).__name__}")
def test_each_hypothesis_ends_in_the_tree(search: Strategy, seed: int) -> None:
    steps: list[list[Candidate]] = []
    found = search(
        chain_step,
        start(chains(seed, sentences=1, vocab=6)),
        SearchBatch(torch.tensor([5]), bos=BOS, eos=EOS, forbidden=(BOS,), tree=steps),
    )
    tree = BeamTree(steps)
    for hypothesis in found[0]:
        step, place = tree.ending(hypothesis)
        last = steps[step][place]
        assert (last.token, last.status) == (EOS, FINISHED)
        assert last.total == pytest.approx(hypothesis.log_probability)
        rows, tokens = tree.path(step, last.row)
        assert tokens == hypothesis.tokens
        assert all(row in tree.leading(found[0])[here] for here, row in enumerate(rows))
    for candidates in steps:
        totals = [one.total for one in candidates]
        assert totals == sorted(totals, reverse=True)
        assert sum(one.status == KEPT for one in candidates) <= search.width
        assert {one.status for one in candidates} <= {KEPT, FINISHED, DROPPED}
