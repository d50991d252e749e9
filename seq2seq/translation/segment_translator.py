"""Translation of segments in batches, in order, with every protected item restored."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from seq2seq.config.settings import DecodingConfig
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.search_trace import SearchTrace
from seq2seq.runtime.ranks import Ranks
from seq2seq.translation.constraints import Constraints
from seq2seq.translation.doubts import Doubts
from seq2seq.translation.engines.contract import Engine
from seq2seq.translation.evidence import Evidence
from seq2seq.translation.nbest_list import NBestLists
from seq2seq.translation.rerank_language_model import LanguageModelReranker
from seq2seq.translation.segments import Segment
from seq2seq.translation.terms_met import terms_met
from seq2seq.translation.traced_search import TracedSearch
from seq2seq.translation.values import Alternative, Source, Translation

T = TypeVar("T")

BATCH_TOKENS = 2048
"""Maximum number of source positions per decoding batch, for a beam of 1."""

CHARACTERS_PER_TOKEN = 64
"""Number of characters per token that a source is cut to before it is tokenized.

In practice, no piece is longer. A line of several megabytes then costs no more than one that is
only just too long.
"""


MARGIN = 5
"""Number of tokens that a translation with terms may have beyond one without them and the terms."""

UNMET = "no translation has all terms"
"""Warning about a translation without terms, because the search found none with them."""


@dataclass(frozen=True)
class _Encoded:
    """Tokenized segments.

    Attributes:
        ids: Ids of each segment.
        rows: Ids of each segment, cut to the maximum length.
        cut: True for each segment that was cut.
    """

    ids: list[list[int]]
    rows: list[list[int]]
    cut: list[bool]

    def batches(self, positions: int) -> Iterator[list[int]]:
        """Yield batches of segments of similar length, of at most `positions` source positions."""
        return decoding_batches(list(map(len, self.rows)), positions)


class SegmentTranslator:
    """Translator of segments, which are batched by length.

    The translation of a segment does not depend on the other segments.

    Args:
        engine: Engine of the model.
        tokenizers: Tokenizers of the model.
        decoding: Decoding settings.
        alignments: If true, translations carry word alignments and attention weights.
        ranks: Processes that share the work.
        doubts: Judge of the translations.
        reranker: Ranks n-best lists anew.
    """

    def __init__(
        self,
        engine: Engine,
        tokenizers: TokenizerPair,
        decoding: DecodingConfig,
        *,
        alignments: bool,
        ranks: Ranks,
        doubts: Doubts,
        reranker: LanguageModelReranker | None = None,
    ) -> None:
        self.tokenizers = tokenizers
        self.decoding = decoding
        self.alignments = alignments
        self.ranks = ranks
        self._doubts = doubts
        self._reranker = reranker
        self._engine = engine
        self._search = engine.search(decoding)

    def translate(self, segments: Sequence[Segment]) -> Iterator[Translation]:
        """Translate segments.

        A segment whose translation lacks one of its terms is translated once more with them, and
        so is one that lacks a protected item, with the item as a term. If the search finds no
        translation with all terms, they are left out.

        Args:
            segments: The segments.

        Returns:
            The translations, in the order of the segments, each once all before it are finished.

        Raises:
            ConfigError: A constraint cannot be met with these settings.
        """
        return self._each(segments, self._doubts.judged)

    def traced(self, segment: Segment) -> tuple[Translation, SearchTrace | None]:
        """Translate a segment as `translate` does; return the trace of its last search, too.

        Args:
            segment: The segment.

        Returns:
            The translation, and the trace; None for a copied segment.

        Raises:
            ConfigError: As for `translate`; or the search cannot be traced.
        """
        search = TracedSearch.of(self._search)
        traced = copy.copy(self)
        traced._search = search
        [translation] = traced.translate([segment])
        return translation, search.traces[-1] if search.traces else None

    def with_features(
        self, segments: Sequence[Segment]
    ) -> Iterator[tuple[Translation, tuple[float, ...] | None]]:
        """Translate segments as `translate` does; yield the features of each translation, too.

        Args:
            segments: The segments.

        Returns:
            Each translation with its features (see `Evidence`); None for a copied segment.
        """
        return self._each(segments, self._doubts.with_features)

    def _each(
        self,
        segments: Sequence[Segment],
        finish: Callable[[Segment, Translation, Evidence | None], T],
    ) -> Iterator[T]:
        """Translate segments, and finish each translation with the evidence on it."""
        sources = [segment.source for segment in segments]
        constraints = Constraints.of(sources, self.decoding, self.tokenizers)
        encoded = self._encode(segments)
        batches = list(encoded.batches(BATCH_TOKENS // max(1, self._search.width // 2)))
        lists = NBestLists(
            self.tokenizers,
            max_source_length=self.decoding.max_source_length,
            alignments=self.alignments,
            mbr=self.decoding.mbr > 0,
            sampled=self._search.is_random,
        )

        def translated(rows: list[int]) -> dict[int, T]:
            if not encoded.rows[rows[0]]:  # these have batches of their own
                return {row: finish(segments[row], _copy(segments[row]), None) for row in rows}
            found, unmet = self._found(encoded, rows, sources, constraints)
            lost = {
                row: places
                for row, hypotheses in found.items()
                if (places := lists.lost_places(hypotheses[0], segments[row].prepared))
            }
            found |= self._retry(encoded, lost, constraints)
            ranked = {
                row: lists.of(hypotheses, segments[row], encoded.ids[row])
                for row, hypotheses in found.items()
            }
            if self._reranker is not None:
                ranked = self._reranker.rerank(ranked, found)
            done: dict[int, T] = {}
            for row, hypotheses in found.items():
                segment = segments[row]
                alternatives = ranked[row]
                evidence = Evidence(
                    segment,
                    encoded.ids[row][self.tokenizers.tags :],
                    hypotheses,
                    alternatives,
                    lost_items=row in lost,
                )
                best = tuple(alternatives[: self.decoding.nbest])
                warning = UNMET if row in unmet else ""
                text = segment.source.text
                translation = Translation(text, best, encoded.cut[row], warning=warning)
                done[row] = finish(segment, translation, evidence)
            return done

        return self._in_order(batches, translated)

    def score(self, pairs: Sequence[tuple[str, str]], *, to: str) -> list[float]:
        """Return the log-probability of each translation of prepared pairs."""
        tokenizers = self.tokenizers
        sources = tokenizers.encode_sources([source for source, _ in pairs], to=[to] * len(pairs))
        targets = tokenizers.target.encode([target for _, target in pairs])
        encoded = self._cut(sources)

        def scored(rows: list[int]) -> dict[int, float]:
            if not encoded.rows[rows[0]]:
                return dict.fromkeys(rows, 0.0)
            sides = [[side[row] for row in rows] for side in (encoded.rows, targets)]
            scores = self._engine.score(*sides)
            return dict(zip(rows, scores, strict=True))

        return list(self._in_order(list(encoded.batches(BATCH_TOKENS)), scored))

    def _found(
        self,
        encoded: _Encoded,
        rows: list[int],
        sources: Sequence[Source],
        constraints: Constraints,
    ) -> tuple[dict[int, list[Hypothesis]], list[int]]:
        """Return the hypotheses of each row, and the rows for which none has all terms.

        Only rows whose hypotheses lack a term if none is demanded are searched with terms.
        """
        found = self._hypotheses(encoded, rows, constraints.without_terms())
        lacking = [
            row
            for row in rows
            if (ids := constraints.terms[row])
            and not (
                self._search.takes_terms
                and terms_met(sources[row].terms, ids, found[row], self.tokenizers)
            )
        ]
        lengths = {row: len(found[row][0].tokens) + MARGIN for row in lacking if found[row]}
        with_terms = self._hypotheses(encoded, lacking, constraints.limited(lengths))
        unmet = [row for row in lacking if not with_terms[row]]
        return found | {row: some for row, some in with_terms.items() if some}, unmet

    def _hypotheses(
        self, encoded: _Encoded, rows: list[int], constraints: Constraints
    ) -> dict[int, list[Hypothesis]]:
        """Return the hypotheses of each row of a batch, best first."""
        if not rows:
            return {}
        replaces_words = self.tokenizers.target.surface_words("") is not None
        found = self._search(
            [encoded.rows[row] for row in rows],
            constraints.select(rows),
            attention=self.alignments or replaces_words,
        )
        return dict(zip(rows, found, strict=True))

    def _retry(
        self, encoded: _Encoded, lost: Mapping[int, list[list[int]]], constraints: Constraints
    ) -> dict[int, list[Hypothesis]]:
        """Search once more where placeholders are missing, with these as terms.

        Args:
            encoded: The segments.
            lost: Ids of the missing placeholders of each row concerned.
            constraints: Constraints on all segments.

        Returns:
            The hypotheses of the rows that have some; none if the strategy has no constrained form.
        """
        if not lost or not self._search.takes_terms:
            return {}
        found = self._hypotheses(encoded, list(lost), constraints.with_terms(lost))
        return {row: hypotheses for row, hypotheses in found.items() if hypotheses}

    def _encode(self, segments: Sequence[Segment]) -> _Encoded:
        """Tokenize segments, and cut those that are too long."""
        reach = self.decoding.max_source_length * CHARACTERS_PER_TOKEN
        texts = ["" if one.is_copied else one.prepared.text for one in segments]
        languages = [one.source.to for one in segments]
        ids = self.tokenizers.encode_sources([text[:reach] for text in texts], to=languages)
        encoded = self._cut(ids)
        cut = [len(text) > reach or is_cut for text, is_cut in zip(texts, encoded.cut, strict=True)]
        return replace(encoded, cut=cut)

    def _cut(self, ids: list[list[int]]) -> _Encoded:
        longest = self.decoding.max_source_length + self.tokenizers.tags
        return _Encoded(ids, [row[:longest] for row in ids], [len(row) > longest for row in ids])

    def _in_order(
        self, batches: list[list[int]], work: Callable[[list[int]], dict[int, T]]
    ) -> Iterator[T]:
        """Divide batches among the ranks; yield the results in the order of the rows."""
        done: dict[int, T] = {}
        following = 0
        for some in self.ranks.gather(map(work, self.ranks.shard(batches))):
            done.update(some)
            while following in done:
                yield done.pop(following)
                following += 1


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


def _copy(segment: Segment) -> Translation:
    """Return a segment without anything to translate as its own translation."""
    text = segment.source.text
    copied = (Alternative(text.strip(), 0.0, 0.0),) if text.strip() else ()
    return Translation(text, copied)
