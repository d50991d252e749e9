"""Shallow fusion: a language model takes part in each step of a search (Gulcehre et al. 2015)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from seq2seq.decoding.search import SearchState, StepFn, StepOutput
from seq2seq.models.language_model import LanguageModelNetwork, LayerStates


@dataclass(frozen=True)
class FusedState:
    """State of a translation model and of a language model, with the same rows."""

    translation: Any
    language_model: LayerStates

    def select(self, rows: Tensor, sentences: Tensor | None = None) -> FusedState:
        """Select rows of both; see `SearchState.select`."""
        return FusedState(
            self.translation.select(rows, sentences), self.language_model.select(rows)
        )


@dataclass(frozen=True)
class Fusion:
    """Language model with its weight.

    Attributes:
        network: The language model, in eval mode.
        weight: Weight of its log-probabilities.
    """

    network: LanguageModelNetwork
    weight: float

    def start(self, state: SearchState, rows: int) -> FusedState:
        """Return the state before the first token, with one row per sentence."""
        return FusedState(state, self.network.start(rows))

    def fused(self, step: StepFn, ids: Tensor | None = None) -> StepFn:
        """Return a step function that adds what the language model says.

        Args:
            step: Step function of the translation model.
            ids: Target ids (K,) of a shortlist, if tokens are positions on it.
        """

        def step_both(tokens: Tensor, state: SearchState) -> StepOutput:
            assert isinstance(state, FusedState)
            output = step(tokens, state.translation)
            given = tokens if ids is None else ids[tokens]
            logits, after = self.network.step(given, state.language_model)
            scores = logits.to(torch.promote_types(logits.dtype, torch.float32)).log_softmax(-1)
            if ids is not None:
                scores = scores[:, ids]
            both = FusedState(output.state, after)
            return StepOutput(output.logits, both, output.attention, self.weight * scores)

        return step_both
