"""Evidence for and against a translation, as numbers that a confidence is computed from."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.text_steps.languages import UNKNOWN, Guess
from seq2seq.translation.language_check import LanguageCheck
from seq2seq.translation.segments import Segment
from seq2seq.translation.values import Alternative

FEATURES = (
    "log_probability",
    "length",
    "unknown_pieces",
    "characters_per_token",
    "own_language",
    "other_language",
    "repetition",
    "source_tokens",
    "copied_words",
    "lost_items",
)
"""Names of the numbers that `Evidence.features` returns, in their order."""


@dataclass(frozen=True)
class Evidence:
    """All that is known about the translation of a segment.

    Attributes:
        segment: The segment.
        ids: Ids of the source, without the language tag.
        hypotheses: Hypotheses, in the order of the search.
        alternatives: The finished n-best list.
        lost_items: True if protected items were missing in the first hypothesis.
    """

    segment: Segment
    ids: Sequence[int]
    hypotheses: Sequence[Hypothesis]
    alternatives: Sequence[Alternative]
    lost_items: bool

    def features(
        self, tokenizers: TokenizerPair, check: LanguageCheck, guess: Guess | None
    ) -> tuple[float, ...]:
        """Return one number per name in `FEATURES`.

        Args:
            tokenizers: Tokenizers of the model.
            check: Check of the language.
            guess: Language of the source.

        Returns:
            Finite numbers:

            - log_probability: mean log-probability of the target tokens, at least -20;
            - length: logarithm of the ratio of characters, translation to source;
            - unknown_pieces: fraction of source tokens that are bytes or unknown;
            - characters_per_token: of the source;
            - own_language, other_language: probability that the source is in the language of the
              model, or in another one; 0 if the identifier cannot tell;
            - repetition: fraction of bigrams of target tokens that occurred before;
            - source_tokens: logarithm of their number;
            - copied_words: fraction of words of the translation that the source has;
            - lost_items: 1 if protected items had to be inserted afterwards.
        """
        source = self.segment.source.text
        best = self.alternatives[0]
        target = self._target_tokens()
        tokens = max(1, len(self.ids))
        own, other = _languages(check, guess)
        return (
            max(-20.0, best.log_probability / (len(target) + 1)),
            math.log((len(best.text) + 1) / (len(source) + 1)),
            sum(1 for one in self.ids if one in tokenizers.unknown_pieces) / tokens,
            len(self.segment.prepared.text) / tokens,
            own,
            other,
            _repetition(target),
            math.log(tokens),
            _copied(source, best.text),
            float(self.lost_items),
        )

    def _target_tokens(self) -> list[int]:
        """Return the target tokens of the best alternative, which reranking may have chosen."""
        wanted = self.alternatives[0].log_probability
        found = [one.tokens for one in self.hypotheses if one.log_probability == wanted]
        return found[0] if found else self.hypotheses[0].tokens


def _languages(check: LanguageCheck, guess: Guess | None) -> tuple[float, float]:
    """Return the probabilities that a source is in the model's language, and in another."""
    if guess is None or guess.language == UNKNOWN:
        return 0.0, 0.0
    own = guess.language == check.code
    return (guess.confidence, 0.0) if own else (0.0, guess.confidence)


def _repetition(tokens: Sequence[int]) -> float:
    """Return the fraction of bigrams that occurred before."""
    if len(tokens) < 3:
        return 0.0
    bigrams = set(itertools.pairwise(tokens))
    return 1 - len(bigrams) / (len(tokens) - 1)


def _copied(source: str, translation: str) -> float:
    """Return the fraction of words of a translation that its source has."""
    words = translation.lower().split()
    known = set(source.lower().split())
    return sum(1 for word in words if word in known) / max(1, len(words))
