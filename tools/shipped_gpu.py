"""Training on a GPU for a few minutes, while other processes augment and tokenize the text.

A GPU reads an epoch per minute, and one process takes three to prepare it. So each epoch is
prepared by several processes. Unlike `seq2seq.train`, the rate depends on the time that is left:
it rises, then falls along a cosine to zero, however fast the machine turns out to be.
"""

from __future__ import annotations

import contextlib
import gzip
import itertools
import math
import multiprocessing
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from seq2seq import Config, DataError
from seq2seq.config.settings import TrainingConfig
from seq2seq.data.augmentation.augment import LazyAligner
from seq2seq.data.batches.batch import Batch, collate
from seq2seq.data.batches.epoch_text import Ids, Part, Variation, encode_varied, fitting_rows
from seq2seq.data.batches.plan import plan_batches
from seq2seq.data.ragged import RaggedIds
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.model_directory.identity import identity
from seq2seq.model_directory.names import CONFIG, METRICS, TOKENIZER, WEIGHTS
from seq2seq.model_directory.seal_directory import seal_directory
from seq2seq.model_directory.store import load_model, save_weights
from seq2seq.models.model import Seq2SeqModel, build_model
from seq2seq.runtime.atomic_file import atomic_write_text
from seq2seq.runtime.seeds import epoch_seeds
from seq2seq.training.metrics_log import Figure, MetricsLog
from seq2seq.training.objective import Objective
from seq2seq.training.optimizers import OPTIMIZERS

GPU = "gpu"
"""Name of the file in a run directory that says which GPU it was trained on."""

ALIGNED = 40_000
"""Number of pairs that the word aligner of a process learns from; it takes 10 s."""

QUICK = ("names", "noise")
"""Augmentations of the first epoch, which the GPU waits for. They need no aligned words."""


def train_on_gpu(
    config: Config,
    text: Path,
    *,
    start: Path,
    output: Path,
    minutes: float,
    workers: int,
    device: str = "cuda",
) -> int:
    """Train a model into a run directory, without validation and without checkpoints.

    Args:
        config: Settings of the run.
        text: Training text, gzipped: a source, a tab and a target per line.
        start: Model directory with the tokenizers. Its weights are the initial ones if its network
            is the configured one; otherwise they are random.
        output: Run directory; replaced if it exists.
        minutes: Training time, which begins when the first epoch is ready.
        workers: Number of processes that prepare the text.
        device: Device to train on.

    Returns:
        The number of steps.

    Raises:
        DataError: There is no such device, or the text cannot be prepared.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise DataError("--device cuda: PyTorch finds no GPU here")
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    tokenizers = TokenizerPair.load(start)
    with _feeding(config, text, tokenizers, output / "ids", workers) as ids:
        network = _network(config, start, tokenizers).to(device)
        steps = _fit(network, config, ids, output, 60 * minutes)
    shutil.copytree(start / TOKENIZER, output / TOKENIZER)
    save_weights(network, output / WEIGHTS)
    atomic_write_text(config.to_yaml(), output / CONFIG)
    seal_directory(output)
    name = torch.cuda.get_device_name() if device == "cuda" else device
    (output / GPU).write_text(name, encoding="utf-8")
    return steps


class _Ids:
    """Epochs of ids in a folder, which processes write in parts and a training reads."""

    def __init__(self, folder: Path, workers: int, alive: Callable[[], bool]) -> None:
        self.folder = folder
        self.workers = workers
        self.alive = alive

    def read(self, epoch: int) -> Ids:
        """Wait for an epoch, read it, and remove its files."""
        files = [self.folder / f"{epoch}.{worker}.npz" for worker in range(self.workers)]
        while not all(file.exists() for file in files):
            if not self.alive():
                raise DataError("a process that prepares the text has failed; see above")
            time.sleep(0.05)
        parts = [np.load(file) for file in files]
        for file in files:
            file.unlink()
        source, target = (
            RaggedIds.joined(
                [RaggedIds.from_arrays(part[side], part[f"{side}_lengths"]) for part in parts]
            )
            for side in ("source", "target")
        )
        if not len(source):
            raise DataError("the training text holds no pair of at most data.max_tokens subwords")
        return source, target


@contextlib.contextmanager
def _feeding(
    config: Config, text: Path, tokenizers: TokenizerPair, folder: Path, workers: int
) -> Iterator[_Ids]:
    """Prepare epochs in other processes for as long as the context is open."""
    folder.mkdir()
    shared = (config, text, tokenizers, folder, workers)
    jobs = [
        multiprocessing.Process(target=_feed, args=(*shared, worker)) for worker in range(workers)
    ]
    for job in jobs:
        job.start()
    try:
        yield _Ids(folder, workers, lambda: all(job.is_alive() for job in jobs))
    finally:
        for job in jobs:
            job.terminate()
            job.join()
        shutil.rmtree(folder)


def _feed(
    config: Config,
    text: Path,
    tokenizers: TokenizerPair,
    folder: Path,
    workers: int,
    worker: int,
) -> None:
    """Write one part of each epoch, at most two epochs before they are read."""
    data = config.data
    with gzip.open(text, "rt", encoding="utf-8") as file:
        lines = itertools.islice(file, worker, None, workers)
        pairs = [line.rstrip("\n").split("\t") for line in lines]
    part = Part([source for source, _ in pairs], [target for _, target in pairs])
    aligner = LazyAligner(part.sources[:ALIGNED], part.targets[:ALIGNED])
    quick = {name: fraction for name, fraction in data.augment.items() if name in QUICK}
    epoch = 0
    while True:
        seeds = epoch_seeds(config.training.seed, epoch=epoch, parts=workers, part=worker)
        variation = Variation(augment=data.augment if epoch else quick)
        source, target = encode_varied(part, tokenizers, variation, seeds, aligner)
        rows = fitting_rows(source, target, data.max_tokens, tokenizers.tags)
        _write(source.take(rows), target.take(rows), folder / f"{epoch}.{worker}.npz")
        epoch += 1
        while (folder / f"{epoch - 2}.{worker}.npz").exists():
            time.sleep(0.05)


def _write(source: RaggedIds, target: RaggedIds, path: Path) -> None:
    temporary = path.with_suffix(".tmp.npz")
    np.savez(
        temporary,
        source=source.ids,
        source_lengths=source.lengths,
        target=target.ids,
        target_lengths=target.lengths,
    )
    temporary.rename(path)


def _network(config: Config, start: Path, tokenizers: TokenizerPair) -> Seq2SeqModel:
    """Return the network that the training starts from."""
    torch.manual_seed(config.training.seed)
    loaded = load_model(start)
    if loaded.config.model == config.model:
        return loaded.model
    model = build_model(config.model, tokenizers.source_size, tokenizers.target_size)
    model.identity = identity(config, tokenizers)
    return model


def _fit(network: Seq2SeqModel, config: Config, ids: _Ids, output: Path, seconds: float) -> int:
    """Train for some seconds; return the number of steps."""
    training = config.training
    device = next(network.parameters()).device
    objective = Objective(network, training).train()
    parameters = list(network.parameters())
    optimizer = OPTIMIZERS[training.optimizer](
        parameters, training.learning_rate, training.weight_decay
    )
    log = _Log(output / METRICS, training.log_every, device)
    for step, (batch, tokens) in enumerate(_batches(ids, training)):
        passed = log.seconds() / seconds
        if passed >= 1:
            break
        rate = _rate(training, step + 1, passed)
        for group in optimizer.param_groups:
            group["lr"] = rate
        with torch.autocast(device.type, torch.bfloat16):
            loss = objective(batch.to(device), 1.0)
        (loss / tokens).backward()
        torch.nn.utils.clip_grad_norm_(parameters, training.clip_norm)
        optimizer.step()
        optimizer.zero_grad()
        log.add(step + 1, loss.detach(), tokens, rate)
    log.close()
    return step


def _rate(training: TrainingConfig, step: int, passed: float) -> float:
    """Return the learning rate: a rise over the warm-up steps times half a cosine of the time."""
    fall = (1 + math.cos(math.pi * passed)) / 2
    return training.learning_rate * min(1.0, step / max(1, training.warmup_steps)) * fall


def _batches(ids: _Ids, training: TrainingConfig) -> Iterator[tuple[Batch, int]]:
    """Yield batches and their numbers of target tokens, without end."""
    for epoch in itertools.count():
        source, target = ids.read(epoch)
        for planned in plan_batches(
            source.lengths, target.lengths, training.batch_tokens, training.seed, epoch
        ):
            rows = planned.rows
            batch = collate(source, target, rows, planned.source_width, planned.target_width)
            yield batch, int(target.lengths[rows].sum()) + len(rows)


class _Log:
    """Metrics of a training. The loss stays on the GPU between two lines: reading it waits."""

    def __init__(self, path: Path, every: int, device: torch.device) -> None:
        self._metrics = MetricsLog(path, also=_show)
        self._every = every
        self._loss = torch.zeros((), device=device)
        self._step = 0
        self._tokens = 0
        self._rate = 0.0
        self._begin = 0.0
        self._since = 0.0

    def seconds(self) -> float:
        """Return the seconds since the first call."""
        now = time.perf_counter()
        self._begin = self._begin or now
        self._since = self._since or now
        return now - self._begin

    def add(self, step: int, loss: Tensor, tokens: int, rate: float) -> None:
        """Count a step, and write a line when it is due."""
        self._step = step
        self._loss += loss
        self._tokens += tokens
        self._rate = rate
        if step % self._every == 0:
            self._write()

    def close(self) -> None:
        """Write a line for the steps since the last one, and close the file."""
        if self._tokens:
            self._write()
        self._metrics.close()

    def _write(self) -> None:
        loss_per_token = float(self._loss) / self._tokens
        now = time.perf_counter()
        self._metrics.write(
            {
                "step": self._step,
                "loss": loss_per_token,
                "learning_rate": self._rate,
                "tokens_per_second": self._tokens / (now - self._since),
                "seconds": now - self._begin,
            }
        )
        self._loss.zero_()
        self._tokens = 0
        self._since = now


def _show(line: Mapping[str, Figure]) -> None:
    print(
        f"step {line['step']:,}  loss {line['loss']:.3f}  learning rate "
        f"{line['learning_rate']:.2g}  {line['tokens_per_second']:,.0f} target tokens/s",
        flush=True,
    )
