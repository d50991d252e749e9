"""Native engine that scores the references of sentences while it translates them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seq2seq.config.settings import DecodingConfig
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.engine.rules import Rules
from seq2seq.translation.constraints import Constraints
from seq2seq.translation.engines.native_engine import NativeEngine, NativeSearch, ended

Ids = tuple[int, ...]


class ReferenceEngine(NativeEngine):
    """Native engine that knows the references of some sources.

    A greedy search scores them as well, which takes less time than a search and `score`: the two
    share the encoder, and the steps in which a translation begins like its reference. `score`
    returns what a search has found, and computes the rest.

    Args:
        engine: The engine.
        sources: Ids of N sources, without end tokens.
        references: Ids of their references, without end tokens.
    """

    def __init__(
        self,
        engine: NativeEngine,
        sources: Sequence[Sequence[int]],
        references: Sequence[Sequence[int]],
    ) -> None:
        super().__init__(
            engine.native,
            engine.tokenizers,
            dtype=engine.dtype,
            shortlist=engine.shortlist,
            threads=engine.threads,
        )
        self.references: dict[Ids, Ids] = dict(
            zip(map(tuple, sources), map(tuple, references), strict=True)
        )
        self.scores: dict[tuple[Ids, Ids], float] = {}

    def search(self, decoding: DecodingConfig) -> NativeSearch:
        """Return a search; see `Engine.search`."""
        plain = super().search(decoding)
        if plain.width > 1 or self.shortlist is not None:
            return plain
        return _ReferenceSearch(
            plain.width, plain.is_random, plain.takes_terms, self, decoding, plain.nbest
        )

    def score(
        self, sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]
    ) -> list[float]:
        """Score given translations; see `Engine.score`."""
        pairs = list(zip(map(tuple, sources), map(tuple, targets), strict=True))
        missing = [pair for pair in dict.fromkeys(pairs) if pair not in self.scores]
        if missing:
            computed = super().score(*zip(*missing, strict=True))
            self.scores.update(zip(missing, computed, strict=True))
        return [self.scores[pair] for pair in pairs]


@dataclass(frozen=True)
class _ReferenceSearch(NativeSearch):
    """Greedy search that scores references as well."""

    def _translate(
        self, sources: Sequence[Sequence[int]], constraints: Constraints, rules: Rules
    ) -> list[list[Hypothesis]]:
        """Translate sentences in a single thread."""
        assert isinstance(self.engine, ReferenceEngine)
        keys = [tuple(source) for source in sources]
        known = [key for key in keys if key in self.engine.references]
        if not known or rules.attention or any(constraints.terms):
            return super()._translate(sources, constraints, rules)
        references = [self.engine.references.get(key, ()) for key in keys]
        complete, longest, needed = self._prepared(sources, constraints)
        found, scores = self.engine.native.validate(
            complete, ended(references), longest, rules, needed
        )
        scored = zip(zip(keys, references, strict=True), scores, strict=True)
        self.engine.scores.update(
            {pair: score for pair, score in scored if pair[0] in self.engine.references}
        )
        return found
