"""chrF2 of single sentences."""

from __future__ import annotations

from collections.abc import Sequence

from sacrebleu.metrics.chrf import CHRF

from seq2seq.text import compose


def sentence_chrf(hypotheses: Sequence[str], references: Sequence[str]) -> list[float]:
    """Return the chrF2 of each hypothesis.

    Args:
        hypotheses: N translations.
        references: N references.

    Returns:
        N scores from 0 to 100, computed from the composed texts (NFC).
    """
    metric = CHRF()
    return [
        float(metric.sentence_score(compose(hypothesis), [compose(reference)]).score)
        for hypothesis, reference in zip(hypotheses, references, strict=True)
    ]
