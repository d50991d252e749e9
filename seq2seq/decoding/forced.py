"""Forced decoding: the log-probabilities of given translations."""

from __future__ import annotations

import torch
from torch import Tensor

from seq2seq.decoding.frontier import log_probabilities
from seq2seq.decoding.search import SearchState, StepFn


def forced_scores(
    step: StepFn, state: SearchState, targets: Tensor, lengths: Tensor, *, bos: int, eos: int
) -> Tensor:
    """Return the log-probability of one given target per sentence.

    The model takes one step per token, because a quantized decoder cannot process a whole target at
    once.

    Args:
        step: Step function of the model.
        state: State before the first token, with one row per sentence.
        targets: Token ids (N, L) of the targets, each with its end token, padded with any id.
        lengths: Number of tokens (N,) of each target, including the end token.
        bos: Id of the start token.
        eos: Id of the end token.

    Returns:
        Sum of the log-probabilities of each target's tokens (N,), in nats.
    """
    tokens = torch.full_like(lengths, bos)
    totals = torch.zeros(len(lengths), device=lengths.device)
    for place in range(targets.shape[1]):
        logits, state, *_ = step(tokens, state)
        tokens = targets[:, place]
        scores = log_probabilities(logits, forbidden=(), eos=eos, ending=None)
        chosen = scores.gather(1, tokens.unsqueeze(1)).squeeze(1)
        totals = totals + torch.where(place < lengths, chosen, 0.0)
    return totals
