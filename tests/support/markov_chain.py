"""Markov chains as step functions, whose sequences can all be enumerated and scored."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import torch
from torch import Tensor

from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.ranking import length_penalty
from seq2seq.decoding.search import StepOutput

BOS, EOS = 0, 1


@dataclass(frozen=True)
class ChainState:
    """Rows that know their sentence's transition matrix, in place of a model's memory and state."""

    chains: Tensor  # (N, V, V) log-probabilities
    sentence: Tensor  # (R,) row -> sentence

    def select(self, rows: Tensor, sentences: Tensor | None = None) -> ChainState:
        of_row = self.sentence[rows]
        if sentences is None:
            return ChainState(self.chains, of_row)
        place = torch.full((len(self.chains),), -1)
        place[sentences] = torch.arange(len(sentences))
        assert bool((place[of_row] >= 0).all()), "a row was kept whose sentence was dropped"
        return ChainState(self.chains[sentences], place[of_row])


def chain_step(tokens: Tensor, state: ChainState) -> StepOutput:
    assert bool((state.sentence.diff() >= 0).all()), (
        "rows of a sentence must stay together, in order"
    )
    return StepOutput(state.chains[state.sentence, tokens], state)


def chains(seed: int, sentences: int, vocab: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(sentences, vocab, vocab, generator=generator, dtype=torch.float64) * 2


def start(logits: Tensor) -> ChainState:
    return ChainState(logits, torch.arange(len(logits)))


def brute_force(
    logits: Tensor,
    max_length: int,
    alpha: float,
    forbidden: tuple[int, ...] = (BOS,),
    *,
    bos: int = BOS,
    eos: int = EOS,
) -> list[Hypothesis]:
    """Return every sequence of at most `max_length` tokens, scored, best first."""
    log_p = logits.log_softmax(-1).tolist()
    vocab = [token for token in range(len(logits)) if token != eos and token not in forbidden]
    found = []
    for length in range(max_length + 1):
        for tokens in itertools.product(vocab, repeat=length):
            path = [bos, *tokens, eos]
            total = sum(log_p[a][b] for a, b in itertools.pairwise(path))
            found.append(Hypothesis(list(tokens), total / length_penalty(length + 1, alpha), total))
    return sorted(found, key=lambda hypothesis: -hypothesis.score)
