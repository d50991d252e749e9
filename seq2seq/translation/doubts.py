"""Judgement of a translation: its confidence, and a warning if it may be wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace

from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.translation.confidence import Confidence
from seq2seq.translation.evidence import Evidence
from seq2seq.translation.language_check import LanguageCheck
from seq2seq.translation.segments import Segment
from seq2seq.translation.values import Translation

MAY_BE_WRONG = "the translation may be wrong"
"""Warning about a translation below the threshold, if nothing else is known."""


@dataclass(frozen=True)
class Doubts:
    """Judge of translations.

    Attributes:
        tokenizers: Tokenizers of the model.
        check: Check of the language of sources.
        confidence: Calibrated confidence of the model; None if it has none.
    """

    tokenizers: TokenizerPair
    check: LanguageCheck
    confidence: Confidence | None = None

    def judged(
        self, segment: Segment, translation: Translation, evidence: Evidence | None
    ) -> Translation:
        """Return a translation with its confidence and, if it may be wrong, a warning.

        Args:
            segment: The segment that was translated.
            translation: Its translation.
            evidence: Evidence on the translation; None if the segment was copied.
        """
        if not translation.alternatives:
            return translation
        if evidence is None:
            return self._copied(segment, translation)
        text = segment.source.text
        guess = self.check.guess(text)
        known = translation.warning
        if self.confidence is None:
            remark = self.check.remark(text, guess, surely=True)
            return replace(translation, warning=known or remark)
        confidence = self.confidence.of(evidence.features(self.tokenizers, self.check, guess))
        doubtful = confidence < self.confidence.threshold
        warning = self.check.remark(text, guess, surely=not doubtful)
        if doubtful and not warning:
            warning = MAY_BE_WRONG
        return replace(translation, confidence=confidence, warning=known or warning)

    def with_features(
        self, segment: Segment, translation: Translation, evidence: Evidence | None
    ) -> tuple[Translation, tuple[float, ...] | None]:
        """Return a translation with its features; None if the segment was copied."""
        if evidence is None or not translation.alternatives:
            return translation, None
        guess = self.check.guess(segment.source.text)
        return translation, evidence.features(self.tokenizers, self.check, guess)

    def _copied(self, segment: Segment, translation: Translation) -> Translation:
        """Judge a copied segment: it has nothing to translate, or nothing that can be read."""
        script = segment.unknown_script
        certainty = 0.0 if script else 1.0
        warning = f"is in {script} script, which the model cannot read; copied" if script else ""
        return replace(
            translation,
            confidence=certainty if self.confidence is not None else None,
            warning=warning,
        )
