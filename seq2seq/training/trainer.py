"""Trainer: the training loop on Accelerate, by optimizer step, with validation, checkpoints and
resume.

It knows no task: a model that gives a summed loss for a batch, a stream of batches that can say
where it stands, and a function that validates. Random numbers come from (seed, step, rank), so that
a resumed run draws what the unbroken one would have drawn."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from accelerate import Accelerator
from torch import nn

from seq2seq.config.settings import TrainingConfig
from seq2seq.data.batches.stream import BatchStream, Position
from seq2seq.errors import DataError, TrainingError
from seq2seq.training.checkpoints import Checkpoints, TrainingState, Window
from seq2seq.training.gradient_norms import norms_by_layer
from seq2seq.training.interrupt import Interrupt
from seq2seq.training.metrics_log import Figure, MetricsLog
from seq2seq.training.moving_average import MovingAverage
from seq2seq.training.objective import Objective
from seq2seq.training.optimizers import OPTIMIZERS
from seq2seq.training.outcome import Outcome, Validation
from seq2seq.training.precision import resolve_precision
from seq2seq.training.progress import Silent, TrainingProgress, training_progress
from seq2seq.training.schedule import learning_rate
from seq2seq.training.teacher_forcing import teacher_forcing_ratio


class Trainer:
    """Trains `model` on `stream` into the directory `output`, by the settings of a TrainingConfig.

    `validate` scores the current weights (called on all processes, where it must find the same, the
    model in eval mode); `on_best` is called on the first when they are the best so far, and
    `on_figures` with each line of metrics."""

    def __init__(
        self,
        model: nn.Module,
        stream: BatchStream,
        settings: TrainingConfig,
        accelerator: Accelerator,
        output: Path,
        validate: Callable[[], Validation],
        on_best: Callable[[TrainingState], None],
        on_figures: Callable[[Mapping[str, Figure]], None] | None = None,
    ) -> None:
        self.settings, self.accelerator, self.stream = settings, accelerator, stream
        self.validate = validate
        self.on_best, self.on_figures = on_best, on_figures
        self.output = output
        self.model = model
        optimizer = OPTIMIZERS[settings.optimizer](
            model.parameters(), settings.learning_rate, settings.weight_decay
        )
        objective = Objective(model, settings)
        self.objective, self.optimizer = accelerator.prepare(objective, optimizer)
        self.average = None if settings.ema is None else MovingAverage(model, settings.ema)
        self.checkpoints = Checkpoints(output, settings.keep_last, settings.keep_best)
        self.state = TrainingState(
            data=stream.text.fingerprint,
            precision=resolve_precision(settings.precision, accelerator.device),
        )
        self._metrics: MetricsLog | None = None
        self._progress: TrainingProgress = Silent()
        self._norms: dict[
            str, float
        ] = {}  # of the gradient by layer, at the last step that was one to log
        self._timed = (0.0, 0)  # when the figures since the last line began, and the tokens since

    def resume(self) -> None:
        """Go back to the newest checkpoint of the output directory, if there is one.

        Raises CheckpointError if it is damaged, TrainingError if it is of other data or another
        precision."""
        latest = self.checkpoints.latest()
        if latest is None:
            return
        state = self.checkpoints.load(latest, self.model, self.optimizer.optimizer, self.average)
        if state.data != self.stream.text.fingerprint:
            raise TrainingError(
                f"{latest}: was trained on other data than the configuration now names"
            )
        if state.precision != self.state.precision:
            raise TrainingError(
                f"{latest}: was trained in {state.precision}, not in {self.state.precision}; "
                f"add training.precision={state.precision}, or choose another --output"
            )
        if self.accelerator.scaler is not None and state.scaler is not None:
            self.accelerator.scaler.load_state_dict(state.scaler)
        if not self.accelerator.is_main_process:
            state.window.loss = 0.0  # the first process has that of all
        self.state = state
        self.stream.seek(Position(state.epoch, state.block, state.batch))

    def warm_start(self, checkpoint: Path, progress: bool) -> None:
        """Start from another run's weights and optimizer, and with `progress` from its step and
        scores too.

        Raises CheckpointError if the checkpoint is damaged or of another network or optimizer.
        """
        theirs = self.checkpoints.load(checkpoint, self.model, self.optimizer.optimizer)
        if self.settings.ema is not None:
            self.average = MovingAverage(self.model, self.settings.ema)
        if progress:
            self.state.step, self.state.scores = theirs.step, theirs.scores

    def fit(self) -> Outcome:
        """Train to the last step, an early stop or a signal; each of them leaves a checkpoint to go
        on from."""
        main, settings = self.accelerator.is_main_process, self.settings
        if main:
            self.checkpoints.sweep()
            self._metrics = MetricsLog(
                self.output / "metrics.jsonl", self.state.metrics_length, self.on_figures
            )
            self._progress = training_progress(settings.max_steps, self.state.step)
        started = time.perf_counter() - self.state.seconds
        self._timed = (time.perf_counter(), 0)
        try:
            with Interrupt() as interrupt:
                while (
                    self.state.step < settings.max_steps
                    and not self._exhausted()
                    and not self._out_of_time()
                ):
                    self._step()
                    self.state.seconds = time.perf_counter() - started
                    signal = self._agree(interrupt.signal)
                    self._after_step(signal is not None)
                    if signal is not None:
                        return self._outcome(signal)
                self._finish()
        finally:
            self._progress.close()
            if self._metrics is not None:
                self._metrics.close()
        return self._outcome(None)

    def _step(self) -> None:
        """One optimizer step over `accumulate` global batches; its loss is the sum over the global
        token count."""
        settings, state = self.settings, self.state
        step, world = state.step + 1, self.accelerator.num_processes
        try:
            batches = [next(self.stream) for _ in range(settings.accumulate)]
        except DataError:  # further on in a text that is streamed
            if (
                state.step and world == 1
            ):  # of several processes another may be waiting for this one's text
                self._save()
            raise
        tokens = sum(batch.tokens for batch in batches)
        self.objective.train()
        total = torch.zeros((), device=self.accelerator.device, dtype=torch.float64)
        for index, batch in enumerate(batches):
            self._seed(step, index)
            last = index == len(batches) - 1
            with contextlib.nullcontext() if last else self.accelerator.no_sync(self.objective):
                loss = self.objective(
                    batch.batch.to(self.accelerator.device), teacher_forcing_ratio(settings, step)
                )
                total += loss.detach()
                # Wrappers average gradients over ranks: times their number, it is the sum.
                self.accelerator.backward(loss * (world / tokens))
        norm = self._clip(step)
        self._check_finite(float(total), norm, step)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(settings, step, state.scores)
        self.optimizer.step()
        self.optimizer.zero_grad()
        if self.average is not None:
            self.average.update(step)
        state.window.add(float(total), tokens, norm)
        self._timed = (self._timed[0], self._timed[1] + tokens)
        position = self.stream.position
        state.epoch, state.block, state.batch = position.epoch, position.block, position.batch
        state.step, state.finished = step, False

    def _clip(self, step: int) -> float:
        """Bring the gradient down to a norm of `clip_norm`; return what it was, which is all that
        most steps need."""
        self.accelerator.unscale_gradients()
        parameters = list(self.objective.parameters())
        norm = nn.utils.get_total_norm(
            [weight.grad for weight in parameters if weight.grad is not None]
        )
        if self._metrics is not None and step % self.settings.log_every == 0:
            self._norms = norms_by_layer(self.model) if math.isfinite(norm) else {}
        if float(norm) > self.settings.clip_norm:
            nn.utils.clip_grads_with_norm_(parameters, self.settings.clip_norm, norm)
        return float(norm)

    def _after_step(self, stopping: bool) -> None:
        """Log, validate and save where it is time to, and in any case before stopping."""
        settings, step = self.settings, self.state.step
        if step % settings.log_every == 0:
            self._log()
        else:
            self._progress.step(step, None)
        if step % settings.validate_every == 0:
            self._validate()
        if step % settings.checkpoint_every == 0 or stopping:
            self._save()

    def _finish(self) -> None:
        if self.state.finished:
            return
        if self.state.step % self.settings.validate_every:
            self._validate()
        self.state.finished = True
        self._save()

    def _log(self) -> None:
        """Write the figures of the steps since the last line; the loss is that of all ranks."""
        window, step = self._whole_window(), self.state.step
        self.state.window = Window()
        began, tokens = self._timed
        self._timed = (time.perf_counter(), 0)
        if self._metrics is None:
            return
        figures = {
            "step": step,
            "epoch": self.state.epoch,
            "loss": window.loss / window.tokens,
            "learning_rate": learning_rate(self.settings, step, self.state.scores),
            "teacher_forcing": teacher_forcing_ratio(self.settings, step),
            "gradient_norm": window.norm / max(1, window.norms),
            **{
                f"gradient_norm/{layer}": norm for layer, norm in self._norms.items()
            },  # of this step alone
            "tokens_per_second": tokens / (self._timed[0] - began),
            "seconds": self.state.seconds,
        }
        self._metrics.write(figures)
        self._progress.step(
            step,
            f"epoch {self.state.epoch + 1}  loss {figures['loss']:.3f}  rate "
            f"{figures['learning_rate']:.2g}  "
            f"{figures['tokens_per_second']:,.0f} target tokens/s",
        )

    def _whole_window(self) -> Window:
        """The sums since the last line, with the loss of all ranks; the first process keeps it, the
        others restart."""
        window = self.state.window
        if self.accelerator.num_processes > 1:
            loss = torch.tensor(window.loss, device=self.accelerator.device, dtype=torch.float64)
            loss = self.accelerator.reduce(loss, "sum")
            window.loss = float(loss) if self.accelerator.is_main_process else 0.0
        return window

    def _validate(self) -> None:
        """Score the weights, or their moving average, and keep them if they are among the best."""
        with contextlib.nullcontext() if self.average is None else self.average.applied():
            self._score()

    def _score(self) -> None:
        """Score the weights on all processes together; the first keeps them if they are among the
        best."""
        began = time.perf_counter()
        self.objective.eval()
        validation = self.validate()
        spent = time.perf_counter() - began
        if self._metrics is not None:
            figures = {"step": self.state.step, "epoch": self.state.epoch, **validation.metrics}
            self._metrics.write(
                {**figures, "validation_seconds": spent, "seconds": self.state.seconds}
            )
            best = self.checkpoints.keep_if_best(self.model, self.state, validation.score)
            text = "  ".join(
                f"{name.replace('_', ' ')} {value:.2f}"
                for name, value in validation.metrics.items()
            )
            self._progress.line(
                f"step {self.state.step:,}  {text}{'  (best so far)' if best else ''}"
            )
            if best:
                self.on_best(self.state)
            self._timed = (self._timed[0] + spent, self._timed[1])
        self.state.scores.append(validation.score)

    def _save(self) -> None:
        self._whole_window()
        if self.accelerator.scaler is not None:
            self.state.scaler = self.accelerator.scaler.state_dict()
        if self._metrics is not None:
            self.state.metrics_length = self._metrics.sync()
            self.checkpoints.save(self.model, self.optimizer.optimizer, self.state, self.average)
            if (
                not self.state.best
            ):  # a run directory is a model directory from its first checkpoint on
                with contextlib.nullcontext() if self.average is None else self.average.applied():
                    self.on_best(self.state)
        self.accelerator.wait_for_everyone()

    def _exhausted(self) -> bool:
        """Whether `patience` validations have passed without a new best."""
        scores, patience = self.state.scores, self.settings.patience
        waited = len(scores) - 1 - scores.index(max(scores)) if scores else 0
        return patience is not None and waited >= patience

    def _out_of_time(self) -> bool:
        """Whether `max_minutes` have passed, by the first process's clock."""
        limit = self.settings.max_minutes
        return limit is not None and self._any(
            self.accelerator.is_main_process and self.state.seconds >= 60 * limit
        )

    def _seed(self, step: int, index: int) -> None:
        """Give dropout a random stream of its own for each seed, step, batch of the step and
        rank."""
        numbers = (self.settings.seed, step, index, self.accelerator.process_index)
        seed = 0
        for number in numbers:
            seed = (seed * 6364136223846793005 + number + 1442695040888963407) % (1 << 63)
        torch.manual_seed(seed)

    def _check_finite(self, loss: float, norm: float, step: int) -> None:
        """Stop before a step that would ruin the weights. The norm is the same on all ranks, so
        that all of them stop.

        With a gradient scaler (fp16) an overflowing gradient is no error: the scale is lowered, the
        step passed over."""
        if math.isfinite(norm) or (self.accelerator.scaler is not None and math.isfinite(loss)):
            return
        what = "gradient's norm" if math.isfinite(loss) else "loss"
        value = norm if math.isfinite(loss) else loss
        latest = self.checkpoints.latest()
        good = (
            f"the last good checkpoint is {latest}"
            if latest
            else "there is no checkpoint before it"
        )
        raise TrainingError(
            f"the {what} is {value} at step {step}; {good}. Try a lower training.learning_rate or "
            "training.clip_norm, "
            "a longer training.warmup_steps, or training.precision=fp32"
        )

    def _agree(self, signal: object) -> str | None:
        """The signal's name if any rank has one: ranks must stop at the same step."""
        name = getattr(signal, "name", None)
        return (name or "a signal") if self._any(name is not None) else None

    def _any(self, here: bool) -> bool:
        """Whether it is so on any rank."""
        if self.accelerator.num_processes == 1:
            return here
        noted = torch.tensor(float(here), device=self.accelerator.device)
        return bool(self.accelerator.reduce(noted, "sum"))

    def _outcome(self, signal: str | None) -> Outcome:
        best = self.state.best[0] if self.state.best else (None, None)
        return Outcome(self.state.step, best[0], best[1], self.state.seconds, signal)
