"""EvaluationReport: the findings on test sets, as JSON, Markdown and an HTML page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seq2seq.metrics.scores import Score
from seq2seq.reports.evaluation_markdown import MAX_MARKDOWN_SENTENCES, to_markdown
from seq2seq.reports.evaluation_page import to_html
from seq2seq.reports.findings import Findings
from seq2seq.reports.markdown import escaped
from seq2seq.reports.page import PagePart
from seq2seq.reports.training_report import TrainingReport
from seq2seq.reports.write_files import hypotheses_name, sentences_name, write_files
from seq2seq.text import join_lines
from seq2seq.version import __version__

FORMAT = 2
"""Version of the JSON form, raised when a key is removed or changes its meaning."""


@dataclass(frozen=True)
class EvaluationReport:
    """Findings of one model on one or more test sets.

    Attributes:
        sets: The findings of each set.
        beams: Searches that the page draws, if any were asked for.
    """

    sets: Sequence[Findings]
    beams: PagePart | None = None

    def score(self, metric: str = "BLEU", *, number: int = 0) -> Score:
        """Return a score.

        Args:
            metric: Name of the metric, such as "BLEU", "chrF2", "chrF2++" or "TER".
            number: Number of the test set, counted from 0.

        Returns:
            The score, with its signature and interval.

        Raises:
            ConfigError: There is no such metric.
        """
        return self.sets[number].score(metric)

    def summary(self) -> str:
        """Return the scores and the main findings as text for a console."""
        return "\n\n".join("\n".join(one.summary()) for one in self.sets)

    def to_markdown(self) -> str:
        """Return the report as Markdown."""
        return to_markdown(self.sets)

    def to_json(
        self, *, training: TrainingReport | None = None, credit: str = ""
    ) -> dict[str, Any]:
        """Return the report as a value for `json.dumps`.

        Args:
            training: Report on the training of the model, if it is known.
            credit: Attribution and license of the text.

        Returns:
            The content of report.json, of which docs/reference/files.md describes each key.
        """
        return {
            "format": FORMAT,
            "version": __version__,
            "sets": [one.to_json() for one in self.sets],
            "training": None if training is None else training.to_json()["runs"],
            "credit": credit,
        }

    def write(
        self,
        directory: Path | str,
        *,
        sentences: int | None = None,
        training: TrainingReport | None = None,
        credit: str = "",
    ) -> list[Path]:
        """Write the report into a directory.

            report.json      the value of `to_json`
            report.html      one page, which loads no other file
            report.md        the same as text, with a few sentences
            hypotheses.txt   one line per sentence (a line break within one becomes a space)
            sentences.jsonl  one object per sentence, with its scores and faults

        With several sets, the last two are hypotheses-1.txt, sentences-1.jsonl and so on. Each file
        is written completely or not at all, and report.json last: if it exists, so do the others.

        Args:
            directory: Directory to write to.
            sentences: Maximum number of sentences per set on the page. None shows up to 5,000,
                selected if there are more. With 0, only hypotheses.txt has text of the sets.
            training: Report on the training of the model, if it is known.
            credit: Attribution and license of the text, printed at the end.

        Returns:
            The paths of the files, report.json first.

        Raises:
            DataError: The directory has a file of one of these names that is not part of an
                earlier report.
            StorageError: The directory cannot be created or written to.
        """
        texts = self._sentence_files(sentences)
        shown = (
            MAX_MARKDOWN_SENTENCES if sentences is None else min(MAX_MARKDOWN_SENTENCES, sentences)
        )
        markdown = [to_markdown(self.sets, shown)]
        if training is not None:
            markdown.append("\n" + training.to_markdown())
        if credit:
            markdown.append(f"\n{escaped(credit)}\n")
        texts["report.md"] = "".join(markdown)
        texts["report.html"] = to_html(
            self.sets, sentences, training, credit, None if sentences == 0 else self.beams
        )
        document = self.to_json(training=training, credit=credit)
        texts["report.json"] = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
        return write_files(texts, directory)

    def _sentence_files(self, sentences: int | None) -> dict[str, str]:
        """Return the texts of hypotheses.txt and sentences.jsonl for each set, by file name."""
        texts: dict[str, str] = {}
        for number, findings in enumerate(self.sets, start=1):
            texts[hypotheses_name(number, len(self.sets))] = "".join(
                f"{join_lines(text)}\n" for text in findings.hypotheses
            )
            if sentences != 0:
                lines = (
                    json.dumps(sentence.to_json(), ensure_ascii=False)
                    for sentence in findings.sentences
                )
                name = sentences_name(number, len(self.sets))
                texts[name] = "".join(f"{line}\n" for line in lines)
        return texts
