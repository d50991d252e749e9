"""N-best lists: hypotheses as text, with alignments and unknown words replaced, or reranked."""

from __future__ import annotations

from dataclasses import dataclass, replace

from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.text_steps.protection import lost_items
from seq2seq.text_steps.steps import Prepared
from seq2seq.text_steps.word_maps import target_word_map
from seq2seq.translation.alignment import (
    attention_matrix,
    hard_alignment,
    marks_ahead,
    replace_unk,
)
from seq2seq.translation.rerank_mbr import rerank_mbr
from seq2seq.translation.segments import Segment
from seq2seq.translation.values import Alternative


@dataclass(frozen=True)
class NBestLists:
    """Converter of hypotheses to n-best lists.

    Attributes:
        tokenizers: Tokenizers of the model.
        max_source_length: Maximum number of source tokens that the model reads, without tags.
        alignments: If true, alternatives carry word alignments and attention weights.
        mbr: If true, lists are reranked by minimum Bayes risk.
        sampled: True if the hypotheses were drawn from the model.
    """

    tokenizers: TokenizerPair
    max_source_length: int
    alignments: bool
    mbr: bool
    sampled: bool

    def lost_places(self, hypothesis: Hypothesis, prepared: Prepared) -> list[list[int]]:
        """Return the ids of the placeholders that a hypothesis lacks, one row of ids for each."""
        if not prepared.items:
            return []
        target = self.tokenizers.target
        lost = lost_items(target.decode([hypothesis.tokens])[0], prepared.items)
        return target.encode_mid_sentence([place for place, _ in lost])

    def of(
        self, hypotheses: list[Hypothesis], segment: Segment, ids: list[int]
    ) -> list[Alternative]:
        """Build the list of one segment.

        Args:
            hypotheses: Hypotheses of the segment, best first.
            segment: The segment.
            ids: Ids of the whole source, with the language tag if there is one.

        Returns:
            The list, best first.
        """
        tags = self.tokenizers.tags
        if tags:  # a tag is not a word
            hypotheses = [
                one
                if one.attention is None
                else replace(one, attention=[row[tags:] for row in one.attention])
                for one in hypotheses
            ]
        texts = self._texts(hypotheses, segment.prepared.text)
        found = [
            Alternative(text, one.score, one.log_probability)
            for text, one in zip(texts, hypotheses, strict=True)
        ]
        if self.alignments:
            source = ids[tags:][: self.max_source_length]
            found = self._aligned(found, hypotheses, segment, source)
        if self.mbr:
            found = rerank_mbr(found, sampled=self.sampled)
        finish = self.tokenizers.steps.finish
        return [replace(one, text=finish(one.text, segment.prepared)) for one in found]

    def _texts(self, hypotheses: list[Hypothesis], source: str) -> list[str]:
        """Decode hypotheses, and replace unknown words by source words if words are tokens."""
        surfaces = self.tokenizers.source.surface_words(source)
        unknown = [
            []
            if one.attention is None or surfaces is None
            else replace_unk(one.tokens, one.attention, surfaces)
            for one in hypotheses
        ]
        return self.tokenizers.target.decode([one.tokens for one in hypotheses], unknown=unknown)

    def _aligned(
        self,
        alternatives: list[Alternative],
        hypotheses: list[Hypothesis],
        segment: Segment,
        source: list[int],
    ) -> list[Alternative]:
        """Add word alignments and attention weights to alternatives."""
        target = self.tokenizers.target
        source_words = self.tokenizers.source.word_ids(source, text=segment.prepared.text)
        source_pieces = self.tokenizers.source.pieces(source)
        source_words = marks_ahead(source_words, source_pieces)
        source_map = self._source_map(segment)
        before = segment.prepared.marks.dropped_words
        aligned: list[Alternative] = []
        for alternative, one in zip(alternatives, hypotheses, strict=True):
            if one.attention is None:
                continue
            target_map = target_word_map(alternative.text, segment.prepared.items)
            pieces = target.pieces(one.tokens)
            target_words = marks_ahead(target.word_ids(one.tokens), pieces)
            links = hard_alignment(one.attention, source_words, target_words)
            mapped = {
                (source_map[a], before + target_map[b])
                for a, b in links
                if a < len(source_map) and b < len(target_map)
            }
            attention = attention_matrix(one.attention, source_pieces, pieces)
            aligned.append(
                replace(
                    alternative,
                    alignment=tuple(sorted(mapped, key=lambda link: (link[1], link[0]))),
                    attention=attention,
                )
            )
        return aligned

    def _source_map(self, segment: Segment) -> list[int]:
        """Return for each word of the prepared segment the index of the typed word."""
        if segment.raw:
            return list(range(len(segment.source.text.split())))
        return self.tokenizers.source_word_map(segment.source.text)
