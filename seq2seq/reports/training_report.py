"""TrainingReport: training runs as a page of curves, as JSON and as Markdown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median

from seq2seq.reports.line_chart import Format, line_chart
from seq2seq.reports.markdown import escaped, table
from seq2seq.reports.page import render
from seq2seq.reports.thinning import Point
from seq2seq.reports.training_charts import (
    LAYER_PLOT,
    PLOTS,
    detail_charts,
    only_teacher_forcing,
    shared_charts,
)
from seq2seq.reports.training_log import BEST, LAYER_PREFIX, TrainingLog
from seq2seq.reports.training_remarks import remarks
from seq2seq.reports.write_files import write_files

FORMAT = 1
"""Version of the JSON form, raised when a key is removed or changes its meaning."""

COLUMNS = (
    "Run",
    "State",
    "Steps",
    "Epochs",
    "Best on dev",
    "Perplexity at best",
    "Last loss",
    "Time",
    "Tokens/s",
)
"""Header of the table of runs."""

MAX_SILENCE_RATIO = 3
"""An unfinished run counts as stopped once it is silent for longer than this many times the longest
time between two of its lines, plus MIN_SILENCE."""

MIN_SILENCE = 60.0
"""Seconds of silence that are always allowed."""


@dataclass(frozen=True)
class Training:
    """One training run, as found in its directory.

    Attributes:
        name: Name in the report.
        directory: Run directory, as it was given.
        log: Metrics of the run.
        written: When the last line was written, in POSIX seconds.
        seen: When the file was read, in POSIX seconds.
        max_steps: Number of steps in the configuration, None if it is not known.
        finished: True if the training is complete.
        notes: Sentences about what is missing in the directory.
    """

    name: str
    directory: str
    log: TrainingLog
    written: float
    seen: float
    max_steps: int | None = None
    finished: bool = False
    notes: Sequence[str] = ()

    @property
    def state(self) -> str:
        """Return "finished", "running", or "stopped" if no line was written for too long."""
        if self.finished:
            return "finished"
        seconds = [value for _, value in self.log.curves.get("seconds", ())]
        longest = max((after - before for before, after in pairwise(seconds)), default=0.0)
        silence = self.seen - self.written
        allowed = MAX_SILENCE_RATIO * longest + MIN_SILENCE
        return "running" if silence <= allowed else "stopped"

    @property
    def metric(self) -> str:
        """Name of the metric that ranks the weights; that of translation if there is none yet."""
        return next((name for name in BEST if name in self.log.curves), "dev_bleu")

    @property
    def best(self) -> Point | None:
        """First step with the best value of the metric, and it; None before a validation."""
        _, better = BEST[self.metric]
        return better(
            self.log.curves.get(self.metric, ()), key=lambda point: point[1], default=None
        )

    @property
    def perplexity(self) -> float | None:
        """Dev perplexity per token of the best weights."""
        if not self.best:
            return None
        return dict(self.log.curves.get("dev_perplexity", ())).get(self.best[0])

    @property
    def tokens_per_second(self) -> float | None:
        """Median over the lines of target tokens per second."""
        rates = [value for _, value in self.log.curves.get("tokens_per_second", ())]
        return median(rates) if rates else None

    @property
    def epochs(self) -> int | None:
        """Number of epochs begun."""
        epoch = self.log.last("epoch")
        return None if epoch is None else int(epoch) + 1

    @property
    def missing(self) -> list[str]:
        """Sentences about what is missing in the metrics file and in the directory."""
        of_other_tasks = BEST.keys() - {self.metric}
        if self.metric == "dev_accuracy":
            of_other_tasks.add("dev_perplexity")
        absent = [
            plot.title
            for plot in PLOTS
            if plot.name not in self.log.curves and plot.name not in of_other_tasks
        ]
        if not self.log.with_prefix(LAYER_PREFIX):
            absent.append(LAYER_PLOT.title)
        missing = [*self.log.notes, *self.notes]
        if absent and self.log.lines:
            missing.append(
                f"No metrics of: {', '.join(absent)}. The version that trained it does not write "
                "them, or they are still to come."
            )
        return missing


@dataclass(frozen=True)
class TrainingReport:
    """Report on one or more runs.

    Attributes:
        trainings: The runs.
    """

    trainings: Sequence[Training]

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """Rows of the table as text, one per run, with `COLUMNS` as header."""
        return [
            (
                run.name,
                f"{run.state}; last line "
                f"{datetime.fromtimestamp(run.written, UTC):%Y-%m-%d %H:%M:%S} UTC",
                f"{run.log.step:,}" + (f" of {run.max_steps:,}" if run.max_steps else ""),
                _text(run.epochs, ",d"),
                _best(run),
                _text(run.perplexity, ".2f"),
                _text(run.log.last("loss"), ".3f"),
                _duration(run.log.last("seconds")),
                _text(run.tokens_per_second, ",.0f"),
            )
            for run in self.trainings
        ]

    @property
    def remarks(self) -> list[tuple[str, str]]:
        """Remarks and what is missing, as (names of the runs, sentence), each sentence once.

        With a single run the names are "".
        """
        names: dict[str, list[str]] = {}
        for run in self.trainings:
            for text in [*remarks(run.log), *run.missing]:
                names.setdefault(text, []).append(run.name)
        one = len(self.trainings) == 1
        return [
            ("" if one else _joined_names(runs, len(self.trainings)), text)
            for text, runs in names.items()
        ]

    @property
    def pictures(self) -> list[str]:
        """Plots of all runs, as SVG."""
        return [
            line_chart(chart.curves, chart.axes, Format()) for chart in shared_charts(self._logs)
        ]

    @property
    def _logs(self) -> dict[str, TrainingLog]:
        """Metrics of each run, by its name."""
        return {run.name: run.log for run in self.trainings}

    @property
    def captions(self) -> list[str]:
        """Sentences about plots that are left out."""
        if only_teacher_forcing(self._logs):
            return ["Teacher forcing is not shown: it was used for all tokens at every step."]
        return []

    def to_json(self) -> dict[str, object]:
        """Return the report as a value for `json.dumps`.

        Returns:
            The content of report.json, of which docs/reference/files.md describes each key.
        """
        return {"format": FORMAT, "runs": [_as_json(run) for run in self.trainings]}

    def to_markdown(self) -> str:
        """Return the table and the remarks as Markdown, in which no text is read as markup."""
        blocks = ["# Training", table(COLUMNS, self.rows)]
        if remarks := self.remarks:
            blocks += [
                "## Remarks",
                "\n".join(
                    f"- {escaped(f'{who}: {text}' if who else text)}" for who, text in remarks
                ),
            ]
        return "\n\n".join(blocks) + "\n"

    def to_html(self) -> str:
        """Return the report as an HTML page, which loads no other file."""
        logs = self._logs
        runs = [{"name": name, "pictures": detail_charts(logs, name)} for name in logs]
        names = [run.name for run in self.trainings]
        return render(
            "training.html.j2",
            title=f"Training of {names[0]}" if len(names) == 1 else f"{len(names)} trainings",
            columns=COLUMNS,
            rows=self.rows,
            pictures=shared_charts(self._logs),
            remarks=self.remarks,
            captions=self.captions,
            runs=runs,
        )

    def write(self, directory: Path | str) -> list[Path]:
        """Write report.json, report.md and report.html into a directory.

        Each file is written completely or not at all, and report.json last: if it exists, so do the
        others.

        Args:
            directory: Directory to write to; it is created if it does not exist.

        Returns:
            The paths of the files, report.json first.

        Raises:
            DataError: The directory has a file of one of these names that is not part of an
                earlier report.
            StorageError: The directory cannot be created or written to.
        """
        document = json.dumps(self.to_json(), ensure_ascii=False, indent=2) + "\n"
        texts = {
            "report.html": self.to_html(),
            "report.md": self.to_markdown(),
            "report.json": document,
        }
        return write_files(texts, directory)


def _as_json(run: Training) -> dict[str, object]:
    step, value = run.best or (None, None)
    return {
        "name": run.name,
        "directory": run.directory,
        "state": run.state,
        "step": run.log.step,
        "max_steps": run.max_steps,
        "epochs": run.epochs,
        "best_dev_bleu": value if run.metric == "dev_bleu" else None,
        "best_dev_perplexity_word": value if run.metric == "dev_perplexity_word" else None,
        "best_dev_accuracy": value if run.metric == "dev_accuracy" else None,
        "best_dev_chrf": value if run.metric == "dev_chrf" else None,
        "best_step": step,
        "best_dev_perplexity": run.perplexity,
        "loss": run.log.last("loss"),
        "seconds": run.log.last("seconds"),
        "tokens_per_second": run.tokens_per_second,
        "lines": run.log.lines,
        "last_written": datetime.fromtimestamp(run.written, UTC).isoformat(timespec="seconds"),
        "remarks": remarks(run.log),
        "notes": run.missing,
    }


def _best(run: Training) -> str:
    """Return the best value of the metric of a run, with its name and step."""
    if run.best is None:
        return "–"
    step, value = run.best
    return f"{BEST[run.metric][0]} {value:.2f} at step {step:,}"


def _joined_names(names: Sequence[str], n_runs: int) -> str:
    return "All runs" if len(names) == n_runs else ", ".join(names)


def _text(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def _duration(seconds: float | None) -> str:
    """Format seconds in the two largest units."""
    if seconds is None:
        return "–"
    minutes = int(seconds // 60)
    hours = int(seconds // 3600)
    if hours:
        return f"{hours:,} h {minutes % 60} min"
    return f"{minutes} min {int(seconds % 60)} s" if minutes else f"{seconds:.1f} s"
