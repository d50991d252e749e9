"""Scores of texts about vectors against given ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seq2seq.metrics.sacrebleu_adapter import ChrF2
from seq2seq.metrics.scores import Score, bleu, to_score
from seq2seq.metrics.statistics import SentenceStatistics
from seq2seq.text import compose


@dataclass(frozen=True)
class DescriptionScores:
    """Scores of the texts that a describer wrote about vectors with known texts.

    Attributes:
        texts: Number of texts.
        exact: Percentage of texts that equal the given one.
        bleu: BLEU, without an interval.
        chrf: chrF2, without an interval.
    """

    texts: int
    exact: float
    bleu: Score
    chrf: Score

    def to_markdown(self) -> str:
        """Return the scores as lines of text."""
        return "\n".join(
            [
                f"exact {self.exact:.2f} %, BLEU {self.bleu.value:.2f}, "
                f"chrF2 {self.chrf.value:.2f}, {self.texts:,} texts",
                self.bleu.signature,
                self.chrf.signature,
            ]
        )


def exact_match(hypotheses: Sequence[str], references: Sequence[str]) -> float:
    """Return the percentage of texts that equal their reference, after NFC and without outer space.

    Args:
        hypotheses: N texts, at least one.
        references: The N texts that they should be.
    """
    pairs = zip(hypotheses, references, strict=True)
    equal = [compose(one).strip() == compose(other).strip() for one, other in pairs]
    return 100 * sum(equal) / len(equal)


def chrf(hypotheses: Sequence[str], references: Sequence[str]) -> Score:
    """Return chrF2 of texts; see `exact_match`."""
    metric = ChrF2()
    composed = [[compose(text)] for text in references]
    counts = metric.statistics([compose(text) for text in hypotheses], composed)
    return to_score(SentenceStatistics(metric, counts, 1), bootstrap=0)


def description_scores(
    hypotheses: Sequence[str], references: Sequence[str], *, bleu_tokenizer: str | None = None
) -> DescriptionScores:
    """Score texts against the texts that they should be.

    Args:
        hypotheses: N texts, at least one.
        references: The N texts that they should be.
        bleu_tokenizer: sacreBLEU's tokenizer for BLEU; None is 13a.
    """
    return DescriptionScores(
        len(references),
        exact_match(hypotheses, references),
        bleu(hypotheses, [[text] for text in references], tokenize=bleu_tokenizer),
        chrf(hypotheses, references),
    )
