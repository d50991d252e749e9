"""Decoding of one batch: search for translations, and scores of given translations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils import parametrize

from seq2seq.config.settings import DecodingConfig
from seq2seq.data.alignment.shortlist import Shortlist
from seq2seq.data.batches.plan import round_width
from seq2seq.data.ragged import Ints, RaggedIds
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.data.tokenizers.vocabulary import BOS, EOS, PAD
from seq2seq.decoding.forced import forced_scores
from seq2seq.decoding.search import (
    Hypothesis,
    SearchBatch,
    SearchState,
    StepFn,
    StepOutput,
    Strategy,
)
from seq2seq.models.ensemble import Ensemble
from seq2seq.models.model import Seq2SeqModel
from seq2seq.translation.constraints import Constraints, content_keys


@dataclass(frozen=True)
class BatchDecoder:
    """Decoder for batches of sources.

    Attributes:
        model: The model or ensemble.
        tokenizers: Tokenizers of the model.
        shortlist: Likely target tokens of each source token, if only these are scored; else None.
    """

    model: Seq2SeqModel | Ensemble
    tokenizers: TokenizerPair
    shortlist: Shortlist | None

    @cached_property
    def device(self) -> torch.device:
        """Device of the model."""
        return next(self.model.parameters()).device

    @torch.inference_mode()
    @parametrize.cached()  # normalized weights are computed once, not at each step
    def score(
        self, sources: RaggedIds, rows: list[int], targets: Sequence[Sequence[int]]
    ) -> list[float]:
        """Score given targets.

        Args:
            sources: Ids of all sources.
            rows: Indices of the N sources of the batch.
            targets: Ids of one target per source of the batch, each with its end token.

        Returns:
            Log-probability (N) of each target, in nats.
        """
        state, _, _ = self._start(sources, rows)
        ids = RaggedIds(targets)
        padded = ids.padded(np.arange(len(rows)), int(ids.lengths.max()))
        found = forced_scores(
            model_step(self.model),
            state,
            torch.from_numpy(padded).to(self.device),
            torch.from_numpy(ids.lengths).to(self.device),
            bos=BOS,
            eos=EOS,
        )
        return [float(score) for score in found]

    @torch.inference_mode()
    @parametrize.cached()
    def search(
        self,
        sources: RaggedIds,
        rows: list[int],
        constraints: Constraints,
        *,
        decoding: DecodingConfig,
        strategy: Strategy,
        attention: bool,
    ) -> list[list[Hypothesis]]:
        """Search for translations.

        Args:
            sources: Ids of all sources.
            rows: Indices of the N sources of the batch.
            constraints: Constraints on the N translations.
            decoding: Settings of lengths and filters.
            strategy: The search strategy.
            attention: If true, hypotheses carry their attention weights.

        Returns:
            The hypotheses of each of the N sources, best first.

        Raises:
            ConfigError: There are terms, and the strategy has no constrained form.
        """
        state, source, lengths = self._start(sources, rows)
        bos = BOS
        eos = EOS
        target = self.tokenizers.target
        forbidden = [PAD, BOS, *range(target.vocab_size, self.tokenizers.target_size)]
        ids = None
        if self.shortlist is not None:
            ids, allowed = self.shortlist.batch(source, constraints.required_ids())
            state = self.model.shortlisted(
                state,
                torch.from_numpy(ids).to(self.device),
                torch.from_numpy(allowed).to(self.device),
            )
            constraints = constraints.to_shortlist(ids.tolist())
            bos, eos = np.searchsorted(ids, (BOS, EOS)).tolist()
            forbidden = []
        limits = constraints.max_lengths(decoding, lengths)
        if any(constraints.terms):
            strategy = strategy.with_terms(constraints.terms, constraints.continuation_ids())
        batch = SearchBatch(
            limits,
            bos,
            eos,
            forbidden=forbidden,
            filters=constraints.filters(decoding, limits, eos),
            keys=content_keys(sources, rows).to(self.device) if strategy.is_random else None,
            attention=attention,
        )
        found = strategy(model_step(self.model), state, batch)
        if ids is None:
            return found
        return [
            [replace(one, tokens=ids[one.tokens].tolist()) for one in hypotheses]
            for hypotheses in found
        ]

    def _start(self, sources: RaggedIds, rows: list[int]) -> tuple[Any, Ints, Tensor]:
        """Encode a batch with the model.

        Returns:
            The state before the first token, the padded sources (N, S) and their lengths (N,).
        """
        index = np.array(rows)
        width = round_width(int(sources.lengths[index].max()) + 1)
        source = sources.padded(index, width, last=EOS)
        lengths = torch.from_numpy(sources.lengths[index] + 1).to(self.device)
        state = self.model.start(torch.from_numpy(source).to(self.device), lengths)
        return state, source, lengths


def model_step(model: Seq2SeqModel | Ensemble) -> StepFn:
    """Wrap a model as the step function of a search."""

    def step(tokens: torch.Tensor, state: SearchState) -> StepOutput:
        return StepOutput(*model.step(tokens, state))  # type: ignore[arg-type]  # the model's own

    return step


def decoding_batches(lengths: Sequence[int], batch_tokens: int) -> Iterator[list[int]]:
    """Group texts of similar length.

    Args:
        lengths: Number of tokens of each text.
        batch_tokens: Maximum number of source positions per batch, padding and end tokens included.

    Yields:
        Indices of the texts of a batch, shortest first. Texts of length 0 have their own batches.
    """
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda index: lengths[index]):
        fits = (len(batch) + 1) * (lengths[index] + 1) <= batch_tokens
        if batch and (not fits or (lengths[index] > 0) != (lengths[batch[0]] > 0)):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
