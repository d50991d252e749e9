"""Evaluations as one HTML page: scores, breakdowns, and a table of sentences to search and sort."""

from __future__ import annotations

from collections.abc import Sequence

from seq2seq.metrics.faults import FAULTS
from seq2seq.reports.breakdown import Breakdown
from seq2seq.reports.differences import differences, nearest
from seq2seq.reports.findings import Findings, GradientFlow
from seq2seq.reports.line_chart import Axes, Curve
from seq2seq.reports.page import PagePart, render
from seq2seq.reports.page_chart import PageChart
from seq2seq.reports.plots import Bars, bars, histogram
from seq2seq.reports.selection import select_examples
from seq2seq.reports.sentence import Reading, Sentence
from seq2seq.reports.token_signs import TOKEN_SIGNS, with_visible_marks
from seq2seq.reports.training_charts import shared_charts
from seq2seq.reports.training_report import COLUMNS, TrainingReport

MAX_PAGE_SENTENCES = 5000
"""Default maximum number of sentences shown per set."""

MAX_PAGE_WEIGHTS = 1_000_000
"""Maximum number of attention weights on a page, of the first sentences; about 3 bytes each."""


def to_html(
    reports: Sequence[Findings],
    sentences: int | None = None,
    training: TrainingReport | None = None,
    credit: str = "",
    beams: PagePart | None = None,
) -> str:
    """Render reports as one page, which loads no other file.

    Args:
        reports: The findings of each set.
        sentences: Maximum number of sentences of each set; None is MAX_PAGE_SENTENCES.
        training: The training of the model, if it is known.
        credit: Attribution and license of the text, for the end of the page.
        beams: Searches to draw.

    Returns:
        HTML.
    """
    most = MAX_PAGE_SENTENCES if sentences is None else sentences
    shown = [
        (number, *chosen)
        for number, report in enumerate(reports)
        for chosen in select_examples(report.sentences, most)
    ]
    rows = []
    left = MAX_PAGE_WEIGHTS
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
        signs=list(TOKEN_SIGNS.items()),
        training=training,
        training_charts=shared_charts({run.name: run.log for run in training.trainings})
        if training
        else [],
        credit=credit,
        beams=beams,
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
        y_label="BLEU, 95% interval",
        counts=[group.sentences for group in groups],
    )


def _histogram(report: Findings) -> str:
    return histogram(
        [sentence.chrf for sentence in report.sentences],
        title="Distribution of chrF2",
        x_label="sentence chrF2",
        y_label="number of sentences",
        limits=(0, 100),
    )


def _flows(gradients: Sequence[GradientFlow]) -> PageChart:
    lines = [Curve(one.layer, range(1, len(one.norms) + 1), one.norms) for one in gradients]
    axes = Axes(
        title="Gradients through time",
        x_label="steps back in time",
        y_label="gradient norm of the last token's loss",
        log_y=True,
    )
    return PageChart(lines, axes)


def _sentence(number: int, why: str, row: int, sentence: Sentence) -> dict[str, object]:
    """Return a sentence as the page's script reads it, with compared texts split into pieces."""
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
    """Return source tokens, target tokens and weights in per cent."""
    return [
        [with_visible_marks(token) for token in reading.source],
        [with_visible_marks(token) for token in reading.target],
        (reading.weights * 100).round().astype(int).tolist(),
    ]
