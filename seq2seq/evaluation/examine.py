"""Examine a system's translations of a test set: scores, faults, groups, and a baseline.

The translations may come from a model or from a file: only their text is needed. Attention and
n-best lists are reported where there are any.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from seq2seq.documents.glossary import Glossary
from seq2seq.errors import DataError
from seq2seq.evaluation.term_use import term_use
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
from seq2seq.reports.breakdown import Breakdown, ScoreGroup
from seq2seq.reports.findings import Findings, GradientFlow
from seq2seq.reports.sentence import Reading, Sentence
from seq2seq.text import compose


@dataclass(frozen=True)
class TestSet:
    """Sources with their references.

    Attributes:
        name: Name of the set in the report.
        sources: Source sentences.
        references: One or more references per sentence.
        seen: Frequency of each word in the training text; empty if it is not known.
        values: One value per sentence to group the sentences by, None for no such groups.
        by: Name of the column that `values` come from.
        notes: Sentences on what is missing, and why.
    """

    __test__ = False  # pytest would collect a class whose name begins with Test

    name: str
    sources: Sequence[str]
    references: Sequence[Sequence[str]]
    seen: Mapping[str, int] = field(default_factory=dict)
    values: Sequence[str] | None = None
    by: str = ""
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class SystemOutput:
    """A system's translations of a test set.

    Attributes:
        hypotheses: One translation per sentence.
        seconds: Time spent on translating, 0 if it is not known.
        alternatives: The n-best list of each sentence, with scores; empty if there are none.
        readings: Attention of each translation, None where there is none; empty if the system
            gives no attention.
    """

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
    glossary: Glossary | None = None,
    given: Sequence[SentenceStatistics] = (),
    lowercase: bool = False,
    tokenize: str | None = None,
    metrics: Collection[str] = (),
) -> Findings:
    """Score the translations of a test set, and find out where they fail.

    All texts are compared, and shown in the findings, in composed form (NFC).

    Args:
        model: Name of the system in the report.
        test: The test set.
        output: The system's translations of it.
        decoding: Decoding options to report, such as the beam size.
        baseline: Name and hypotheses of a system to compare with, None for no comparison.
        gradients: Gradient flow in each recurrent layer of the model.
        glossary: Terms to look for in the translations.
        given: Scores by other metrics, which were computed elsewhere.
        lowercase: Ignore case in the scores.
        tokenize: Name of sacrebleu's tokenizer for BLEU; None is 13a.
        metrics: Names of metrics to compute besides those that are computed by default.

    Returns:
        The findings.

    Raises:
        ConfigError: The tokenizer is unknown or not installed, or there is no such metric.
        DataError: There are no sentences, or the numbers of hypotheses, references and hypotheses
            of the baseline differ.
    """
    decomposed = _decomposed(test, output)
    composed = _composed_set(test)
    output = _composed_output(output)
    hypotheses = output.hypotheses
    references = composed.references
    options: dict[str, Any] = {"lowercase": lowercase, "tokenize": tokenize, "metrics": metrics}
    measured = measure(hypotheses, references, **options)
    measured |= {one.name: one for one in given}
    baseline_name = ""
    baseline_hypotheses = None
    theirs = None
    if baseline is not None:
        baseline_name, their_hypotheses = baseline
        baseline_hypotheses = list(map(compose, their_hypotheses))
        if len(baseline_hypotheses) != len(hypotheses):
            raise DataError(
                f"{baseline_name}: {len(baseline_hypotheses):,} hypotheses for "
                f"{len(hypotheses):,} sentences"
            )
        theirs = measure(baseline_hypotheses, references, **options)
    sentences = _sentences(composed, output, measured, baseline_hypotheses, theirs)
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
        copied=copied_words(composed.sources, references, hypotheses),
        faults={fault: counts[fault] for fault in FAULTS},
        breakdowns=[_breakdown(by, groups, measured) for by, groups in _groups(test)],
        attention=attention_use(read),
        baseline=baseline_name,
        comparisons=compare(measured, theirs) if theirs else (),
        gradients=gradients,
        notes=test.notes,
        decomposed=decomposed,
        terms=term_use(glossary, composed.sources, hypotheses, baseline_hypotheses)
        if glossary
        else None,
    )


def _decomposed(test: TestSet, output: SystemOutput) -> int:
    """Return the number of hypotheses and references that are not in composed form."""
    texts = chain(output.hypotheses, *test.references)
    return sum(compose(text) != text for text in texts)


def _composed_set(test: TestSet) -> TestSet:
    return replace(
        test,
        sources=list(map(compose, test.sources)),
        references=[list(map(compose, choices)) for choices in test.references],
    )


def _composed_output(output: SystemOutput) -> SystemOutput:
    return replace(
        output,
        hypotheses=list(map(compose, output.hypotheses)),
        alternatives=[
            [(compose(text), score) for text, score in nbest] for nbest in output.alternatives
        ],
    )


def _groups(test: TestSet) -> list[tuple[str, Groups]]:
    """Return the ways to group the sentences of a set, each with its name."""
    unit, lengths = by_length(test.sources)
    groups = [(f"length of the source in {unit}", lengths)]
    if test.seen:
        groups.append(("rare words in the source", by_rare_words(test.sources, test.seen)))
    if test.values is not None:
        groups.append((test.by, by_value(test.values)))
    return groups


def _breakdown(by: str, groups: Groups, measured: Mapping[str, SentenceStatistics]) -> Breakdown:
    """Score each group by each metric."""
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
    """Return each sentence with its translation, scores and faults."""
    count = len(output.hypotheses)
    nothing: list[None] = [None] * count
    chrf = measured["chrF2"].sentence_scores()
    bleu = measured["BLEU"].sentence_scores()
    alternatives = output.alternatives or [()] * count
    readings = output.readings or nothing
    baselines = baseline or nothing
    baseline_chrf = nothing if theirs is None else theirs["chrF2"].sentence_scores()
    return [
        Sentence(
            source=source,
            references=references,
            hypothesis=hypothesis,
            chrf=chrf[row],
            bleu=bleu[row],
            faults=faults(source, references, hypothesis),
            alternatives=alternatives[row],
            reading=readings[row],
            baseline=baselines[row],
            baseline_chrf=baseline_chrf[row],
        )
        for row, (source, references, hypothesis) in enumerate(
            zip(test.sources, test.references, output.hypotheses, strict=True)
        )
    ]
