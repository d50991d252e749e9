"""Ensemble: several models that translate as one, by the mean of their probabilities."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from seq2seq.models.model import ModelState, Seq2SeqModel


@dataclass(frozen=True)
class EnsembleState:
    """State of an ensemble: the states of its models."""

    states: tuple[ModelState, ...]

    def select(self, rows: Tensor, sentences: Tensor | None = None) -> EnsembleState:
        """Select rows of each state; see `ModelState.select`."""
        return EnsembleState(tuple(state.select(rows, sentences) for state in self.states))


class Ensemble(nn.Module):
    """Ensemble of models with the same vocabulary (Sutskever et al. 2014).

    Args:
        models: At least one model.
    """

    def __init__(self, models: Sequence[Seq2SeqModel]) -> None:
        super().__init__()
        assert models
        self.models = nn.ModuleList(models)

    def start(self, source: Tensor, lengths: Tensor) -> EnsembleState:
        """Encode a batch with each model; see `Seq2SeqModel.start`."""
        return EnsembleState(tuple(model.start(source, lengths) for model in self._models()))

    def shortlisted(self, state: EnsembleState, ids: Tensor, allowed: Tensor) -> EnsembleState:
        """Restrict a state to a shortlist of target ids; see `Seq2SeqModel.shortlisted`."""
        pairs = zip(self._models(), state.states, strict=True)
        return EnsembleState(tuple(model.shortlisted(one, ids, allowed) for model, one in pairs))

    def step(
        self, tokens: Tensor, state: EnsembleState
    ) -> tuple[Tensor, EnsembleState, Tensor | None]:
        """Take one step.

        Args:
            tokens: Last token of each row (R,).
            state: State of R rows.

        Returns:
            Logarithms of the mean probabilities (R, V), the next state, and the mean attention
            weights (R, S) or None.
        """
        pairs = zip(self._models(), state.states, strict=True)
        steps = [model.step(tokens, one) for model, one in pairs]
        wide = torch.promote_types(steps[0].logits.dtype, torch.float32)
        scores = torch.stack([step.logits.to(wide).log_softmax(-1) for step in steps])
        logits = scores.logsumexp(0) - math.log(len(steps))
        weights = [step.attention for step in steps if step.attention is not None]
        attention = torch.stack(weights).mean(0) if weights else None
        return logits, EnsembleState(tuple(step.state for step in steps)), attention

    def _models(self) -> list[Seq2SeqModel]:
        return list(self.models)  # type: ignore[arg-type]  # ModuleList does not know their type
