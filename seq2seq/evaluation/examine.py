"""From a test set and a system's translations of it to a report: what it scores, where it fails,
what it beats.

It takes texts (and, where a model made them, what its attention read), and does not know who
translated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from seq2seq.errors import DataError
from seq2seq.metrics.attention_use import attention_use
from seq2seq.metrics.copying import copied_words
from seq2seq.metrics.faults import FAULTS, faults
from seq2seq.metrics.groups import Groups, by_length, by_rare_words, by_value
from seq2seq.metrics.scores import length_ratio, measure, to_score
from seq2seq.metrics.significance import compare
from seq2seq.metrics.statistics import (
    RESAMPLES,
    SEED,
    SentenceStatistics,
    confidence_interval,
)
from seq2seq.reports.findings import (
    Breakdown,
    Findings,
    GradientFlow,
    Reading,
    ScoreGroup,
    Sentence,
)


@dataclass(frozen=True)
class TestSet:
    """Sources with their references; `seen` says how often the training text has a word, if that is
    known.

    `values` are those of a further column, of the name `by`, to part the set by. `notes` say what
    is not known of it."""

    __test__ = False  # for pytest it is none of its own

    name: str
    sources: Sequence[str]
    references: Sequence[Sequence[str]]
    seen: Mapping[str, int] = field(default_factory=dict)
    values: Sequence[str] | None = None
    by: str = ""
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class SystemOutput:
    """A system's translations of the set, and what it is known to have thought of them."""

    hypotheses: Sequence[str]
    seconds: float = 0.0
    alternatives: Sequence[Sequence[tuple[str, float]]] = ()
    readings: Sequence[Reading | None] = ()


def examine(
    model: str,
    test: TestSet,
    output: SystemOutput,
    decoding: Mapping[str, str | int | float],
    *,
    baseline: tuple[str, Sequence[str]] | None = None,
    gradients: Sequence[GradientFlow] = (),
    lowercase: bool = False,
    tokenize: str | None = None,
) -> Findings:
    """Return the report; `baseline` is a name and its hypotheses, `gradients` are the model's.

    Raises ConfigError and DataError as `measure` does.
    """
    hypotheses, references = output.hypotheses, test.references
    measured = measure(hypotheses, references, lowercase=lowercase, tokenize=tokenize)
    theirs = None
    if baseline is not None:
        if len(baseline[1]) != len(hypotheses):
            raise DataError(
                f"{baseline[0]}: {len(baseline[1]):,} hypotheses for {len(hypotheses):,} sentences"
            )
        theirs = measure(baseline[1], references, lowercase=lowercase, tokenize=tokenize)
    sentences = _sentences(test, output, measured, baseline and baseline[1], theirs)
    counts = Counter(fault for sentence in sentences for fault in sentence.faults)
    read = [reading.weights for reading in output.readings if reading is not None]
    return Findings(
        model=model,
        data=test.name,
        sentences=sentences,
        scores=[to_score(one) for one in measured.values()],
        decoding=decoding,
        seconds=output.seconds,
        length_ratio=length_ratio(measured),
        copied=copied_words(test.sources, references, hypotheses),
        faults={fault: counts[fault] for fault in FAULTS},
        breakdowns=[_breakdown(by, groups, measured) for by, groups in _groups(test)],
        attention=attention_use(read),
        baseline=baseline[0] if baseline else "",
        comparisons=compare(measured, theirs) if theirs else (),
        gradients=gradients,
        notes=test.notes,
    )


def _groups(test: TestSet) -> list[tuple[str, Groups]]:
    unit, lengths = by_length(test.sources)
    groups = [(f"length of the source in {unit}", lengths)]
    if test.seen:
        groups.append(("rare words in the source", by_rare_words(test.sources, test.seen)))
    if test.values is not None:
        groups.append((test.by, by_value(test.values)))
    return groups


def _breakdown(by: str, groups: Groups, measured: Mapping[str, SentenceStatistics]) -> Breakdown:
    found = []
    for name, rows in groups.items():
        subsets = {metric: statistics.subset(rows) for metric, statistics in measured.items()}
        found.append(
            ScoreGroup(
                name=name,
                sentences=len(rows),
                scores={metric: subset.value for metric, subset in subsets.items()},
                interval=confidence_interval(subsets["BLEU"].bootstrap_scores(RESAMPLES, SEED)),
            )
        )
    return Breakdown(by, found)


def _sentences(
    test: TestSet,
    output: SystemOutput,
    measured: Mapping[str, SentenceStatistics],
    baseline: Sequence[str] | None,
    theirs: Mapping[str, SentenceStatistics] | None,
) -> list[Sentence]:
    count = len(output.hypotheses)
    nothing: list[None] = [None] * count
    others = nothing if theirs is None else theirs["chrF2"].sentence_scores()
    rows = zip(
        test.sources,
        test.references,
        output.hypotheses,
        measured["chrF2"].sentence_scores(),
        measured["BLEU"].sentence_scores(),
        output.alternatives or [()] * count,
        output.readings or nothing,
        baseline or nothing,
        others,
        strict=True,
    )
    return [
        Sentence(
            source=source,
            references=references,
            hypothesis=hypothesis,
            chrf=chrf,
            bleu=bleu,
            faults=faults(source, references, hypothesis),
            alternatives=alternatives,
            reading=reading,
            baseline=other,
            baseline_chrf=other_chrf,
        )
        for source, references, hypothesis, chrf, bleu, alternatives, reading, other, other_chrf in rows
    ]
