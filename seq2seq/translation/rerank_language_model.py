"""Reranking of n-best lists by a language model, which reads the translations as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from seq2seq.config.settings import DecodingConfig
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.translation.values import Alternative

if TYPE_CHECKING:
    from seq2seq.language_model.language_model import LanguageModel


@dataclass(frozen=True)
class LanguageModelReranker:
    """Reranker of n-best lists.

    Attributes:
        model: The language model.
        weight: Weight of its log-probabilities.
        length_penalty: Exponent of the length penalty of the search; 0 for one without.
    """

    model: LanguageModel
    weight: float
    length_penalty: float

    @classmethod
    def of(cls, model: LanguageModel, decoding: DecodingConfig) -> LanguageModelReranker:
        """Return the reranker that decoding settings describe."""
        is_beam = decoding.strategy == "beam" and decoding.beam > 1  # a beam of 1 is greedy
        has_penalty = is_beam or decoding.strategy == "diverse-beam"
        penalty = decoding.length_penalty if has_penalty else 0.0
        return cls(model, decoding.language_model_weight, penalty)

    def rerank(
        self,
        lists: Mapping[int, Sequence[Alternative]],
        found: Mapping[int, Sequence[Hypothesis]],
    ) -> dict[int, list[Alternative]]:
        """Rank lists anew; equal scores keep their order.

        Args:
            lists: Alternatives of each sentence, by a number.
            found: Hypotheses that they come from, in the same order.

        Returns:
            The lists with new scores, best first.
        """
        from seq2seq.decoding.ranking import length_penalty

        texts = [one.text for alternatives in lists.values() for one in alternatives]
        scores = iter(self.model.log_probabilities(texts))
        reranked: dict[int, list[Alternative]] = {}
        for number, alternatives in lists.items():
            penalties = [
                length_penalty(len(one.tokens) + 1, self.length_penalty) for one in found[number]
            ]
            changed = [
                replace(one, score=one.score + self.weight * next(scores) / penalty)
                for one, penalty in zip(alternatives, penalties, strict=True)
            ]
            reranked[number] = sorted(changed, key=lambda one: -one.score)
        return reranked
