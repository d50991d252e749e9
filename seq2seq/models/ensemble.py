"""An ensemble: several models translate as one, each token from the mean of their probabilities."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from seq2seq.models.model import ModelState, Seq2SeqModel


@dataclass(frozen=True)
class EnsembleState:
    """States of the models of an ensemble."""

    states: tuple[ModelState, ...]

    def select(self, rows: Tensor, sentences: Tensor | None = None) -> EnsembleState:
        """Reorder the rows of each state; see ModelState."""
        return EnsembleState(tuple(state.select(rows, sentences) for state in self.states))


class Ensemble(nn.Module):
    """Models of one vocabulary as one step function (Sutskever et al. 2014).

    Args:
        models: At least one model.
    """

    def __init__(self, models: Sequence[Seq2SeqModel]) -> None:
        super().__init__()
        assert models
        self.models = nn.ModuleList(models)

    def start(self, source: Tensor, lengths: Tensor) -> EnsembleState:
        """Encode source ids (N, S) of the given lengths (N,) with each model."""
        return EnsembleState(tuple(model.start(source, lengths) for model in self._models()))

    def shortlisted(self, state: EnsembleState, ids: Tensor, allowed: Tensor) -> EnsembleState:
        """Return a state from which a search may only use the target ids (K,); see Seq2SeqModel."""
        pairs = zip(self._models(), state.states, strict=True)
        return EnsembleState(tuple(model.shortlisted(one, ids, allowed) for model, one in pairs))

    def step(
        self, tokens: Tensor, state: EnsembleState
    ) -> tuple[Tensor, EnsembleState, Tensor | None]:
        """Decode one token for each row.

        Args:
            tokens: The last tokens (R,).
            state: The state of R rows.

        Returns:
            The logarithms of the mean probabilities (R, V); the next state; and the mean attention
            weights (R, S), or None.
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
        return list(self.models)  # type: ignore[arg-type]  # ModuleList has no type of its members
