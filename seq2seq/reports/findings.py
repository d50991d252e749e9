"""Findings: all results of evaluating a model on one test set, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple

from seq2seq.errors import ConfigError
from seq2seq.metrics.attention_use import AttentionUse, Weights
from seq2seq.metrics.copying import Copied
from seq2seq.metrics.scores import Score
from seq2seq.metrics.significance import Comparison
from seq2seq.registry import suggestion

MAX_TERMS = 100
"""Maximum number of terms of a glossary in a table."""


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


class ScoreGroup(NamedTuple):
    """Scores of a group of sentences.

    Attributes:
        name: Name of the group.
        sentences: Number of sentences.
        scores: Score by the name of the metric, BLEU and chrF2 among them.
        interval: 95% bootstrap interval of BLEU.
    """

    name: str
    sentences: int
    scores: Mapping[str, float]
    interval: tuple[float, float]

    def to_json(self) -> dict[str, object]:
        """Return the group as a value for `json.dumps`."""
        return {
            "name": self.name,
            "sentences": self.sentences,
            "bleu": self.scores["BLEU"],
            "interval": list(self.interval),
            "chrf": self.scores["chrF2"],
            "scores": dict(self.scores),
        }


class Breakdown(NamedTuple):
    """Scores by groups of sentences.

    Attributes:
        by: What the set is grouped by, such as "length of the source in words".
        groups: Groups that together are the whole set.
    """

    by: str
    groups: Sequence[ScoreGroup]

    @property
    def table(self) -> list[tuple[str, ...]]:
        """Header and rows as text: group, sentences, BLEU with its interval, other metrics."""
        others = [name for name in self.groups[0].scores if name != "BLEU"]
        header = (self.by.capitalize(), "Sentences", "BLEU", "95% interval", *others)
        rows = [
            (
                group.name,
                f"{group.sentences:,}",
                f"{group.scores['BLEU']:.2f}",
                f"{group.interval[0]:.2f} to {group.interval[1]:.2f}",
                *(f"{group.scores[name]:.2f}" for name in others),
            )
            for group in self.groups
        ]
        return [header, *rows]


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


class TermUse(NamedTuple):
    """Use of a term of a glossary.

    Attributes:
        source: The source term.
        target: The target term.
        sentences: Number of sentences with the source term.
        used: Number of their translations with the target term.
        used_by_baseline: Number of the baseline's translations with it; None without a baseline.
    """

    source: str
    target: str
    sentences: int
    used: int
    used_by_baseline: int | None = None

    @property
    def missed(self) -> int:
        """Number of translations without the target term."""
        return self.sentences - self.used

    def to_json(self) -> dict[str, object]:
        """Return the term as a value for `json.dumps`."""
        of_baseline = self.used_by_baseline
        return {
            "source": self.source,
            "target": self.target,
            "used": self.used,
            "missed": self.missed,
            "used_by_baseline": of_baseline,
            "missed_by_baseline": None if of_baseline is None else self.sentences - of_baseline,
        }


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
        facts += [("Terms", self._terms)] if self.terms is not None else []
        facts += [("Attention", str(self.attention))] if self.attention else []
        facts += [("Baseline", self.baseline)] if self.baseline else []
        return facts + [("Missing", note) for note in self.notes]

    @property
    def _terms(self) -> str:
        """How many terms of the glossary are used."""
        terms = self.terms or ()
        total = sum(one.sentences for one in terms)
        text = f"{sum(one.used for one in terms):,} of {total:,} used"
        if self.baseline and terms:
            text += f"; by the baseline {sum(one.used_by_baseline or 0 for one in terms):,}"
        return text

    @property
    def term_table(self) -> list[tuple[str, ...]]:
        """Header and rows as text: the terms that are missed most often; empty if none occurs."""
        if not self.terms:
            return []
        header = ("Source term", "Target term", "Sentences", "Used", "Missed")
        rows = [
            (one.source, one.target, f"{one.sentences:,}", f"{one.used:,}", f"{one.missed:,}")
            for one in self.terms[:MAX_TERMS]
        ]
        if not self.baseline:
            return [header, *rows]
        others = [f"{one.used_by_baseline:,}" for one in self.terms[:MAX_TERMS]]
        return [
            (*header, "Used by the baseline"),
            *((*row, other) for row, other in zip(rows, others, strict=True)),
        ]

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
