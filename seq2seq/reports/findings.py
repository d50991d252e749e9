"""Findings: all results of evaluating a model on one test set, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple

from seq2seq.errors import ConfigError
from seq2seq.metrics.attention_use import AttentionUse
from seq2seq.metrics.copying import Copied
from seq2seq.metrics.scores import Score
from seq2seq.metrics.significance import Comparison
from seq2seq.registry import suggestion
from seq2seq.reports.breakdown import Breakdown
from seq2seq.reports.sentence import Sentence
from seq2seq.reports.term_table import TermUse, term_table, terms_summary


class GradientFlow(NamedTuple):
    """Gradient norm at the states of one recurrent layer, by distance back in time.

    Attributes:
        layer: Name of the layer.
        norms: Gradient norm at distance 1, 2, … from the step of the loss.
        diagnosis: Summary of the norms in words.
        singular_values: Smallest and largest singular value of the layer's recurrent matrices, None
            if it has none.
    """

    layer: str
    norms: Sequence[float]
    diagnosis: str
    singular_values: tuple[float, float] | None


class ScoreRow(NamedTuple):
    """One score as text."""

    metric: str
    value: str
    interval: str
    signature: str

    @classmethod
    def from_score(cls, score: Score) -> ScoreRow:
        """Format a score."""
        interval = "–"
        if score.interval:
            interval = f"{score.interval[0]:.2f} to {score.interval[1]:.2f}"
        return cls(
            metric=score.name if score.higher_is_better else f"{score.name} (lower is better)",
            value=f"{score.value:.2f}",
            interval=interval,
            signature=score.signature,
        )


@dataclass(frozen=True)
class Findings:
    """Results of evaluating one model on one test set.

    Attributes:
        model: Name of the model.
        data: Name of the set.
        sentences: Its sentences, with their translations.
        scores: Score of each metric.
        decoding: Decoding options that were given, such as the beam size.
        seconds: Time spent on translating, 0 if it is not known.
        length_ratio: Hypothesis tokens per reference token.
        copied: Names and numbers that source and reference share, and how many were kept.
        faults: Number of sentences with each fault.
        breakdowns: Scores by groups of sentences.
        attention: Statistics of attention, if the model has one.
        baseline: Name of the baseline, "" if there is none.
        comparisons: Comparison with the baseline by each metric.
        gradients: Gradient flow in each recurrent layer of the model.
        notes: What is missing, and why.
        decomposed: Number of hypotheses and references that had to be composed (NFC) first.
        terms: Use of the terms of the glossary that occur; None without a glossary.
    """

    model: str
    data: str
    sentences: Sequence[Sentence]
    scores: Sequence[Score]
    decoding: Mapping[str, str | int | float]
    seconds: float
    length_ratio: float
    copied: Copied
    faults: Mapping[str, int]
    breakdowns: Sequence[Breakdown] = ()
    attention: AttentionUse | None = None
    baseline: str = ""
    comparisons: Sequence[Comparison] = ()
    gradients: Sequence[GradientFlow] = ()
    notes: Sequence[str] = ()
    decomposed: int = 0
    terms: Sequence[TermUse] | None = None

    def score(self, metric: str) -> Score:
        """Return the score by the name of its metric, such as "BLEU".

        Raises:
            ConfigError: The report has no score of this metric.
        """
        scores = {score.name: score for score in self.scores}
        if metric not in scores:
            raise ConfigError(f"no score of metric {metric!r}{suggestion(metric, scores)}")
        return scores[metric]

    @property
    def hypotheses(self) -> list[str]:
        """Translations of all sentences."""
        return [sentence.hypothesis for sentence in self.sentences]

    @property
    def speed(self) -> float:
        """Sentences per second, 0 if the time is not known."""
        return len(self.sentences) / self.seconds if self.seconds > 0 else 0.0

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Everything except the scores, as (label, text)."""
        decoding = ", ".join(
            f"{name.replace('_', ' ')} {value}" for name, value in self.decoding.items()
        )
        faults = ", ".join(f"{name} {count:,}" for name, count in self.faults.items() if count)
        n_sentences = len(self.sentences)
        facts = [
            ("Model", self.model),
            ("Data", f"{self.data} ({n_sentences:,} sentence{'s' if n_sentences != 1 else ''})"),
            ("Decoding", decoding or "defaults"),
            (
                "Time",
                f"{self.seconds:.1f} s"
                + (f", {self.speed:,.1f} sentences/s" if self.speed else ""),
            ),
            ("Length ratio", f"{self.length_ratio:.3f}"),
            ("Faults", faults or "none found"),
            ("Compared", self._form),
        ]
        facts += [("Copied", str(self.copied))] if self.copied.words else []
        if self.terms is not None:
            facts += [("Terms", terms_summary(self.terms, baseline=bool(self.baseline)))]
        facts += [("Attention", str(self.attention))] if self.attention else []
        facts += [("Baseline", self.baseline)] if self.baseline else []
        return facts + [("Missing", note) for note in self.notes]

    @property
    def term_table(self) -> list[tuple[str, ...]]:
        """Header and rows as text: the terms that are missed most often; empty if none occurs."""
        return term_table(self.terms or (), baseline=bool(self.baseline))

    @property
    def _form(self) -> str:
        """Unicode form in which hypotheses and references are compared."""
        were = "was" if self.decomposed == 1 else "were"
        changed = f"; {self.decomposed:,} of them {were} not composed" if self.decomposed else ""
        return f"hypotheses and references in composed form (NFC){changed}"

    def to_json(self) -> dict[str, object]:
        """Return the report as a value for `json.dumps`, its keys in this order.

        model, data         the names given
        sentences           number of sentences
        seconds             time spent on translating
        length_ratio        hypothesis tokens per reference token
        copied              {words, kept}: number of names and numbers that source and
                            reference share, and how many of them the hypothesis keeps
        faults              fault -> number of sentences with it (see `faults.FAULTS`)
        attention           {entropy, even, unread, reread} (see `attention_use`) or null
        decoding            option -> value
        scores              list of {name, value, signature, interval: [low, high] or null,
                            higher_is_better}
        breakdowns          list of {by, parts: [{name, sentences, bleu,
                            interval: [low, high] of BLEU, chrf, scores: {metric: value}}]}
        baseline            name of what it is compared with, or null
        comparisons         list of {name, value, baseline, difference, verdict, p_bootstrap,
                            p_randomisation, …}
        gradients           list of {layer, norms: [at distance 1, …], diagnosis,
                            singular_values: [low, high] or null}
        notes               what is missing, and why
        decomposed          number of hypotheses and references that were not in composed form
                            (NFC), in which they are compared
        terms               list of {source, target, used, missed, used_by_baseline,
                            missed_by_baseline}, or null without a glossary

        The sentences are in a file of their own.
        """
        return {
            "model": self.model,
            "data": self.data,
            "sentences": len(self.sentences),
            "seconds": self.seconds,
            "length_ratio": self.length_ratio,
            "copied": self.copied._asdict(),
            "faults": dict(self.faults),
            "attention": None if self.attention is None else self.attention._asdict(),
            "decoding": dict(self.decoding),
            "scores": [
                asdict(score) | {"interval": list(score.interval) if score.interval else None}
                for score in self.scores
            ],
            "breakdowns": [
                {"by": one.by, "parts": [group.to_json() for group in one.groups]}
                for one in self.breakdowns
            ],
            "baseline": self.baseline or None,
            "comparisons": [
                asdict(one) | {"difference": one.difference, "verdict": one.verdict}
                for one in self.comparisons
            ],
            "gradients": [
                one._asdict()
                | {
                    "norms": list(one.norms),
                    "singular_values": list(one.singular_values) if one.singular_values else None,
                }
                for one in self.gradients
            ],
            "notes": list(self.notes),
            "decomposed": self.decomposed,
            "terms": None if self.terms is None else [one.to_json() for one in self.terms],
        }

    def summary(self) -> list[str]:
        """Return the lines to print on a console."""
        facts = [f"{label:<12}  {text}" for label, text in self.facts]
        scores = [
            f"{row.metric:<23}  {row.value:>6}  {row.interval:<16}  {row.signature}"
            for row in self.score_rows
        ]
        return [*facts, *scores, *self.verdicts]

    @property
    def score_rows(self) -> list[ScoreRow]:
        """Scores as text, with two decimals."""
        return [ScoreRow.from_score(score) for score in self.scores]

    @property
    def verdicts(self) -> list[str]:
        """Comparison with the baseline, as one line per metric."""
        return [
            f"{one.name} {one.value:.2f} against {one.baseline:.2f} ({one.difference:+.2f}): {one}"
            for one in self.comparisons
        ]
