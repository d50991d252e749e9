"""TrainingReport: how trainings went or go, as a page with curves, as JSON and as Markdown.

It is given each run's figures and what its directory says, and knows no directory itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import NamedTuple

from seq2seq.reports.markdown import escaped, table
from seq2seq.reports.page import render
from seq2seq.reports.plots import Curve, curves
from seq2seq.reports.thinning import Point
from seq2seq.reports.training_log import BY_DIRECTION, BY_LAYER, TrainingLog
from seq2seq.reports.training_remarks import remarks
from seq2seq.reports.write_files import write_files

FORMAT = (
    1  # raised when a key of the JSON form changes its meaning or goes; a new key does not raise it
)
COLUMNS = (
    "Run",
    "State",
    "Steps",
    "Epochs",
    "Best dev BLEU",
    "Perplexity there",
    "Last loss",
    "Time",
    "Tokens/s",
)
PATIENCE = 3, 60.0
"""A run that has not finished is held to be running for three times its longest time between two
lines, and a minute more."""


class Drawn(NamedTuple):
    """A figure that has a picture: its name in the lines, the picture's title, its unit and the
    kind of its y axis."""

    name: str
    title: str
    unit: str
    log_y: bool = False


PICTURES = (
    Drawn("loss", "Loss", "nats per target token"),
    Drawn("dev_bleu", "Dev BLEU", "BLEU"),
    Drawn("dev_perplexity", "Dev perplexity", "perplexity per token", log_y=True),
    Drawn("learning_rate", "Learning rate", "learning rate"),
    Drawn("teacher_forcing", "Teacher forcing", "share of known input tokens"),
    Drawn("tokens_per_second", "Speed", "target tokens per second"),
    Drawn("gradient_norm", "Gradient norm, before clipping", "norm", log_y=True),
)
OF_EACH = (
    Drawn(BY_LAYER, "Gradient norm by layer", "norm", log_y=True),
    Drawn(BY_DIRECTION, "Dev BLEU by direction", "BLEU"),
)


@dataclass(frozen=True)
class Training:
    """One run: its figures, and what its directory says of it. Times are POSIX seconds."""

    name: str
    directory: str
    log: TrainingLog
    written: float  # when the last line was
    seen: float  # when it was read
    max_steps: int | None = None
    finished: bool = False
    notes: Sequence[str] = ()  # what the directory lacks

    @property
    def state(self) -> str:
        """ "finished", "running" or "stopped": no line has come for long, by `PATIENCE`."""
        if self.finished:
            return "finished"
        seconds = [value for _, value in self.log.curves.get("seconds", ())]
        longest = max((after - before for before, after in pairwise(seconds)), default=0.0)
        factor, more = PATIENCE
        return "running" if self.seen - self.written <= factor * longest + more else "stopped"

    @property
    def best(self) -> Point | None:
        """The first step of the highest dev BLEU, and that BLEU."""
        return max(self.log.curves.get("dev_bleu", ()), key=lambda point: point[1], default=None)

    @property
    def perplexity(self) -> float | None:
        """The dev perplexity of the weights that have the best BLEU."""
        return (
            dict(self.log.curves.get("dev_perplexity", ())).get(self.best[0]) if self.best else None
        )

    @property
    def tokens_per_second(self) -> float | None:
        """The median over the lines."""
        rates = [value for _, value in self.log.curves.get("tokens_per_second", ())]
        return median(rates) if rates else None

    @property
    def epochs(self) -> int | None:
        """How many epochs have been begun."""
        epoch = self.log.last("epoch")
        return None if epoch is None else int(epoch) + 1

    @property
    def missing(self) -> list[str]:
        """What is missing, in sentences: of its file, of its directory, and of what such reports
        show."""
        absent = [drawn.title for drawn in PICTURES if drawn.name not in self.log.curves]
        absent += [] if self.log.of_each(BY_LAYER) else [OF_EACH[0].title]
        said = f"It has no figures of: {', '.join(absent)}; its version wrote none, or they have not come yet."
        return [*self.log.notes, *self.notes, *([said] if absent and self.log.lines else [])]


@dataclass(frozen=True)
class TrainingReport:
    """What became of one run or of several."""

    trainings: Sequence[Training]

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The table as text, a row for each run under `COLUMNS`."""
        return [
            (
                run.name,
                f"{run.state}; last line "
                f"{datetime.fromtimestamp(run.written, UTC):%Y-%m-%d %H:%M:%S} UTC",
                f"{run.log.step:,}" + (f" of {run.max_steps:,}" if run.max_steps else ""),
                _text(run.epochs, ",d"),
                f"{run.best[1]:.2f} at step {run.best[0]:,}" if run.best else "–",
                _text(run.perplexity, ".2f"),
                _text(run.log.last("loss"), ".3f"),
                _duration(run.log.last("seconds")),
                _text(run.tokens_per_second, ",.0f"),
            )
            for run in self.trainings
        ]

    @property
    def remarks(self) -> list[tuple[str, str]]:
        """Remarks and what is missing, once each: (of which runs, sentence); no runs are named
        where there is one."""
        names: dict[str, list[str]] = {}
        for run in self.trainings:
            for text in [*remarks(run.log), *run.missing]:
                names.setdefault(text, []).append(run.name)
        one = len(self.trainings) == 1
        return [
            ("" if one else _all_or(of, len(self.trainings)), text) for text, of in names.items()
        ]

    @property
    def pictures(self) -> list[str]:
        """SVG of each figure against the step, all runs in one."""
        return [
            _picture(
                drawn, {run.name: run.log.curves.get(drawn.name, ()) for run in self.trainings}
            )
            for drawn in PICTURES
            if any(drawn.name in run.log.curves for run in self.trainings)
            and not self._always_known(drawn)
        ]

    def _always_known(self, drawn: Drawn) -> bool:
        """Whether it is the share of teacher forcing, and 1 at every step."""
        values = {
            value for run in self.trainings for _, value in run.log.curves.get(drawn.name, ())
        }
        return drawn.name == "teacher_forcing" and values == {1.0}

    @property
    def captions(self) -> list[str]:
        """What is to be said of the pictures that are left out."""
        always = any(self._always_known(drawn) for drawn in PICTURES)
        return (
            ["Teacher forcing is not drawn: all input tokens were the known ones at every step."]
            if always
            else []
        )

    def to_json(self) -> dict[str, object]:
        """Return the report as a value for `json.dumps`, its keys in this order.

        format              1, the version of this layout
        runs                list of objects:
          name, directory   the shortest name that tells it from the others; the directory as it was
          given state             "finished", "running" or "stopped" step, max_steps   the last step
          with a line; what the configuration asks for, or null epochs            how many were
          begun best_dev_bleu, best_step, best_dev_perplexity   of the best weights; null before a
          validation loss              of the last line that has one seconds           of training
          tokens_per_second median over the lines lines             how many could be read
          last_written      when the last one was, ISO 8601 in UTC remarks, notes    sentences: on
          its health; on what is missing"""
        return {"format": FORMAT, "runs": [_as_json(run) for run in self.trainings]}

    def to_markdown(self) -> str:
        """Return the table and what is to be said; no text in it can break the table or become
        markup."""
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
        """Return the page: one file that fetches nothing."""
        runs = [
            {
                "name": run.name,
                "pictures": [
                    _picture(drawn, found)
                    for drawn in OF_EACH
                    if (found := run.log.of_each(drawn.name))
                ],
            }
            for run in self.trainings
        ]
        names = [run.name for run in self.trainings]
        return render(
            "training.html.j2",
            title=f"Training of {names[0]}" if len(names) == 1 else f"{len(names)} trainings",
            columns=COLUMNS,
            rows=self.rows,
            pictures=self.pictures,
            remarks=self.remarks,
            captions=self.captions,
            runs=runs,
        )

    def write(self, directory: Path | str) -> list[Path]:
        """Write report.json, report.md and report.html; return their paths in this order.

        Each file appears whole or not at all, and report.json last: where it is, the others are.

        Raises:
            DataError: the directory cannot be made or written to.
        """
        document = json.dumps(self.to_json(), ensure_ascii=False, indent=2) + "\n"
        texts = {
            "report.html": self.to_html(),
            "report.md": self.to_markdown(),
            "report.json": document,
        }
        return write_files(texts, directory)


def _picture(drawn: Drawn, found: Mapping[str, Sequence[Point]]) -> str:
    lines = [
        Curve(name, [x for x, _ in points], [y for _, y in points])
        for name, points in found.items()
        if points
    ]
    return curves(lines, title=drawn.title, x_label="step", y_label=drawn.unit, log_y=drawn.log_y)


def _as_json(run: Training) -> dict[str, object]:
    step, bleu = run.best or (None, None)
    return {
        "name": run.name,
        "directory": run.directory,
        "state": run.state,
        "step": run.log.step,
        "max_steps": run.max_steps,
        "epochs": run.epochs,
        "best_dev_bleu": bleu,
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


def _all_or(names: Sequence[str], of: int) -> str:
    return "All runs" if len(names) == of else ", ".join(names)


def _text(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def _duration(seconds: float | None) -> str:
    """Seconds in the two units that say most."""
    if seconds is None:
        return "–"
    minutes, hours = int(seconds // 60), int(seconds // 3600)
    if hours:
        return f"{hours:,} h {minutes % 60} min"
    return f"{minutes} min {int(seconds % 60)} s" if minutes else f"{seconds:.1f} s"
