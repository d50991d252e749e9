"""Experiment trackers by name, through Accelerate.

Trackers receive the settings, the metrics and sample translations of a run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from accelerate import Accelerator
from accelerate.tracking import LOGGER_TYPE_TO_CLASS, get_available_trackers

from seq2seq.config.config import Config
from seq2seq.errors import ConfigError
from seq2seq.registry import suggestion

DIRECTORY = "trackers"
"""Folder of the trackers' files in the run directory."""


def check_trackers(names: Sequence[str]) -> None:
    """Check that Accelerate supports the trackers and that their packages are installed.

    Args:
        names: Names of the trackers.

    Raises:
        ConfigError: If a tracker is unknown or not installed.
    """
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
    """Experiment trackers of a run. Without any, all methods do nothing.

    Args:
        accelerator: The accelerator of the run, created with these trackers.
        config: Settings of the run; `training.trackers` names the trackers.
    """

    def __init__(self, accelerator: Accelerator, config: Config) -> None:
        self._accelerator = accelerator
        self._config = config

    def start(self, step: int) -> None:
        """Open the trackers with the settings of the run.

        Args:
            step: Number of steps already taken. TensorBoard discards later ones, which an
                interrupted run may have left.
        """
        if self._config.training.trackers:
            options = {"tensorboard": {"purge_step": step + 1}} if step else {}
            self._accelerator.init_trackers(DIRECTORY, _flatten(self._config), options)

    def write(
        self, figures: Mapping[str, float | int | str], samples: Sequence[tuple[str, str, str]] = ()
    ) -> None:
        """Send the figures of a step, and sample translations.

        Args:
            figures: Figures by name; "step" is their step.
            samples: (source, reference, hypothesis) of sample translations.
        """
        if not self._config.training.trackers:
            return
        texts = {
            f"sample {number}": f"{source}  \n**reference** {reference}  \n**hypothesis** "
            f"{hypothesis}"
            for number, (source, reference, hypothesis) in enumerate(samples, start=1)
        }
        values = {name: value for name, value in figures.items() if name != "step"}
        self._accelerator.log(values | texts, step=int(figures["step"]))


def _flatten(config: Config) -> dict[str, Any]:
    """Return the settings by their full names, as text unless they are numbers or booleans."""
    settings: dict[str, Any] = {}
    for section, values in config.model_dump(mode="json").items():
        if isinstance(values, dict):
            settings |= {f"{section}.{key}": value for key, value in values.items()}
        else:
            settings[section] = values
    return {
        name: value if isinstance(value, int | float | bool) else str(value)
        for name, value in settings.items()
    }
