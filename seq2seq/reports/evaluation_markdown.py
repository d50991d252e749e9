"""Evaluations as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from seq2seq.reports.findings import Findings
from seq2seq.reports.markdown import escaped, table
from seq2seq.reports.selection import select_examples

MAX_MARKDOWN_SENTENCES = 15
"""Maximum number of sentences shown per set."""


def to_markdown(reports: Sequence[Findings], sentences: int = MAX_MARKDOWN_SENTENCES) -> str:
    """Render reports one after the other; with several, a table of all scores comes first.

    Args:
        reports: The findings of each set.
        sentences: Maximum number of sentences of each set.

    Returns:
        Markdown in which no text of the reports is read as markup.
    """
    blocks = ["# Evaluation"]
    if len(reports) > 1:
        names = [row.metric for row in reports[0].score_rows]
        rows = [
            (one.data, *(f"{row.value} ({row.interval})" for row in one.score_rows))
            for one in reports
        ]
        blocks.append(table(("Set", *names), rows))
    for report in reports:
        blocks += [f"## {escaped(report.data)}"] if len(reports) > 1 else []
        blocks += _blocks(report, sentences)
    return "\n\n".join(blocks) + "\n"


def _blocks(report: Findings, sentences: int) -> list[str]:
    blocks = [
        "\n".join(f"- {label}: {escaped(text)}" for label, text in report.facts),
        table(("Metric", "Score", "95% interval", "Signature"), report.score_rows),
    ]
    if report.verdicts:
        blocks.append("\n".join(f"- {escaped(verdict)}" for verdict in report.verdicts))
    for breakdown in report.breakdowns:
        header, *rows = breakdown.table
        blocks.append(table(header, rows))
    if report.term_table:
        header, *rows = report.term_table
        blocks.append(table(header, rows))
    if shown := select_examples(report.sentences, sentences):
        each = [(why, report.sentences[row]) for why, row in shown]
        texts = [
            (
                why,
                one.source,
                _numbered(one.references),
                one.hypothesis,
                f"{one.chrf:.1f}",
                ", ".join(one.faults),
            )
            for why, one in each
        ]
        blocks.append(table(("", "Source", "Reference", "Hypothesis", "chrF2", "Faults"), texts))
    return blocks


def _numbered(texts: Sequence[str]) -> str:
    return (
        texts[0]
        if len(texts) == 1
        else " ".join(f"({i}) {text}" for i, text in enumerate(texts, start=1))
    )
