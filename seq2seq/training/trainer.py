"""Training loop on Accelerate: optimizer steps, validation, checkpoints and resume.

The loop works for any model with a summed loss, any stream of batches that reports its position,
and any validation function. Random numbers depend only on (seed, step, batch of the step, rank), so
a resumed run draws the same ones as an uninterrupted run.
"""

from __future__ import annotations

import contextlib
import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from seq2seq.config.settings import TrainingConfig
from seq2seq.data.batches.stream import Position, StreamBatch, TrainingStream
from seq2seq.errors import CheckpointError, DataError, TrainingError
from seq2seq.model_directory.description import check_weights
from seq2seq.model_directory.names import METRICS, WEIGHTS
from seq2seq.runtime.seeds import dropout_seed
from seq2seq.training.agreement import on_any_rank, signal_on_any_rank
from seq2seq.training.checkpoints import Checkpoints, TrainingState, Window
from seq2seq.training.gradient_norms import norms_by_layer
from seq2seq.training.interrupt import Interrupt
from seq2seq.training.metrics_log import Figure
from seq2seq.training.moving_average import MovingAverage
from seq2seq.training.optimizers import OPTIMIZERS
from seq2seq.training.outcome import DEV_BLEU, Measure, Outcome, Validation
from seq2seq.training.precision import resolve_precision
from seq2seq.training.rank_sums import add_in_rank_order
from seq2seq.training.run_log import RunLog
from seq2seq.training.schedule import learning_rate
from seq2seq.training.teacher_forcing import teacher_forcing_ratio

log = logging.getLogger("seq2seq.training")


class Trainer:
    """Trainer of a model on a stream of batches.

    Args:
        model: The model.
        objective: Module around the model, which returns the summed loss of a batch.
        stream: The training batches.
        settings: The `training` section of the configuration.
        accelerator: The devices and processes to train on.
        output: Run directory, for metrics.jsonl and the checkpoints.
        validate: Function that scores the current weights. It is called on all ranks with the model
            in eval mode and must return the same result on all of them.
        measure: What the score of a validation is.
        on_best: Function to call on the main process when the current weights are the best so far.
        on_figures: Function to call on the main process with each line of metrics.
    """

    def __init__(
        self,
        model: nn.Module,
        *,
        objective: nn.Module,
        stream: TrainingStream,
        settings: TrainingConfig,
        accelerator: Accelerator,
        output: Path,
        validate: Callable[[], Validation],
        measure: Measure = DEV_BLEU,
        on_best: Callable[[TrainingState], None],
        on_figures: Callable[[Mapping[str, Figure]], None] | None = None,
    ) -> None:
        self.model = model
        self.stream = stream
        self.settings = settings
        self.accelerator = accelerator
        self.output = output
        self.validate = validate
        self.measure = measure
        self.on_best = on_best
        self.on_figures = on_figures
        optimizer = OPTIMIZERS[settings.optimizer](
            model.parameters(), settings.learning_rate, settings.weight_decay
        )
        self.objective, self.optimizer = accelerator.prepare(objective, optimizer)
        add_in_rank_order(self.objective)
        self.average = None if settings.ema is None else MovingAverage(model, settings.ema)
        self.checkpoints = Checkpoints(output, settings.keep_last, settings.keep_best)
        self.state = TrainingState(
            data=stream.text.fingerprint,
            precision=resolve_precision(settings.precision, accelerator.device),
        )
        self._log = RunLog()
        self._damaged: dict[Path, CheckpointError] = {}  # checkpoints that cannot be used

    def resume(self, identity: Mapping[str, str] | None = None) -> None:
        """Restore the newest checkpoint of the run directory that is intact, if there is one.

        Args:
            identity: Identity of the model, which the weights of the checkpoint must have.

        Raises:
            CheckpointError: If all checkpoints are damaged, or of another model.
            TrainingError: If it was trained on other data or in another precision.
        """
        latest, self._damaged = self.checkpoints.newest_intact()
        if latest is None:
            return
        if self.accelerator.is_main_process:
            for error in self._damaged.values():
                log.warning("%s; training continues from %s", error, latest)
        check_weights(latest / WEIGHTS, identity or {})
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
            state.window.loss = 0.0  # the main process has the loss of all ranks
        self.state = state
        self.stream.seek(Position(state.epoch, state.block, state.batch))

    def warm_start(self, checkpoint: Path, *, progress: bool) -> None:
        """Load the weights and the optimizer of another run.

        Args:
            checkpoint: The checkpoint to start from.
            progress: Load its step and its validation scores too.

        Raises:
            CheckpointError: If the checkpoint is damaged, or of another network or optimizer.
        """
        theirs = self.checkpoints.load(checkpoint, self.model, self.optimizer.optimizer)
        if self.settings.ema is not None:
            self.average = MovingAverage(self.model, self.settings.ema)
        if progress:
            self.state.step = theirs.step
            self.state.scores = theirs.scores

    def fit(self) -> Outcome:
        """Train until the last step, an early stop or a signal, and save a checkpoint at the end.

        Returns:
            Last step, best score and training time, and the signal that stopped the run, if any.

        Raises:
            DataError: If streamed text cannot be read.
            TrainingError: If the loss or the gradient is not finite.
        """
        if self.accelerator.is_main_process:
            self._open_log()
        started = time.perf_counter() - self.state.seconds
        self._log.start_window()
        try:
            with Interrupt() as interrupt:
                if self.settings.validate_first and not self.state.step:
                    self._validate()
                while not self.is_over():
                    self.take_step(self._next_batches())
                    self.state.seconds = time.perf_counter() - started
                    signal = signal_on_any_rank(self.accelerator, interrupt.signal)
                    self._after_step(stopping=signal is not None)
                    if signal is not None:
                        return self._outcome(signal)
                self._finish()
        finally:
            self._log.close()
        return self._outcome(None)

    def close(self) -> None:
        """Free the wrapper that averages gradients over ranks; the trainer cannot be used after.

        The wrapper must be freed before the process group is destroyed. If it held the last
        reference to the group, it would destroy the group while holding Python's lock, for which
        one of the group's threads may be waiting: a deadlock.
        """
        del self.objective

    def _open_log(self) -> None:
        """Remove damaged checkpoints, and open the log."""
        self.checkpoints.sweep(self._damaged)
        self.checkpoints.remove_old()  # a killed run may not have come to that
        alone = self.accelerator.num_processes == 1  # it need not wait for other processes
        self._log.open(
            self.output / METRICS,
            self.settings,
            self.state,
            self.measure,
            also=self.on_figures,
            measure_contention=alone and self.accelerator.device.type == "cpu",
        )

    def is_over(self) -> bool:
        """Return whether the training has reached its last step, early stopping or time limit."""
        return (
            self.state.step >= self.settings.max_steps
            or self._is_out_of_patience()
            or self._is_out_of_time()
        )

    def take_step(self, batches: Sequence[StreamBatch]) -> None:
        """Take one optimizer step over `accumulate` global batches.

        Args:
            batches: The batches, usually the next ones of the stream.

        Raises:
            TrainingError: If the loss or the gradient is not finite.
        """
        state = self.state
        step = state.step + 1
        tokens = sum(batch.tokens for batch in batches)
        self.objective.train()
        total = self._backward(batches, step=step, tokens=tokens)
        norm = self._clip(step)
        loss = float(total)
        self._check_finite(loss, norm, step)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.settings, step, state.scores)
        self.optimizer.step()
        self.optimizer.zero_grad()
        if self.average is not None:
            self.average.update(step)
        state.window.add(loss=loss, tokens=tokens, norm=norm)
        self._log.count(tokens)
        position = self.stream.position
        state.epoch = position.epoch
        state.block = position.block
        state.batch = position.batch
        state.step = step
        state.finished = False

    def _next_batches(self) -> list[StreamBatch]:
        """Return the batches of a step; if streamed text cannot be read, save before raising."""
        try:
            return [next(self.stream) for _ in range(self.settings.accumulate)]
        except DataError:
            # With several processes, another one may be waiting for this one's text.
            if self.state.step and self.accelerator.num_processes == 1:
                self._save()
            raise

    def _backward(self, batches: Sequence[StreamBatch], *, step: int, tokens: int) -> Tensor:
        """Accumulate the gradient of the loss per target token; return this rank's summed loss."""
        ranks = self.accelerator.num_processes
        teacher_forcing = teacher_forcing_ratio(self.settings, step)
        total = torch.zeros((), device=self.accelerator.device, dtype=torch.float64)
        for index, batch in enumerate(batches):
            self._seed(step, index)
            is_last = index == len(batches) - 1
            with contextlib.nullcontext() if is_last else self.accelerator.no_sync(self.objective):
                loss = self.objective(batch.batch.to(self.accelerator.device), teacher_forcing)
                total += loss.detach()
                # Wrappers average gradients over ranks; times the number of ranks, that is the sum.
                self.accelerator.backward(loss * (ranks / tokens))
        return total

    def _clip(self, step: int) -> float:
        """Clip the gradient to norm `clip_norm` and return the norm before clipping."""
        self.accelerator.unscale_gradients()
        parameters = list(self.objective.parameters())
        norm = nn.utils.get_total_norm(
            [weight.grad for weight in parameters if weight.grad is not None]
        )
        if self._log.is_open and step % self.settings.log_every == 0:
            self._log.layer_norms = norms_by_layer(self.model) if math.isfinite(norm) else {}
        if float(norm) > self.settings.clip_norm:
            nn.utils.clip_grads_with_norm_(parameters, self.settings.clip_norm, norm)
        return float(norm)

    def _after_step(self, *, stopping: bool) -> None:
        """Log, validate and save when due; always save before stopping."""
        settings = self.settings
        step = self.state.step
        if step % settings.log_every == 0:
            self._log_window()
        else:
            self._log.step(step)
        if step % settings.validate_every == 0:
            self._validate()
        if step % settings.checkpoint_every == 0 or stopping:
            self._save()
            self._log.restart_contention()

    def _finish(self) -> None:
        """Validate and save the last weights, unless the run had already finished."""
        if self.state.finished:
            return
        if self.state.step % self.settings.validate_every:
            self._validate()
        self.state.finished = True
        self._save()

    def _log_window(self) -> None:
        """Write a line of metrics for the steps since the last one, with the loss of all ranks."""
        window = self._reduced_window()
        self.state.window = Window()
        step = self.state.step
        self._log.window(
            self.state,
            window,
            learning_rate=learning_rate(self.settings, step, self.state.scores),
            teacher_forcing=teacher_forcing_ratio(self.settings, step),
        )

    def _reduced_window(self) -> Window:
        """Return the sums since the last line of metrics, with the loss of all ranks.

        The main process keeps this loss; the other ranks restart from 0.
        """
        window = self.state.window
        if self.accelerator.num_processes > 1:
            loss = torch.tensor(window.loss, device=self.accelerator.device, dtype=torch.float64)
            loss = self.accelerator.reduce(loss, "sum")
            window.loss = float(loss) if self.accelerator.is_main_process else 0.0
        return window

    def _averaged(self) -> contextlib.AbstractContextManager[None]:
        """Return a context in which the model has its moving average, if there is one."""
        return contextlib.nullcontext() if self.average is None else self.average.applied()

    def _validate(self) -> None:
        """Score the weights, or their moving average; keep them if they are among the best."""
        with self._averaged():
            self._score()
        self._log.restart_contention()

    def _score(self) -> None:
        """Score the weights on all ranks; the main process keeps the best."""
        started = time.perf_counter()
        self.objective.eval()
        validation = self.validate()
        seconds = time.perf_counter() - started
        if self._log.is_open:
            self._log.validation(self.state, validation.metrics, seconds)
            is_best = self.checkpoints.keep_if_best(self.model, self.state, validation.score)
            self._log.validated(self.state.step, validation.metrics, best=is_best)
            if is_best:
                self.on_best(self.state)
        self.state.scores.append(validation.score)

    def _save(self) -> None:
        """Write a checkpoint."""
        self._reduced_window()
        if self.accelerator.scaler is not None:
            self.state.scaler = self.accelerator.scaler.state_dict()
        if self._log.is_open:
            self._log.sync(self.state)
            self.checkpoints.save(self.model, self.optimizer.optimizer, self.state, self.average)
            # From its first checkpoint on, a run directory is a model directory.
            if not self.state.best:
                with self._averaged():
                    self.on_best(self.state)
        self.accelerator.wait_for_everyone()

    def _is_out_of_patience(self) -> bool:
        """Return whether `patience` validations have passed without a new best."""
        scores = self.state.scores
        patience = self.settings.patience
        waited = len(scores) - 1 - scores.index(max(scores)) if scores else 0
        return patience is not None and waited >= patience

    def _is_out_of_time(self) -> bool:
        """Return whether `max_minutes` have passed on the clock of the main process."""
        limit = self.settings.max_minutes
        is_main = self.accelerator.is_main_process
        return limit is not None and on_any_rank(
            self.accelerator, is_main and self.state.seconds >= 60 * limit
        )

    def _seed(self, step: int, index: int) -> None:
        """Seed torch with the seed of the run, the step, the batch of the step and the rank."""
        rank = self.accelerator.process_index
        torch.manual_seed(dropout_seed(self.settings.seed, step=step, batch=index, rank=rank))

    def _check_finite(self, loss: float, norm: float, step: int) -> None:
        """Raise TrainingError if the loss or the gradient norm would ruin the weights.

        The norm is the same on all ranks, so all of them stop. With a gradient scaler (fp16), an
        overflowing gradient is not an error: the scaler lowers the scale and skips the step.
        """
        if math.isfinite(norm) or (self.accelerator.scaler is not None and math.isfinite(loss)):
            return
        if math.isfinite(loss):
            problem = f"the norm of the gradient is {norm} at step {step}"
        else:
            problem = f"the loss is {loss} at step {step}"
        latest = self.checkpoints.latest()
        if latest is None:
            remains = "there is no checkpoint before it"
        else:
            remains = f"the last good checkpoint is {latest}"
        raise TrainingError(
            f"{problem}; {remains}. Try a lower training.learning_rate or training.clip_norm, a "
            "longer training.warmup_steps, or training.precision=fp32"
        )

    def _outcome(self, signal: str | None) -> Outcome:
        """Return the outcome of the training."""
        best_score: float | None = None
        best_step: int | None = None
        if self.state.best:
            score, best_step = self.state.best[0]
            best_score = self.measure.value(score)
        return Outcome(
            self.state.step, best_score, best_step, self.state.seconds, signal, self.measure
        )
