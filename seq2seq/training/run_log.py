"""What a training says of itself: lines of metrics, a progress display, and remarks."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from seq2seq.config.settings import TrainingConfig
from seq2seq.training.checkpoints import TrainingState, Window
from seq2seq.training.contention import Contention
from seq2seq.training.metrics_log import Figure, MetricsLog
from seq2seq.training.outcome import Measure
from seq2seq.training.progress import Silent, TrainingProgress, training_progress

log = logging.getLogger("seq2seq.training")


class RunLog:
    """Log of a training: silent until it is opened, which only the main process does.

    Attributes:
        layer_norms: Gradient norm of each layer at the last step that is logged.
    """

    def __init__(self) -> None:
        self.layer_norms: dict[str, float] = {}
        self._metrics: MetricsLog | None = None
        self._progress: TrainingProgress = Silent()
        self._contention: Contention | None = None
        self._started = 0.0  # when the first step since the last line of metrics began
        self._tokens = 0  # target tokens since then

    @property
    def is_open(self) -> bool:
        """True on the main process, while it trains."""
        return self._metrics is not None

    def open(
        self,
        path: Path,
        settings: TrainingConfig,
        state: TrainingState,
        measure: Measure,
        *,
        also: Callable[[Mapping[str, Figure]], None] | None = None,
        measure_contention: bool = False,
    ) -> None:
        """Open the metrics file and the progress display.

        Args:
            path: The metrics file, of which what follows the checkpoint is dropped.
            settings: The `training` section of the configuration.
            state: State of the training.
            measure: What the score of a validation is.
            also: Function to call with each line of metrics as well.
            measure_contention: Remark when other processes take the processor.

        Raises:
            StorageError: If the file cannot be written.
        """
        self._metrics = MetricsLog(path, state.metrics_length, also)
        if state.metrics_sha256 not in ("", self._metrics.sha256()):
            log.warning(
                "%s: damaged: its lines up to step %d are not those that were written; the curves "
                "may be wrong, the training is not",
                path,
                state.step,
            )
        limit = settings.max_minutes
        self._progress = training_progress(
            settings.max_steps,
            state.step,
            None if limit is None else 60 * limit - state.seconds,
            value=measure.value(state.scores[-1]) if state.scores else None,
            measure=measure,
        )
        if measure_contention:
            self._contention = Contention()

    def close(self) -> None:
        """Close the file and the display."""
        self._progress.close()
        if self._metrics is not None:
            self._metrics.close()

    def start_window(self) -> None:
        """Start timing the steps of the next line of metrics."""
        self._started = time.perf_counter()
        self._tokens = 0

    def count(self, tokens: int) -> None:
        """Count the target tokens of a step."""
        self._tokens += tokens

    def step(self, step: int) -> None:
        """Show a step that has no line of metrics."""
        self._progress.step(step)

    def window(
        self, state: TrainingState, window: Window, *, learning_rate: float, teacher_forcing: float
    ) -> None:
        """Write a line of metrics for the steps since the last one.

        Args:
            state: State after the last step.
            window: Sums over these steps, with the loss of all ranks.
            learning_rate: Learning rate of the last step.
            teacher_forcing: Teacher forcing ratio of the last step.
        """
        seconds = time.perf_counter() - self._started
        tokens = self._tokens
        self.start_window()
        if self._metrics is None:
            return
        layer_norms = {f"gradient_norm/{name}": norm for name, norm in self.layer_norms.items()}
        figures = {
            "step": state.step,
            "epoch": state.epoch,
            "loss": window.loss / window.tokens,
            "learning_rate": learning_rate,
            "teacher_forcing": teacher_forcing,
            "gradient_norm": window.norm / max(1, window.norms),
            **layer_norms,  # at this step only
            "tokens_per_second": tokens / seconds,
            "seconds": state.seconds,
        }
        self._metrics.write(figures)
        self._progress.step(state.step, figures)
        if self._contention is not None and (remark := self._contention.remark()):
            self._progress.line(remark)

    def validation(
        self, state: TrainingState, metrics: Mapping[str, float], seconds: float
    ) -> None:
        """Write a line with the result of a validation.

        Args:
            state: State of the training.
            metrics: Figures of the validation.
            seconds: Time that it took, which tokens per second exclude.
        """
        if self._metrics is not None:
            self._metrics.write(
                {
                    "step": state.step,
                    "epoch": state.epoch,
                    **metrics,
                    "validation_seconds": seconds,
                    "seconds": state.seconds,
                }
            )
        self._started += seconds

    def validated(self, step: int, metrics: Mapping[str, float], *, best: bool) -> None:
        """Show the result of a validation."""
        self._progress.validated(step, metrics, best=best)

    def restart_contention(self) -> None:
        """Leave a validation or a checkpoint out of the measurement: its threads and disks wait."""
        if self._contention is not None:
            self._contention.restart()

    def sync(self, state: TrainingState) -> None:
        """Flush the metrics to disk, and note in the state how long the file is."""
        if self._metrics is not None:
            state.metrics_length = self._metrics.sync()
            state.metrics_sha256 = self._metrics.sha256()
