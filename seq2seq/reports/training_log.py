"""The figures of a training, read from its lines of JSON as they are: complete or cut short, old or
still growing.

What cannot be read is passed over and said in words. It knows the names of figures, and not how
they come about."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeGuard

from seq2seq.errors import DataError
from seq2seq.reports.thinning import Point, Thinned

BY_LAYER, BY_DIRECTION = "gradient_norm/", "dev_bleu_"
"""What the names begin with of which there is one for each layer, and for each direction of
several."""

_NAMES = {"epoch", "loss", "learning_rate", "teacher_forcing", "gradient_norm", "tokens_per_second"}
_NAMES |= {"dev_bleu", "dev_perplexity", "seconds"}
_LONGEST = 1 << 20  # bytes of a line; no line of ours comes near
_LARGEST = 1e100  # beyond it no picture can be drawn
_LAST_STEP = 1 << 53


@dataclass(frozen=True)
class TrainingLog:
    """What a metrics file holds: each figure's points by rising step, and in `notes` what of the
    file is not here."""

    curves: Mapping[str, Sequence[Point]]
    lines: int  # that could be read
    notes: Sequence[str] = ()

    def last(self, name: str) -> float | None:
        """The last value of a figure; None if there is none."""
        points = self.curves.get(name)
        return points[-1][1] if points else None

    def of_each(self, prefix: str) -> dict[str, Sequence[Point]]:
        """The curves whose names begin so, by the rest of their names."""
        return {
            name.removeprefix(prefix): points
            for name, points in self.curves.items()
            if name.startswith(prefix)
        }

    @property
    def step(self) -> int:
        """The last step of which there is a figure; 0 if there is none."""
        return max((points[-1][0] for points in self.curves.values()), default=0)


def read_log(path: Path) -> TrainingLog:
    """Read a metrics file line by line, however long it is.

    Raises:
        DataError: it cannot be read, or not one of its lines holds figures of a training.
    """
    reading = _Reading()
    try:
        with path.open("rb") as file:
            for number, line in enumerate(_lines(file), start=1):
                reading.take(number, line)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from None
    if reading.unreadable and not reading.lines:
        raise DataError(
            f"{path}: none of its lines holds figures of a training; name the directory of a run"
        )
    curves = {name: thinned.points for name, thinned in reading.curves.items()}
    return TrainingLog(curves, reading.lines, reading.notes())


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines with their ends, of one that is too long its beginning; nothing longer is ever
    held."""
    while line := file.readline(_LONGEST):
        rest = line
        while len(rest) == _LONGEST and not rest.endswith(b"\n"):
            rest = file.readline(_LONGEST)
        yield line if rest is line else line + rest[-1:]


class _Reading:
    """What the lines so far have given."""

    def __init__(self) -> None:
        self.curves: dict[str, Thinned] = {}
        self.lines = 0
        self.unreadable = 0
        self._first_unreadable = 0
        self._cut_short = False
        self._step = 0
        self._went_back = ""
        self._no_numbers: dict[
            str, int
        ] = {}  # figure -> the line where it first was nothing to draw

    def take(self, number: int, line: bytes) -> None:
        """Take in a line; only the last one of a file may lack its end."""
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
            self._went_back = (
                f"At line {number:,} the steps go back from {self._step:,} to {step:,}"
            )
        self._step = step
        for name, value in figures.items():
            if name not in _NAMES and not name.startswith((BY_LAYER, BY_DIRECTION)):
                continue
            if _is_number(value):
                self.curves.setdefault(name, Thinned()).add(step, float(value))
            else:
                self._no_numbers.setdefault(name, number)

    def notes(self) -> list[str]:
        """What of the file is not here, in sentences."""
        notes = []
        if not self.lines and not self._cut_short:
            notes.append("The file of metrics has no line yet.")
        if self._cut_short:
            others = (
                f"its {self.lines:,} other lines are here" if self.lines else "there is no other"
            )
            notes.append(
                "The last line is cut short: the run was stopped while writing it, or is writing "
                f"it now; {others}."
            )
        if self.unreadable:
            count = f"{self.unreadable:,} line{'s hold' if self.unreadable > 1 else ' holds'}"
            notes.append(
                f"{count} no figures of a step and {'are' if self.unreadable > 1 else 'is'} left "
                "out"
                f" (the first: line {self._first_unreadable:,})."
            )
        if self._went_back:
            notes.append(f"{self._went_back}; where steps come twice, the later lines are here.")
        for name, number in self._no_numbers.items():
            notes.append(
                f"Values of {name} that are no finite numbers are left out (the first: line "
                f"{number:,})."
            )
        return notes


def _figures(line: bytes) -> dict[str, Any] | None:
    """The object of a line if it has a step, else None."""
    try:
        content = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    step = content.get("step")
    return content if _is_number(step) and step == int(step) and 0 <= step <= _LAST_STEP else None


def _is_number(value: object) -> TypeGuard[float]:
    """Whether it is a number that a picture has room for: no infinity, no truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST
