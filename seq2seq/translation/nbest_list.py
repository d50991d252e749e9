"""N-best lists: hypotheses as text, with alignments and unknown words replaced, or reranked."""

from __future__ import annotations

from dataclasses import dataclass, replace

from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.decoding.search import Hypothesis
from seq2seq.translation.alignment import attention_matrix, hard_alignment, replace_unk
from seq2seq.translation.rerank_mbr import rerank_mbr
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

    def of(self, hypotheses: list[Hypothesis], text: str, ids: list[int]) -> list[Alternative]:
        """Build the list of one text.

        Args:
            hypotheses: Hypotheses of the text, best first.
            text: The source text.
            ids: Ids of the whole source, with the language tag if there is one.

        Returns:
            The list, best first.
        """
        tags = self.tokenizers.tags
        if tags:  # a tag is not a word
            hypotheses = [
                one if one.attention is None else replace(one, attention=one.attention[:, tags:])
                for one in hypotheses
            ]
        found = [
            Alternative(translation, one.score, one.log_probability)
            for translation, one in zip(self._texts(hypotheses, text), hypotheses, strict=True)
        ]
        if self.alignments:
            source = ids[tags:][: self.max_source_length]
            found = self._aligned(found, hypotheses, text, source)
        return rerank_mbr(found, sampled=self.sampled) if self.mbr else found

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
        text: str,
        source: list[int],
    ) -> list[Alternative]:
        """Add word alignments and attention weights to alternatives."""
        source_words = self.tokenizers.source.word_ids(source, text=text)
        source_pieces = self.tokenizers.source.pieces(source)
        target = self.tokenizers.target
        return [
            replace(
                alternative,
                alignment=hard_alignment(one.attention, source_words, target.word_ids(one.tokens)),
                attention=attention_matrix(one.attention, source_pieces, target.pieces(one.tokens)),
            )
            for alternative, one in zip(alternatives, hypotheses, strict=True)
            if one.attention is not None
        ]
