"""The files of an evaluation: report.json, report.md, report.html, and the translations beside
them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from seq2seq.reports.evaluation_markdown import SHOWN, to_markdown
from seq2seq.reports.evaluation_page import to_html
from seq2seq.reports.findings import Findings
from seq2seq.reports.markdown import escaped, one_line
from seq2seq.reports.training_report import TrainingReport
from seq2seq.reports.write_files import write_files
from seq2seq.version import __version__

FORMAT = (
    2  # raised when a key of the JSON form changes its meaning or goes; a new key does not raise it
)


@dataclass(frozen=True)
class EvaluationReport(Findings):
    """Findings that can be laid out."""

    def to_markdown(self) -> str:
        """The report as Markdown."""

        return to_markdown([self])

    def write(self, directory: Path | str, sentences: int | None = None) -> list[Path]:
        """Write its files (see `report_writer.write_reports`) and return their paths."""

        return write_reports([self], directory, sentences)


def write_reports(
    reports: Sequence[Findings],
    directory: Path | str,
    sentences: int | None = None,
    training: TrainingReport | None = None,
    credit: str = "",
) -> list[Path]:
    """Write the reports of one model on one or more sets, and of its training if that is known;
    return the paths.

    report.json         {format: 2, version, sets: [`Findings.to_json`, …], training: the runs of
                        `TrainingReport.to_json`, or null, credit}
    report.html         one page, which fetches nothing; of each set up to `sentences` are in it (by
    default all of
                        5,000, or of more 5,000 chosen)
    report.md           the same to read, with a few sentences
    hypotheses.txt      a line for each sentence (a line break within one becomes a space)
    sentences.jsonl     an object for each sentence, with its scores and faults

    Of several sets, the last two are hypotheses-1.txt and so on. With `sentences` 0 no text of the
    sets is in any file but the hypotheses. `credit` is whose text it is and under which licence,
    said at the end of the page and report.md. Each file appears whole or not at all, and
    report.json last: where it is, the others are.

    Raises:
        DataError: the directory cannot be made or written to.
    """
    texts = dict[str, str]()
    for number, report in enumerate(reports, start=1):
        suffix = f"-{number}" if len(reports) > 1 else ""
        texts[f"hypotheses{suffix}.txt"] = "".join(
            f"{one_line(text)}\n" for text in report.hypotheses
        )
        if sentences != 0:
            lines = (
                json.dumps(sentence.to_json(), ensure_ascii=False) for sentence in report.sentences
            )
            texts[f"sentences{suffix}.jsonl"] = "".join(f"{line}\n" for line in lines)
    document = {
        "format": FORMAT,
        "version": __version__,
        "sets": [report.to_json() for report in reports],
        "training": None if training is None else training.to_json()["runs"],
        "credit": credit,
    }
    texts["report.md"] = to_markdown(reports, SHOWN if sentences is None else min(SHOWN, sentences))
    texts["report.md"] += "" if training is None else "\n" + training.to_markdown()
    texts["report.md"] += f"\n{escaped(credit)}\n" if credit else ""
    texts["report.html"] = to_html(reports, sentences, training, credit)
    texts["report.json"] = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    return write_files(texts, directory)
