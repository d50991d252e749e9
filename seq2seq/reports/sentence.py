"""A sentence of a test set, with its translation and what was found in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from seq2seq.metrics.attention_use import Weights


class Reading(NamedTuple):
    """Attention of one translation.

    Attributes:
        source: Source tokens, S with the end token.
        target: Target tokens, T with the end token.
        weights: Attention weights, (T, S).
    """

    source: Sequence[str]
    target: Sequence[str]
    weights: Weights


@dataclass(frozen=True)
class Sentence:
    """One sentence of the set with its translation.

    Attributes:
        source: Source text.
        references: One or more references.
        hypothesis: The translation.
        chrf: chrF2 of this sentence, by sacrebleu.
        bleu: BLEU of this sentence, with effective order, by sacrebleu.
        faults: Faults of the translation, see `faults.FAULTS`.
        alternatives: The n-best list, with the scores by which it is ranked.
        reading: Attention of the translation, if the model has one.
        baseline: The baseline's translation, if there is a baseline.
        baseline_chrf: chrF2 of the baseline's translation.
    """

    source: str
    references: Sequence[str]
    hypothesis: str
    chrf: float
    bleu: float
    faults: Sequence[str] = ()
    alternatives: Sequence[tuple[str, float]] = ()
    reading: Reading | None = None
    baseline: str | None = None
    baseline_chrf: float | None = None

    def to_json(self) -> dict[str, object]:
        """Return the object of a line of sentences.jsonl; keys without a value are left out."""
        values: dict[str, object] = {
            "source": self.source,
            "references": list(self.references),
            "hypothesis": self.hypothesis,
            "chrf": self.chrf,
            "bleu": self.bleu,
            "faults": list(self.faults),
        }
        if self.alternatives:
            values["alternatives"] = [
                {"text": text, "score": score} for text, score in self.alternatives
            ]
        if self.baseline is not None:
            values |= {"baseline": self.baseline, "baseline_chrf": self.baseline_chrf}
        return values
