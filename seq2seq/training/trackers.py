"""Experiment trackers by name, through Accelerate: hyperparameters, curves and sample translations
of a run.

It knows no tracker in particular, and has nothing to say of how a figure comes about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from accelerate import Accelerator
from accelerate.tracking import LOGGER_TYPE_TO_CLASS, get_available_trackers

from seq2seq.config.config import Config
from seq2seq.errors import ConfigError
from seq2seq.registry import suggestion

DIRECTORY = "trackers"


def check_trackers(names: Sequence[str]) -> None:
    """Raise ConfigError for a tracker that Accelerate does not know, or whose package is not
    installed."""
    known = sorted(LOGGER_TYPE_TO_CLASS)
    installed = {str(getattr(tracker, "value", tracker)) for tracker in get_available_trackers()}
    for name in names:
        if name not in known:
            raise ConfigError(
                f"training.trackers: no tracker {name!r}{suggestion(name, known)}; there are "
                f"{', '.join(known)}"
            )
        if name not in installed:
            raise ConfigError(
                f"training.trackers: the package of {name!r} is not installed; run: pip install "
                f"{name}"
            )


class Trackers:
    """Hands the figures of a run on, from the step at which it begins; does nothing where no
    tracker is named."""

    def __init__(self, accelerator: Accelerator, config: Config, output: Path) -> None:
        self._accelerator = accelerator
        self._config = config
        self._output = output

    def start(self, step: int) -> None:
        """Open the trackers with the run's settings; what TensorBoard has of later steps a broken
        run has left."""
        if self._config.training.trackers:
            self._accelerator.init_trackers(
                DIRECTORY,
                _flat(self._config),
                {"tensorboard": {"purge_step": step + 1}} if step else {},
            )

    def write(
        self, figures: Mapping[str, float | int | str], samples: Sequence[tuple[str, str, str]] = ()
    ) -> None:
        """Hand on the figures of a step, and translations of it: source, reference, hypothesis."""
        if not self._config.training.trackers:
            return
        texts = {
            f"sample {number}": f"{source}  \n**reference** {reference}  \n**hypothesis** "
            f"{hypothesis}"
            for number, (source, reference, hypothesis) in enumerate(samples, start=1)
        }
        values = {name: value for name, value in figures.items() if name != "step"}
        self._accelerator.log(values | texts, step=int(figures["step"]))


def _flat(config: Config) -> dict[str, Any]:
    """The settings by their full names; what is no number or truth value as text."""
    return {
        f"{section}.{key}": value if isinstance(value, int | float | bool) else str(value)
        for section, settings in config.model_dump(mode="json").items()
        for key, value in settings.items()
    }
