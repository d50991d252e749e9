"""Reports as one HTML page: scores side by side, where the model fails, and the sentences to search
and sort."""

from __future__ import annotations

from collections.abc import Sequence

from seq2seq.metrics.faults import FAULTS
from seq2seq.reports.differences import differences, nearest
from seq2seq.reports.findings import Breakdown, Findings, GradientFlow, Reading, Sentence
from seq2seq.reports.page import render
from seq2seq.reports.plots import Bars, Curve, bars, curves, histogram
from seq2seq.reports.selection import select_examples
from seq2seq.reports.training_report import COLUMNS, TrainingReport

MOST = 5000
"""Sentences of a set that a page holds unless told otherwise."""

WEIGHTS = 1_000_000
"""Weights of attention that a page holds, those of the sentences that it shows first: some three
bytes each."""


def to_html(
    reports: Sequence[Findings],
    sentences: int | None = None,
    training: TrainingReport | None = None,
    credit: str = "",
) -> str:
    """One page of all reports, with so many sentences of each set (None: all, or MOST of more), and
    of the training."""
    most = MOST if sentences is None else sentences
    shown = [
        (number, *chosen)
        for number, report in enumerate(reports)
        for chosen in select_examples(report.sentences, most)
    ]
    rows, left = [], WEIGHTS
    for number, why, row in shown:
        rows.append(_sentence(number, why, row, reports[number].sentences[row]))
        reading = reports[number].sentences[row].reading
        if reading is not None and reading.weights.size <= left:
            left -= reading.weights.size
            rows[-1]["reading"] = _reading(reading)
    return render(
        "report.html.j2",
        reports=reports,
        pictures=[
            [_bars(one) for one in report.breakdowns if len(one.groups) > 1] for report in reports
        ],
        histograms=[_histogram(report) for report in reports],
        flows=[_flows(report.gradients) for report in reports],
        faults=FAULTS,
        sentences=rows,
        training=training,
        credit=credit,
        columns=COLUMNS,
    )


def _bars(breakdown: Breakdown) -> str:
    groups = breakdown.groups
    return bars(
        Bars(
            [group.name for group in groups],
            [group.scores["BLEU"] for group in groups],
            [group.interval for group in groups],
        ),
        title=f"BLEU by {breakdown.by}",
        y_label="BLEU, 95 % interval",
        counts=[group.sentences for group in groups],
    )


def _histogram(report: Findings) -> str:
    return histogram(
        [sentence.chrf for sentence in report.sentences],
        title="Sentences by their chrF2",
        x_label="chrF2 of a sentence",
        y_label="sentences",
        limits=(0, 100),
    )


def _flows(gradients: Sequence[GradientFlow]) -> str:
    lines = [Curve(one.layer, range(1, len(one.norms) + 1), one.norms) for one in gradients]
    return curves(
        lines,
        title="Gradients through time",
        x_label="steps back in time",
        y_label="norm of the last token's gradient",
        log_y=True,
    )


def _sentence(number: int, why: str, row: int, sentence: Sentence) -> dict[str, object]:
    """What the page's script is given of a sentence; texts that are compared are in pieces (see
    `differences`)."""
    own, reference = differences(
        sentence.hypothesis, nearest(sentence.hypothesis, sentence.references)
    )
    values: dict[str, object] = {
        "set": number,
        "row": row + 1,
        "why": why,
        "source": sentence.source,
        "references": [
            reference,
            *(other for other in sentence.references if other != "".join(reference)),
        ],
        "hypothesis": own,
        "chrf": round(sentence.chrf, 1),
        "bleu": round(sentence.bleu, 1),
        "faults": list(sentence.faults),
    }
    if sentence.alternatives:
        values["alternatives"] = [[text, round(score, 3)] for text, score in sentence.alternatives]
    if sentence.baseline is not None and sentence.baseline_chrf is not None:
        values |= {
            "baseline": sentence.baseline,
            "gain": round(sentence.chrf - sentence.baseline_chrf, 1),
        }
    return values


def _reading(reading: Reading) -> list[object]:
    """Tokens and weights in per cent."""
    return [
        list(reading.source),
        list(reading.target),
        (reading.weights * 100).round().astype(int).tolist(),
    ]
