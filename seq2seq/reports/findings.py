"""Findings: all that one evaluation of a model on a test set found, as plain data.

`evaluation_report` lays it out. It does not know how the scores were computed or who
translated.
"""

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


class Reading(NamedTuple):
    """What attention read for a translation: source tokens, target tokens, and weights (target,
    source)."""

    source: Sequence[str]
    target: Sequence[str]
    weights: Weights


@dataclass(frozen=True)
class Sentence:
    """One sentence of the set and what was made of it; `chrf` and `bleu` are sacrebleu's for the
    sentence alone."""

    source: str
    references: Sequence[str]
    hypothesis: str
    chrf: float
    bleu: float
    faults: Sequence[str] = ()
    alternatives: Sequence[tuple[str, float]] = ()  # the n best with the scores they are ranked by
    reading: Reading | None = None
    baseline: str | None = None
    baseline_chrf: float | None = None

    def to_json(self) -> dict[str, object]:
        """A line of sentences.jsonl; keys that it has nothing for are left out."""
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
        interval: 95 % bootstrap interval of BLEU.
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
        header = (self.by.capitalize(), "Sentences", "BLEU", "95 % interval", *others)
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
    """What reaches the states of a recurrent layer of a loss's gradient, at each distance back in
    time, and in words.

    `singular_values` are the smallest and the largest singular value of the layer's recurrent matrices, if
    it has such."""

    layer: str
    norms: Sequence[float]
    diagnosis: str
    singular_values: tuple[float, float] | None


@dataclass(frozen=True)
class Findings:
    """What was evaluated, on what, how it was decoded, and what came out."""

    model: str
    data: str
    sentences: Sequence[Sentence]
    scores: Sequence[Score]
    decoding: Mapping[str, str | int | float]  # beam size, length penalty, …
    seconds: float  # spent translating
    length_ratio: float  # hypothesis tokens per reference token
    # names and numbers that source and reference share, and how many of them the hypothesis has
    copied: Copied
    faults: Mapping[str, int]  # of each fault, how many sentences have it
    breakdowns: Sequence[Breakdown] = ()
    attention: AttentionUse | None = None
    baseline: str = ""  # what it is compared with, if anything
    comparisons: Sequence[Comparison] = ()
    gradients: Sequence[GradientFlow] = ()  # of the model's recurrent layers
    notes: Sequence[str] = ()  # what is missing, and why

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
        return [sentence.hypothesis for sentence in self.sentences]

    @property
    def speed(self) -> float:
        """Sentences a second."""
        return len(self.sentences) / self.seconds if self.seconds > 0 else 0.0

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What is to be said besides the scores: (label, text)."""
        decoding = ", ".join(
            f"{name.replace('_', ' ')} {value}" for name, value in self.decoding.items()
        )
        faults = ", ".join(f"{name} {count:,}" for name, count in self.faults.items() if count)
        facts = [
            ("Model", self.model),
            ("Data", f"{self.data} ({len(self.sentences):,} sentences)"),
            ("Decoding", decoding or "defaults"),
            (
                "Time",
                f"{self.seconds:.1f} s"
                + (f", {self.speed:,.1f} sentences/s" if self.speed else ""),
            ),
            ("Length ratio", f"{self.length_ratio:.3f}"),
            ("Faults", faults or "none found"),
        ]
        facts += [("Copied", str(self.copied))] if self.copied.words else []
        facts += [("Attention", str(self.attention))] if self.attention else []
        facts += [("Baseline", self.baseline)] if self.baseline else []
        return facts + [("Missing", note) for note in self.notes]

    def to_json(self) -> dict[str, object]:
        """Return the report as a value for `json.dumps`, its keys in this order.

        model, data         the names given sentences           number of sentences seconds
        time spent translating length_ratio        hypothesis tokens per reference token copied
        {words, kept}: names and numbers that source and reference share, and the hypothesis too
        faults              fault -> sentences that have it (`faults.FAULTS` says what each is)
        attention           {entropy, even, unread, reread} (see `attention_use`) or null decoding
        option -> value scores              list of {name, value, signature, interval: [low, high]
        or null, higher_is_better} breakdowns          list of {by, parts: [{name, sentences, bleu,
        interval: [low, high], chrf}]} baseline            what it is compared with, or null
        comparisons         list of {name, value, baseline, difference, verdict, p_bootstrap,
        p_randomisation, …} gradients           list of {layer, norms: [at distance 1, …], diagnosis,
        singular_values: [low, high] or null} notes               what is missing, and why

        The sentences are not in it: they are in a file beside it.
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
        """The scores as text, two digits after the point."""
        return [ScoreRow.of(score) for score in self.scores]

    @property
    def verdicts(self) -> list[str]:
        """A sentence for each metric on how it compares with the baseline."""
        return [
            f"{one.name} {one.value:.2f} against {one.baseline:.2f} ({one.difference:+.2f}): {one}"
            for one in self.comparisons
        ]


class ScoreRow(NamedTuple):
    """One score as text, ready to be laid out."""

    metric: str
    value: str
    interval: str
    signature: str

    @classmethod
    def of(cls, score: Score) -> ScoreRow:
        return cls(
            metric=score.name if score.higher_is_better else f"{score.name} (lower is better)",
            value=f"{score.value:.2f}",
            interval=f"{score.interval[0]:.2f} to {score.interval[1]:.2f}"
            if score.interval
            else "–",
            signature=score.signature,
        )
