"""ClassificationReport: how well a classifier labels texts, as JSON, Markdown and an HTML page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seq2seq.metrics.label_scores import BINS, LabelScores
from seq2seq.reports.line_chart import Axes, Curve
from seq2seq.reports.markdown import escaped, table
from seq2seq.reports.page import render
from seq2seq.reports.page_chart import PageChart
from seq2seq.reports.training_charts import shared_charts
from seq2seq.reports.training_report import COLUMNS, TrainingReport
from seq2seq.reports.write_files import write_files
from seq2seq.version import __version__

FORMAT = 1
"""Version of the JSON form, raised when a key is removed or changes its meaning."""

LARGEST_SHADE = 50
"""Percentage of color in the most colored cell: text on it is readable, on light and dark pages."""

HEAVIEST = 3
"""Number of words whose attention is written below a text."""

MAX_CONFUSIONS = 1000
"""Maximum number of pairs of labels in the JSON form, the most frequent ones."""


@dataclass(frozen=True)
class LabelledText:
    """A text with its true and its predicted label.

    Attributes:
        text: The text.
        label: Its true label.
        predicted: The predicted label.
        probability: Probability of the predicted label.
        words: Words of the text with their attention, which sums to 1, if the model has any. The
            last one is the end of the text, "".
    """

    text: str
    label: str
    predicted: str
    probability: float
    words: Sequence[tuple[str, float]] = ()

    @property
    def right(self) -> bool:
        """True if the predicted label is the true one."""
        return self.label == self.predicted

    @property
    def shades(self) -> list[tuple[str, float, float]]:
        """Words with their attention in percent, and the strength of their color in percent."""
        most = max((weight for _, weight in self.words), default=0.0) or 1.0
        return [(word, 100 * weight, LARGEST_SHADE * weight / most) for word, weight in self.words]

    @property
    def heaviest(self) -> str:
        """The words with the most attention, with their weights, as text."""
        heaviest = sorted(self.words, key=lambda pair: -pair[1])[:HEAVIEST]
        return ", ".join(
            f"{word or 'the end of the text'} {100 * weight:.1f} %" for word, weight in heaviest
        )

    def to_json(self) -> dict[str, Any]:
        """Return the text as a value for `json.dumps`."""
        return {
            "text": self.text,
            "label": self.label,
            "predicted": self.predicted,
            "probability": self.probability,
            "words": [list(pair) for pair in self.words],
        }


@dataclass(frozen=True)
class ClassificationReport:
    """Scores of a classifier on labelled texts, with examples.

    Attributes:
        model: Name of the model, as it was given.
        data: Name of the file or dataset, as it was given.
        scores: The scores.
        examples: Texts with their labels: wrong ones and right ones, each the surest first.
    """

    model: str
    data: str
    scores: LabelScores
    examples: Sequence[LabelledText] = ()

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Names and values of the scores, as text."""
        scores = self.scores
        return [
            ("Texts", f"{scores.texts:,}"),
            ("Accuracy", f"{scores.accuracy:.2f} %"),
            ("Macro F1", f"{scores.macro_f1:.2f} %"),
            ("Expected calibration error", f"{scores.calibration_error:.2f} %"),
            ("Loss", f"{scores.loss:.3f} nats per text"),
        ]

    @property
    def charts(self) -> list[PageChart]:
        """Charts of the calibration: the reliability diagram, and the number of texts."""
        bins = self.scores.bins
        sure = [round(100 * one.probability, 1) for one in bins]
        ends = sorted({round(100 / len(self.scores.labels), 1), *sure, 100.0})
        x_label = "probability of the predicted label, in percent"
        return [
            PageChart(
                [
                    Curve("this model", sure, [100 * one.accuracy for one in bins]),
                    Curve("perfect calibration", ends, ends),
                ],
                Axes("Reliability", x_label, "percent of texts with the right label"),
            ),
            PageChart(
                [
                    Curve("right", sure, [one.right for one in bins]),
                    Curve("wrong", sure, [one.texts - one.right for one in bins]),
                ],
                Axes("Texts by probability", x_label, f"texts in each of {BINS} bins"),
            ),
        ]

    def to_json(self, *, training: TrainingReport | None = None) -> dict[str, Any]:
        """Return the report as a value for `json.dumps`.

        Args:
            training: Report on the training of the model, if it is known.

        Returns:
            The content of report.json, of which docs/reference/files.md describes each key.
        """
        scores = self.scores
        by_label = zip(
            scores.f1.items(),
            scores.confusion.sum(1).tolist(),
            scores.confusion.sum(0).tolist(),
            strict=True,
        )
        return {
            "format": FORMAT,
            "version": __version__,
            "model": self.model,
            "data": self.data,
            "texts": scores.texts,
            "accuracy": scores.accuracy,
            "macro_f1": scores.macro_f1,
            "calibration_error": scores.calibration_error,
            "loss": scores.loss,
            "labels": [
                {"label": label, "texts": texts, "predicted": predicted, "f1": f1}
                for (label, f1), texts, predicted in by_label
            ],
            "confusion": [
                {"label": label, "predicted": predicted, "texts": texts}
                for label, predicted, texts in scores.confusions(MAX_CONFUSIONS)
            ],
            "bins": [
                {"texts": one.texts, "right": one.right, "probability": one.probability}
                for one in scores.bins
            ],
            "examples": [one.to_json() for one in self.examples],
            "training": None if training is None else training.to_json()["runs"],
        }

    def to_markdown(self) -> str:
        """Return the report as Markdown, in which no text is read as markup."""
        rows = self.scores.rows()
        header = ["true \\ predicted", *(escaped(row.label) for row in rows), "F1"]
        cells = [(row.label, *map(str, row.counts), row.f1_text) for row in rows]
        blocks = [
            "# Classification",
            "\n".join(
                f"- {name}: {text}" for name, text in [("Data", escaped(self.data)), *self.facts]
            ),
            table(header, cells),
        ]
        if self.examples:
            examples = [
                (one.label, one.predicted, f"{100 * one.probability:.1f} %", one.text)
                for one in self.examples
            ]
            blocks.append(table(("Label", "Predicted", "Probability", "Text"), examples))
        return "\n\n".join(blocks) + "\n"

    def to_html(self, *, training: TrainingReport | None = None) -> str:
        """Return the report as an HTML page, which loads no other file.

        Args:
            training: Report on the training of the model, if it is known.

        Returns:
            HTML.
        """
        logs = {run.name: run.log for run in training.trainings} if training else {}
        return render(
            "classification.html.j2",
            report=self,
            rows=self.scores.rows(),
            groups=[
                ("Wrong labels", [one for one in self.examples if not one.right]),
                ("Right labels", [one for one in self.examples if one.right]),
            ],
            attention=any(one.words for one in self.examples),
            largest=LARGEST_SHADE,
            training=training,
            training_charts=shared_charts(logs),
            columns=COLUMNS,
        )

    def write(self, directory: Path | str, *, training: TrainingReport | None = None) -> list[Path]:
        """Write report.json, report.md and report.html into a directory.

        Each file is written completely or not at all, and report.json last: if it exists, so do the
        others.

        Args:
            directory: Directory to write to; it is created if it does not exist.
            training: Report on the training of the model, if it is known.

        Returns:
            The paths of the files, report.json first.

        Raises:
            DataError: The directory has a file of one of these names that is not part of an
                earlier report.
            StorageError: The directory cannot be created or written to.
        """
        markdown = self.to_markdown()
        if training is not None:
            markdown += "\n" + training.to_markdown()
        document = self.to_json(training=training)
        texts = {
            "report.html": self.to_html(training=training),
            "report.md": markdown,
            "report.json": json.dumps(document, ensure_ascii=False, indent=2) + "\n",
        }
        return write_files(texts, directory)
