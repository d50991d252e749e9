"""ComparisonReport: scores of several systems side by side, with tests against one of them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seq2seq.errors import ConfigError
from seq2seq.metrics.significance import MAX_P_VALUE, TRIALS
from seq2seq.metrics.statistics import RESAMPLES, SEED
from seq2seq.registry import suggestion
from seq2seq.reports.compared import TEST_COLUMNS, ComparedScore, ComparedSystem
from seq2seq.reports.markdown import escaped, table
from seq2seq.reports.page import render
from seq2seq.reports.plots import Bars, bars
from seq2seq.reports.tex import tex_table
from seq2seq.reports.write_files import write_files
from seq2seq.version import __version__

FORMAT = 1
"""Version of the JSON form, raised when a key is removed or changes its meaning."""


@dataclass(frozen=True)
class ComparisonReport:
    """Scores of several systems on one or more test sets.

    Attributes:
        systems: The systems.
        baseline: Name of the system that the others are compared with.
        sets: Name and number of sentences of each test set.
        scores: Score of each system on each set by each metric.
    """

    systems: Sequence[ComparedSystem]
    baseline: str
    sets: Sequence[tuple[str, int]]
    scores: Sequence[ComparedScore]

    @property
    def metrics(self) -> list[str]:
        """Names of the metrics, in the order of the reports."""
        return list(dict.fromkeys(one.metric for one in self.scores))

    def score(self, system: str, metric: str = "BLEU", *, number: int = 0) -> ComparedScore:
        """Return a score.

        Args:
            system: Name of the system.
            metric: Name of the metric, such as "BLEU", "chrF2", "chrF2++" or "TER".
            number: Number of the test set, counted from 0.

        Returns:
            The score, with its comparison.

        Raises:
            ConfigError: There is no such system or metric.
        """
        found = {(one.system, one.metric): one for one in self.of_set(number)}
        if (system, metric) not in found:
            names = dict.fromkeys(f"{name} by {by}" for name, by in found)
            raise ConfigError(
                f"no score of {system!r} by {metric!r}{suggestion(f'{system} by {metric}', names)}"
            )
        return found[system, metric]

    def of_set(self, number: int) -> Sequence[ComparedScore]:
        """Return the scores on a test set.

        Args:
            number: Number of the test set, counted from 0.

        Returns:
            The scores of all systems and metrics.
        """
        each = len(self.scores) // len(self.sets)
        return self.scores[number * each : (number + 1) * each]

    def rows(self, number: int) -> list[tuple[str, ...]]:
        """Return the table of a test set as text.

        Args:
            number: Number of the test set, counted from 0.

        Returns:
            The header, and a row for each system.
        """
        found = {(one.system, one.metric): one for one in self.of_set(number)}
        names = [metric for metric in self.metrics if any(by == metric for _, by in found)]
        rows = [
            (
                one.name,
                str(len(one.places)),
                *(
                    found[one.name, metric].text if (one.name, metric) in found else "–"
                    for metric in names
                ),
            )
            for one in self.systems
        ]
        return [("System", "Seeds", *names), *rows]

    def test_rows(self, number: int) -> list[tuple[str, ...]]:
        """Return the table of the tests on a set as text.

        Args:
            number: Number of the test set, counted from 0.

        Returns:
            The header, and a row for each system that is tested, and each metric.
        """
        return [TEST_COLUMNS, *(one.test_row for one in self.of_set(number) if one.test_row)]

    @property
    def signatures(self) -> list[tuple[str, str]]:
        """Name and signature of each metric."""
        return list({one.metric: one.signature for one in reversed(self.scores)}.items())[::-1]

    def caption(self, number: int) -> str:
        """Return what the table of a test set shows.

        Args:
            number: Number of the test set, counted from 0.

        Returns:
            Sentences.
        """
        name, count = self.sets[number]
        lower = dict.fromkeys(one.metric for one in self.of_set(number) if not one.higher_is_better)
        sentences = [
            f"{name}, {count:,} sentences.",
            "Mean ± standard deviation over seeds." if self._has_seeds else "",
            f"Lower is better for {', '.join(lower)}." if lower else "",
            f"* better, † worse than {self.baseline}: p < {MAX_P_VALUE} by paired bootstrap "
            "resampling and by approximate randomization, with Holm's correction.",
        ]
        return " ".join(filter(None, sentences))

    @property
    def _has_seeds(self) -> bool:
        return any(len(one.places) > 1 for one in self.systems)

    def to_json(self) -> dict[str, Any]:
        """Return the report as a value for `json.dumps`.

        Returns:
            The content of table.json, of which docs/reference/files.md describes each key.
        """
        return {
            "format": FORMAT,
            "version": __version__,
            "baseline": self.baseline,
            "tests": {"resamples": RESAMPLES, "trials": TRIALS, "seed": SEED},
            "sets": [{"name": name, "sentences": count} for name, count in self.sets],
            "systems": [
                {"name": one.name, "places": list(one.places), "seeds": list(one.seeds)}
                for one in self.systems
            ],
            "scores": [one.to_json() for one in self.scores],
        }

    def summary(self) -> str:
        """Return the tables as text for a console."""
        blocks = []
        for number in range(len(self.sets)):
            rows = self.rows(number)
            widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
            lines = [
                "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
                for row in rows
            ]
            blocks.append("\n".join([*(line.rstrip() for line in lines), self.caption(number)]))
        return "\n\n".join(blocks)

    def to_markdown(self) -> str:
        """Return the tables and the tests as Markdown, in which no text is read as markup."""
        blocks = ["# Comparison"]
        for number in range(len(self.sets)):
            header, *rows = self.rows(number)
            blocks += [table(header, rows), escaped(self.caption(number))]
            header, *rows = self.test_rows(number)
            blocks += [table(header, rows)] if rows else []
        blocks.append("\n".join(f"- {name}: {escaped(text)}" for name, text in self.signatures))
        return "\n\n".join(blocks) + "\n"

    def to_tex(self) -> str:
        """Return a table for each set, for LaTeX with the package booktabs."""
        tables = []
        for number in range(len(self.sets)):
            header, *rows = self.rows(number)
            tables.append(tex_table(header, rows, self.caption(number)))
        return "\n\n".join(tables) + "\n"

    def to_csv(self) -> str:
        """Return a line for each set, system and metric, with all figures."""
        text = io.StringIO()
        lines = [one.to_json() for one in self.scores]
        writer = csv.DictWriter(text, list(lines[0]), lineterminator="\n")
        writer.writeheader()
        for line in lines:
            lists = {key: value for key, value in line.items() if isinstance(value, list)}
            writer.writerow(line | {key: " ".join(map(str, lists[key])) for key in lists})
        return text.getvalue()

    def to_html(self) -> str:
        """Return the report as an HTML page, which loads no other file."""
        return render(
            "comparison.html.j2",
            report=self,
            pictures=[self._pictures(number) for number in range(len(self.sets))],
        )

    def _pictures(self, number: int) -> list[str]:
        """Return a plot of each metric on a test set."""
        pictures = []
        for metric in self.rows(number)[0][2:]:
            scores = [one for one in self.of_set(number) if one.metric == metric]
            drawn = Bars(
                [one.system for one in scores],
                [one.mean for one in scores],
                [one.extent for one in scores],
            )
            counts = [len(one.values) for one in scores]
            pictures.append(bars(drawn, title=metric, y_label=metric, counts=counts))
        return pictures

    def write(self, directory: Path | str) -> list[Path]:
        """Write the report into a directory.

            table.json   the value of `to_json`
            table.csv    one line per set, system and metric
            table.tex    a table for each set, for LaTeX with the package booktabs
            table.md     the same as Markdown
            table.html   one page, which loads no other file

        Each file is written completely or not at all, and table.json last.

        Args:
            directory: Directory to write to.

        Returns:
            The paths of the files, table.json first.

        Raises:
            DataError: The directory has a file of one of these names that is not part of an
                earlier comparison.
            StorageError: The directory cannot be created or written to.
        """
        texts = {
            "table.html": self.to_html(),
            "table.md": self.to_markdown(),
            "table.tex": self.to_tex(),
            "table.csv": self.to_csv(),
            "table.json": json.dumps(self.to_json(), ensure_ascii=False, indent=2) + "\n",
        }
        return write_files(texts, directory)
