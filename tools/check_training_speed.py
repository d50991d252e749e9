"""Check that training has not become slower.

    python tools/check_training_speed.py            # exits with 1 if it is 15 % slower
    python tools/check_training_speed.py --store    # after a change that is meant

The time of a training step alternates with that of a fixed piece of work in plain PyTorch, and the
figure is the ratio of the two: most of what makes a machine slow for a moment slows both.
tools/training_speed.json has the ratios of known processors. On any other, the check passes with a
note.
"""

from __future__ import annotations

import datetime
import functools
import json
import math
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TypedDict

import torch
import typer
from machine_rates import processor_kind
from torch import nn
from torch.nn import functional as F

from seq2seq import Config
from seq2seq.training.precision import resolve_precision
from seq2seq.training.prepare import (
    prepare_model,
    prepare_processes,
    prepare_text,
    prepare_trainer,
    release_processes,
)
from seq2seq.training.trackers import Trackers

STORED = Path(__file__).with_name("training_speed.json")
"""Ratios by kind of processor and precision, with their dates."""

TEXT = Path(__file__).parents[1] / "recipes" / "sample_es_en"

SETTINGS = {
    "data": {"train": str(TEXT / "train.tsv"), "train_pairs": 6000, "dev": str(TEXT / "dev.tsv")},
    "tokenizer": {"type": "word", "vocab_size": 2000},
    "model": {"cell": "ln-gru", "embedding_size": 256, "hidden_size": 512, "dropout": 0.2},
    "training": {"batch_sentences": 64, "label_smoothing": 0.1, "optimizer": "adam"},
}
"""The default network, with batches of 64 sentences."""

LIMIT = 1.15
"""Largest ratio to the stored figure."""

ATTEMPTS = 3
"""Number of measurements that must all be above the limit for the check to fail."""

WARM_UP = 4
"""Number of pairs of steps before the measured ones."""

BATCHES = 8
"""Number of different batches that the steps go through."""

Work = Callable[[], object]


class Figure(TypedDict):
    """A stored ratio."""

    ratio: float
    date: str


def main(
    pairs: Annotated[int, typer.Option(min=1, help="Number of pairs per measurement.")] = 24,
    store: Annotated[bool, typer.Option("--store", help="Store the ratios measured here.")] = False,
    stored: Annotated[Path, typer.Option(help="File of the stored ratios.")] = STORED,
) -> None:
    """Measure training steps, and compare them with the stored ratios."""
    torch.set_num_threads(1)
    kind = processor_kind()
    known = json.loads(stored.read_text(encoding="utf-8")) if stored.exists() else {}
    figures: dict[str, Figure] = known.get(kind, {})
    is_slow = False
    for precision in dict.fromkeys([resolve_precision("auto", torch.device("cpu")), "fp32"]):
        with training_step(precision) as step:
            work = functools.partial(measure, step, reference_step(precision), pairs)
            if store:
                ratio = statistics.median(work() for _ in range(ATTEMPTS))
                figures[precision] = {"ratio": round(ratio, 3), "date": f"{datetime.date.today()}"}
            before = figures.get(precision)
            if not store:
                ratio = lowest(work, limit=math.inf if before is None else LIMIT * before["ratio"])
        print(verdict(precision, ratio, before, kind), flush=True)
        is_slow |= before is not None and ratio > LIMIT * before["ratio"]
    if store:
        text = json.dumps({**known, kind: figures}, indent=1, sort_keys=True)
        stored.write_text(f"{text}\n", encoding="utf-8")
    raise typer.Exit(is_slow)


def lowest(work: Callable[[], float], *, limit: float) -> float:
    """Return the lowest of a few ratios, or the first one that is within the limit."""
    ratio = work()
    for _ in range(1, ATTEMPTS):
        if ratio <= limit:
            break
        ratio = min(ratio, work())
    return ratio


def verdict(precision: str, ratio: float, before: Figure | None, kind: str) -> str:
    """Return a line that says how a ratio compares with the stored one."""
    line = f"training in {precision}: {ratio:.3f} of the reference"
    if before is None:
        return f"{line}; nothing is stored for {kind}, so nothing is checked"
    change = ratio / before["ratio"]
    line = f"{line}, {change:.2f} times the {before['ratio']:.3f} of {before['date']}"
    return f"{line}: TOO SLOW, at most {LIMIT} is allowed" if change > LIMIT else line


def measure(step: Work, reference: Work, pairs: int) -> float:
    """Return the median ratio of the times of neighbours, which take turns to be first."""
    ratios = []
    for number in range(WARM_UP + pairs):
        if number % 2:
            below = seconds(reference)
            above = seconds(step)
        else:
            above = seconds(step)
            below = seconds(reference)
        ratios.append(above / below)
    return statistics.median(ratios[WARM_UP:])


def seconds(work: Work) -> float:
    """Return the processor time of some work; waiting for the processor does not count."""
    began = time.process_time()
    work()
    return time.process_time() - began


@contextmanager
def training_step(precision: str) -> Iterator[Work]:
    """Yield a function that takes the next of a few training steps, again and again."""
    with tempfile.TemporaryDirectory() as directory:
        output = Path(directory)
        config = Config.from_dict(SETTINGS, [f"training.precision={precision}"])
        accelerator = prepare_processes(config, output=output, cpu=True)
        text = prepare_text(config, output=output, accelerator=accelerator, write=False)
        trainer = prepare_trainer(
            config,
            output=output,
            accelerator=accelerator,
            text=text,
            model=prepare_model(config, output=output, text=text),
            trackers=Trackers(accelerator, config),
        )
        batches = [next(trainer.stream) for _ in range(BATCHES)]
        try:
            yield lambda: trainer.take_step([batches[trainer.state.step % BATCHES]])
        finally:
            trainer.close()
            release_processes(accelerator)


def reference_step(precision: str) -> Work:
    """Return a fixed piece of work that uses a processor as a training step does.

    Large products, small ones in a loop, elementwise operations, a softmax, and a pass over all
    weights. It must never change, or the stored ratios mean nothing.
    """
    torch.manual_seed(1)
    size = 512
    inner = nn.GRUCell(size, size)
    output = nn.Linear(size, 2000)
    weights = [*inner.parameters(), *output.parameters()]
    optimizer = torch.optim.Adam(weights, lr=1e-4)
    inputs = torch.randn(10, 64, size)
    targets = torch.randint(2000, (640,))

    def step() -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            state = inputs[0]
            states = []
            for position in inputs:
                state = inner(position, state)
                states.append(state)
            logits = output(torch.cat(states))
        loss = F.cross_entropy(logits.float(), targets)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        optimizer.zero_grad()

    return step


if __name__ == "__main__":
    typer.run(main)
