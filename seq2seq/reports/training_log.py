"""Read the metrics file of a training: complete or cut short, old or still growing.

Unreadable lines are skipped and noted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeGuard

from seq2seq.errors import DataError
from seq2seq.reports.thinning import Point, ThinnedCurve
from seq2seq.runtime.saved_file import check_regular

LAYER_PREFIX = "gradient_norm/"
"""Prefix of the names of metrics per layer."""

DIRECTION_PREFIX = "dev_bleu_"
"""Prefix of the names of metrics per translation direction, for models with several."""

BEST = {
    "dev_bleu": ("BLEU", max),
    "dev_perplexity_word": ("perplexity per word", min),
    "dev_accuracy": ("accuracy", max),
    "dev_chrf": ("chrF2", max),
}
"""Metrics that rank the weights of a run, with their names and the better of two values; a run has
the one of its task."""

_NAMES = {
    "epoch",
    "loss",
    "learning_rate",
    "teacher_forcing",
    "gradient_norm",
    "tokens_per_second",
    "dev_bleu",
    "dev_accuracy",
    "dev_chrf",
    "dev_exact",
    "dev_macro_f1",
    "dev_perplexity",
    "dev_perplexity_character",
    "dev_perplexity_word",
    "seconds",
}

_MAX_LINE = 1 << 20
"""Maximum length of a line, in bytes. Lines of a training are far shorter."""

_MAX_VALUE = 1e100
"""Maximum absolute value; larger ones cannot be plotted."""

_MAX_STEP = 1 << 53
"""Maximum step; larger ones are not exact as floating-point numbers."""


@dataclass(frozen=True)
class TrainingLog:
    """Contents of a metrics file.

    Attributes:
        curves: Points of each metric by increasing step, by the metric's name.
        lines: Number of readable lines.
        notes: Sentences on what was skipped.
    """

    curves: Mapping[str, Sequence[Point]]
    lines: int
    notes: Sequence[str] = ()

    def last(self, name: str) -> float | None:
        """Return the last value of a metric, None if it has none."""
        points = self.curves.get(name)
        return points[-1][1] if points else None

    def with_prefix(self, prefix: str) -> dict[str, Sequence[Point]]:
        """Return the curves whose names have this prefix, by the rest of their names."""
        return {
            name.removeprefix(prefix): points
            for name, points in self.curves.items()
            if name.startswith(prefix)
        }

    @property
    def step(self) -> int:
        """Last step with a value, 0 if there is none."""
        return max((points[-1][0] for points in self.curves.values()), default=0)


def read_log(path: Path) -> TrainingLog:
    """Read a metrics file line by line, however long it is.

    Raises:
        DataError: The file cannot be read, or none of its lines has metrics of a training.
    """
    reader = _LogReader()
    try:
        check_regular(path)
        with path.open("rb") as file:
            for number, line in enumerate(_lines(file), start=1):
                reader.add(number, line)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from None
    if reader.unreadable and not reader.lines:
        raise DataError(
            f"{path}: none of its lines has metrics of a training; name the directory of a run"
        )
    curves = {name: thinned.points for name, thinned in reader.curves.items()}
    return TrainingLog(curves, reader.lines, reader.notes())


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield lines with their line breaks; overlong ones are cut, so that memory stays bounded."""
    while line := file.readline(_MAX_LINE):
        rest = line
        while len(rest) == _MAX_LINE and not rest.endswith(b"\n"):
            rest = file.readline(_MAX_LINE)
        yield line if rest is line else line + rest[-1:]


class _LogReader:
    """Curves and notes, collected line by line."""

    def __init__(self) -> None:
        self.curves: dict[str, ThinnedCurve] = {}
        self.lines = 0
        self.unreadable = 0
        self._first_unreadable = 0
        self._cut_short = False
        self._step = 0
        self._went_back = ""
        self._bad_values: dict[str, int] = {}  # metric -> line of its first unusable value

    def add(self, number: int, line: bytes) -> None:
        """Add a line; only the last line of a file may lack its line break."""
        figures = _figures(line)
        if figures is None:
            if not line.endswith(b"\n"):
                self._cut_short = True
            elif line.strip():
                self.unreadable += 1
                self._first_unreadable = self._first_unreadable or number
            return
        self.lines += 1
        step = int(figures["step"])
        if step < self._step and not self._went_back:
            self._went_back = f"At line {number:,} steps go back from {self._step:,} to {step:,}"
        self._step = step
        for name, value in figures.items():
            if name not in _NAMES and not name.startswith((LAYER_PREFIX, DIRECTION_PREFIX)):
                continue
            if _is_number(value):
                self.curves.setdefault(name, ThinnedCurve()).add(step, float(value))
            else:
                self._bad_values.setdefault(name, number)

    def notes(self) -> list[str]:
        """Return sentences on what was skipped."""
        notes = []
        if not self.lines and not self._cut_short:
            notes.append("The metrics file is still empty.")
        if self._cut_short:
            others = (
                f"{self.lines:,} other lines were read" if self.lines else "it is the only line"
            )
            notes.append(
                "The last line is incomplete: the run was stopped while writing it, or is writing "
                f"it now; {others}."
            )
        if self.unreadable:
            one = self.unreadable == 1
            notes.append(
                f"{self.unreadable:,} {'line has' if one else 'lines have'} no metrics and "
                f"{'was' if one else 'were'} skipped (the first: line {self._first_unreadable:,})."
            )
        if self._went_back:
            notes.append(f"{self._went_back}; for repeated steps, the later lines are shown.")
        for name, number in self._bad_values.items():
            notes.append(
                f"Values of {name} that are not finite numbers were skipped (the first: line "
                f"{number:,})."
            )
        return notes


def _figures(line: bytes) -> dict[str, Any] | None:
    """Return the object of a line if it has a step, else None."""
    try:
        content = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    step = content.get("step")
    return content if _is_number(step) and step == int(step) and 0 <= step <= _MAX_STEP else None


def _is_number(value: object) -> TypeGuard[float]:
    """Return whether a value is a number that can be plotted: not infinite, not a bool."""
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _MAX_VALUE
    )
