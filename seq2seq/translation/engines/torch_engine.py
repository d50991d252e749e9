"""Engine in PyTorch, which supports everything: any cell, any strategy, ensembles, GPUs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

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
from seq2seq.decoding.filters import (
    Filter,
    ForbiddenPhrases,
    ForcedPrefix,
    MinimumLength,
    NoRepeatedNgram,
    PartialWord,
)
from seq2seq.decoding.forced import forced_scores
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.search import SearchBatch, SearchState, StepFn, StepOutput, Strategy
from seq2seq.decoding.search_trace import SearchTrace
from seq2seq.decoding.strategies import make_strategy
from seq2seq.errors import ConfigError
from seq2seq.language_model.loaded_models import LoadedLanguageModels
from seq2seq.language_model.vocabulary import check_vocabulary
from seq2seq.models.ensemble import Ensemble
from seq2seq.models.model import Seq2SeqModel
from seq2seq.translation.constraints import Constraints
from seq2seq.translation.engines.contract import Engine, Search
from seq2seq.translation.engines.fusion import Fusion
from seq2seq.translation.engines.torch_recorder import Recorder


class TorchEngine(Engine):
    """Engine in PyTorch.

    Args:
        model: The model or ensemble, in eval mode.
        tokenizers: Tokenizers of the model.
        shortlist: Likely target tokens of each source token; None scores all target tokens.
        dtype: Precision of the decoder's weights.
        language_models: Language models for shallow fusion; None loads them on the device of the
            model.
    """

    name: ClassVar[str] = "torch"

    def __init__(
        self,
        model: Seq2SeqModel | Ensemble,
        tokenizers: TokenizerPair,
        *,
        shortlist: Shortlist | None = None,
        dtype: str = "fp32",
        language_models: LoadedLanguageModels | None = None,
    ) -> None:
        self.model = model
        self.tokenizers = tokenizers
        self.shortlist = shortlist
        self.dtype = dtype
        self._language_models = language_models or LoadedLanguageModels(str(self.device))

    @property
    def device(self) -> torch.device:
        """Device of the model."""
        return next(self.model.parameters()).device

    def with_model(self, model: Seq2SeqModel) -> TorchEngine:
        """Return an engine with another model, and all else as in this one."""
        return TorchEngine(model, self.tokenizers, shortlist=self.shortlist, dtype=self.dtype)

    def search(self, decoding: DecodingConfig) -> TorchSearch:
        """Return a search; see `Engine.search`."""
        strategy = make_strategy({**decoding.model_dump(), "nbest": decoding.candidates})
        return TorchSearch(
            strategy.width,
            strategy.is_random,
            strategy.has_constrained_form,
            self,
            decoding,
            strategy,
            self._fusion(decoding),
        )

    def _fusion(self, decoding: DecodingConfig) -> Fusion | None:
        """Return the language model that takes part in the search, if there is one."""
        name = decoding.fused_model
        if name is None:
            return None
        found = self._language_models[name]
        check_vocabulary(found.tokenizers, self.tokenizers, f"decoding.language_model: {name}")
        return Fusion(found.network, decoding.language_model_weight)

    @torch.inference_mode()
    @parametrize.cached()  # normalized weights are computed once, not at each step
    def score(
        self, sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]
    ) -> list[float]:
        """Score given translations; see `Engine.score`."""
        state, _ = self.start(sources)
        ids = RaggedIds([[*target, EOS] for target in targets])
        padded = ids.padded(np.arange(len(targets)), int(ids.lengths.max()))
        found = forced_scores(
            model_step(self.model),
            state,
            torch.from_numpy(padded).to(self.device),
            torch.from_numpy(ids.lengths).to(self.device),
            bos=BOS,
            eos=EOS,
        )
        return [float(score) for score in found]

    def start(self, sources: Sequence[Sequence[int]]) -> tuple[Any, Ints]:
        """Encode a batch with the model.

        Returns:
            The state before the first token, and the padded sources (N, S) with their end tokens.
        """
        ragged = RaggedIds(sources)
        width = round_width(int(ragged.lengths.max()) + 1)
        padded = ragged.padded(np.arange(len(sources)), width, last=EOS)
        lengths = torch.from_numpy(ragged.lengths + 1).to(self.device)
        return self.model.start(torch.from_numpy(padded).to(self.device), lengths), padded


@dataclass(frozen=True)
class TorchSearch(Search):
    """Search with a strategy of `decoding`.

    Attributes:
        engine: The engine.
        decoding: Settings of lengths and filters.
        strategy: The search strategy.
        fusion: Language model that takes part in the search.
    """

    engine: TorchEngine
    decoding: DecodingConfig
    strategy: Strategy
    fusion: Fusion | None = None

    def __call__(
        self, sources: Sequence[Sequence[int]], constraints: Constraints, *, attention: bool
    ) -> list[list[Hypothesis]]:
        """Search for translations; see `Search.__call__`."""
        return self._search(sources, constraints, attention=attention)

    def trace(
        self, source: Sequence[int], constraints: Constraints, *, attention: bool
    ) -> SearchTrace:
        """Search for translations of one sentence; see `Search.trace`."""
        model = self.engine.model
        if isinstance(model, Ensemble):
            raise ConfigError("only a single model can be traced, not an ensemble")
        if not self.strategy.records_tree:
            raise ConfigError("only strategy=beam and strategy=greedy can be traced")
        recorder = Recorder(model)
        recorded = replace(self, engine=self.engine.with_model(recorder.model))
        [found] = recorded._search([source], constraints, attention=attention, recorder=recorder)
        return recorder.trace([*source, EOS], found)

    @torch.inference_mode()
    @parametrize.cached()
    def _search(
        self,
        sources: Sequence[Sequence[int]],
        constraints: Constraints,
        *,
        attention: bool,
        recorder: Recorder | None = None,
    ) -> list[list[Hypothesis]]:
        """Search for translations; a recorder writes down those of a single sentence."""
        engine = self.engine
        state, source = engine.start(sources)
        bos = BOS
        eos = EOS
        tokenizers = engine.tokenizers
        forbidden = [PAD, BOS, *range(tokenizers.target.vocab_size, tokenizers.target_size)]
        limits = constraints.max_lengths(self.decoding, [len(ids) + 1 for ids in sources])
        ids = None
        if engine.shortlist is not None:
            ids, allowed = engine.shortlist.batch(source, constraints.required_ids())
            state = engine.model.shortlisted(
                state,
                torch.from_numpy(ids).to(engine.device),
                torch.from_numpy(allowed).to(engine.device),
            )
            constraints = constraints.to_shortlist(ids.tolist())
            bos, eos = np.searchsorted(ids, (BOS, EOS)).tolist()
            forbidden = []
        strategy = self.strategy
        if any(constraints.terms):
            strategy = strategy.with_terms(constraints.terms, constraints.continuation_ids())
        max_lengths = torch.tensor(limits, device=engine.device)
        batch = SearchBatch(
            max_lengths,
            bos,
            eos,
            forbidden=forbidden,
            filters=filters(constraints, self.decoding, max_lengths, eos),
            keys=content_keys(sources).to(engine.device) if strategy.is_random else None,
            attention=attention,
            tree=None if recorder is None else recorder.tree,
        )
        step = model_step(engine.model)
        if self.fusion is not None:
            shortlist = None if ids is None else torch.from_numpy(ids).to(engine.device)
            step = self.fusion.fused(step, shortlist)
            state = self.fusion.start(state, len(sources))
        if recorder is not None:
            recorder.ids = None if ids is None else ids.tolist()
            step = recorder.recorded(step, forbidden=forbidden, eos=eos)
        found = strategy(step, state, batch)
        if ids is None:
            return found
        return [
            [replace(one, tokens=ids[one.tokens].tolist()) for one in hypotheses]
            for hypotheses in found
        ]


def filters(
    constraints: Constraints, decoding: DecodingConfig, limits: Tensor, eos: int
) -> list[Filter]:
    """Return the filters for a search.

    Args:
        constraints: Constraints on N translations.
        decoding: Settings of the minimum length and of repetition.
        limits: Maximum number of tokens (N,) of each translation.
        eos: Id of the end token.

    Returns:
        Filters for prefixes, forbidden phrases, minimum length and repetition.
    """
    found: list[Filter] = []
    if decoding.min_length:
        found.append(MinimumLength(torch.full_like(limits, decoding.min_length), eos))
    if decoding.no_repeat_ngram:
        found.append(NoRepeatedNgram(decoding.no_repeat_ngram))
    if constraints.forbidden:
        found.append(ForbiddenPhrases(constraints.forbidden))
    prefixes = constraints.prefixes
    if not any(prefixes) and not any(constraints.partial):
        return found
    continuations = sorted(constraints.continuation_ids())
    word = PartialWord(prefixes, constraints.partial, constraints.completions, continuations, found)
    return [ForcedPrefix(prefixes, limits.device, [word])]


def content_keys(sources: Sequence[Sequence[int]]) -> Tensor:
    """Return an integer per source that depends only on its content.

    Args:
        sources: Ids of N sources.

    Returns:
        Signed 64-bit integers (N,).
    """
    parts = [np.array(source, np.int32).tobytes() for source in sources]
    digests = [hashlib.blake2b(part, digest_size=8).digest() for part in parts]
    return torch.tensor([int.from_bytes(digest, "little", signed=True) for digest in digests])


def model_step(model: Seq2SeqModel | Ensemble) -> StepFn:
    """Wrap a model as the step function of a search."""

    def step(tokens: torch.Tensor, state: SearchState) -> StepOutput:
        return StepOutput(*model.step(tokens, state))  # type: ignore[arg-type]  # the model's own

    return step
