"""The checks of tools/gpu_check.py: each returns its figures, or raises CheckFailedError."""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from gpu_throughput import (
    SMALL,
    Shape,
    compiled_step,
    decoding_rates,
    random_batch,
    training_rates,
)
from safetensors.torch import load_file

from seq2seq import Config, Corpus, Translator, train
from seq2seq.config.settings import ModelConfig
from seq2seq.models.attention import ATTENTIONS
from seq2seq.models.cells import CELLS
from seq2seq.models.decoders import DECODERS
from seq2seq.models.model import Seq2SeqModel, build_model

ROOT = Path(__file__).parents[1]
TEXT = ROOT / "recipes" / "sample_es_en"
MODEL = "es-en"

TESTS = {
    "cpu": ["tests/decoding/test_top_k.py"],
    "cuda": [
        "tests/decoding",
        "tests/models/test_attention.py",
        "tests/models/test_cells.py",
        "tests/models/test_encoder.py",
        "tests/models/test_loss.py",
        "tests/training/test_schedule.py",
    ],
}
"""Tests that need no GPU: they show that the installation computes what it should."""

TOLERANCE = 1e-9
"""Largest relative difference between two devices in double precision."""

DIFFERENT_LINES = 0.02
"""Largest share of lines that may differ from the CPU's, since some hypotheses are nearly ties."""

Figures = dict[str, float | str]


class CheckFailedError(Exception):
    """A check has found something wrong."""


@dataclass(frozen=True)
class Place:
    """Where a check runs.

    Attributes:
        device: Device to compute on.
        folder: Empty folder for its files.
    """

    device: str
    folder: Path

    @property
    def small(self) -> bool:
        """True for a trial on a CPU."""
        return self.device == "cpu"


@dataclass(frozen=True)
class Check:
    """A check.

    Attributes:
        run: Computes its figures.
        limit: Number of seconds after which it is ended.
    """

    run: Callable[[Place], Figures]
    limit: float


def suite(place: Place) -> Figures:
    """Run a part of the test suite."""
    names = TESTS["cpu" if place.small else "cuda"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider"]
    done = subprocess.run([*command, *names], cwd=ROOT, capture_output=True, text=True)
    last = (done.stdout.strip() or done.stderr.strip()).splitlines()[-1]
    if done.returncode:
        raise CheckFailedError(last)
    return {"files": len(names)}


def architectures(place: Place) -> Figures:
    """Compare loss and gradients of each cell, attention and decoder order with the CPU's."""
    choices = [
        *({"cell": name} for name in sorted(CELLS)),
        *({"attention": name} for name in sorted(ATTENTIONS)),
        *({"decoder_order": name} for name in sorted(DECODERS)),
    ]
    worst = 0.0
    for choice in choices:
        torch.manual_seed(1)
        sizes = {"embedding_size": 16, "hidden_size": 32, "dropout": 0.0}
        config = ModelConfig.model_validate({**sizes, **choice})
        model = build_model(config, SMALL.vocabulary, SMALL.vocabulary).double()
        expected = _loss_and_gradients(model, "cpu")
        found = _loss_and_gradients(model.to(place.device), place.device)
        error = float((found - expected).abs().max() / expected.abs().max())
        if not error <= TOLERANCE:
            raise CheckFailedError(f"{choice}: differs from the CPU by {error:.1e}")
        worst = max(worst, error)
    return {"networks": len(choices), "largest difference": worst}


def _loss_and_gradients(model: Seq2SeqModel, device: str) -> torch.Tensor:
    """Return the loss and all gradients as one vector on the CPU."""
    model.zero_grad()
    loss = model.loss(random_batch(SMALL, device), 0.1)
    loss.backward()  # type: ignore[no-untyped-call]
    gradients = [weight.grad.flatten() for weight in model.parameters() if weight.grad is not None]
    return torch.cat([loss.detach().view(1), *gradients]).cpu()


def training(precision: str) -> Callable[[Place], Figures]:
    """Return a check that trains, and that resumes exactly."""

    def run(place: Place) -> Figures:
        # fp16 needs a GPU; the trial on a CPU trains in fp32 instead.
        used = "fp32" if place.small and precision == "fp16" else precision
        steps = 8 if place.small else 200
        with _deterministic():
            whole = _train(place, "whole", used, steps)
            again = _train(place, "again", used, steps)
            _train(place, "resumed", used, steps // 2)
            resumed = _train(place, "resumed", used, steps)
        losses = [line["loss"] for line in _metrics(whole) if "loss" in line]
        if not losses[-1] < (1.0 if place.small else 0.8) * losses[0]:
            raise CheckFailedError(f"the loss goes from {losses[0]:.3f} to {losses[-1]:.3f}")
        noise = _difference(whole, again)
        change = _difference(whole, resumed)
        # Where two equal runs differ, a resumed one cannot be more alike.
        if change > 3 * noise:
            raise CheckFailedError(
                f"resumed weights differ by {change:.1e}, those of a second run by {noise:.1e}"
            )
        return {
            "precision": used,
            "first loss": losses[0],
            "last loss": losses[-1],
            "resumed": "equal" if change == 0 else f"differs by {change:.1e}",
            "second run": "equal" if noise == 0 else f"differs by {noise:.1e}",
        }

    return run


@contextlib.contextmanager
def _deterministic() -> Iterator[None]:
    """Choose operations that give the same sums each time, where there are any."""
    before = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before)


def _train(place: Place, name: str, precision: str, steps: int) -> Path:
    """Train a model to a number of steps, or resume it, and return its directory."""
    small = ["model.embedding_size=16", "model.hidden_size=32", "data.train_pairs=500"]
    config = Config.load(
        TEXT / "config.yaml",
        [
            f"data.train={TEXT / 'train.tsv'}",
            f"data.dev={TEXT / 'dev.tsv'}",
            "data.dev_pairs=10",
            "tokenizer.type=word",
            f"training.precision={precision}",
            f"training.max_steps={steps}",
            "training.schedule=constant",
            "training.warmup_steps=0",
            "training.log_every=4",
            "training.validate_every=1000",
            *(small if place.small else ["data.train_pairs=4000"]),
        ],
    )
    output = place.folder / name
    train(config, output=output, resume=True, cpu=place.small)
    return output


def _metrics(run: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def _difference(first: Path, second: Path) -> float:
    """Return the largest difference between the last weights of two runs."""
    one, other = (
        load_file(max((run / "checkpoints").glob("step-*")) / "model.safetensors")
        for run in (first, second)
    )
    return max(float((one[name] - other[name]).abs().max()) for name in one)


def decoding(place: Place) -> Figures:
    """Compare translations, greedy and with beam 5, with those of the CPU."""
    sources = Corpus.load(str(TEXT / "test.tsv")).sources()[: 20 if place.small else 400]
    here, there = (
        Translator.from_pretrained(MODEL, device=device, dtype="fp32", engine="torch")
        for device in (place.device, "cpu")
    )
    found: Figures = {"lines": len(sources)}
    for beam in (1, 5):
        results = [one.translate_all(sources, beam=beam) for one in (here, there)]
        different = [
            abs(one.score - other.score)
            for one, other in zip(*results, strict=True)
            if one.text != other.text
        ]
        name = "greedy" if beam == 1 else f"beam {beam}"
        found[f"{name}, different lines"] = len(different)
        found[f"{name}, their scores differ by"] = max(different, default=0.0)
        if len(different) > math.ceil(DIFFERENT_LINES * len(sources)):
            raise CheckFailedError(f"{name}: {len(different)} of {len(sources)} lines differ")
    return found


def training_speed(place: Place) -> Figures:
    """Measure training in target tokens/s, and as a share of the matrix rate."""
    return {**training_rates(SMALL if place.small else Shape(), place.device)}


def decoding_speed(place: Place) -> Figures:
    """Measure decoding in sentences/s."""
    corpus = Corpus.load(str(TEXT / "train.tsv")).sources()
    sources = list(itertools.islice(dict.fromkeys(corpus), 20 if place.small else 4000))
    return {**decoding_rates(MODEL, sources, place.device)}


def two_processes(place: Place) -> Figures:
    """Average gradients over two processes on one device."""
    file = place.folder / "error"
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    program = [str(Path(__file__).with_name("gpu_ranks.py")), place.device, str(file)]
    done = subprocess.run(
        [*launcher, "--nproc_per_node", "2", *program], capture_output=True, text=True
    )
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if "Error" in line]
        raise CheckFailedError((errors or ["a process has failed"])[0])
    error = float(file.read_text())
    if not error <= TOLERANCE:
        raise CheckFailedError(f"gradients differ from those of one process by {error:.1e}")
    return {"largest difference": error}


def compilation(place: Place) -> Figures:
    """Measure whether torch.compile of the objective pays; it may also fail to compile."""
    try:
        return {**compiled_step(SMALL if place.small else Shape(), place.device)}
    except torch._dynamo.exc.TorchDynamoException as error:
        reason = next((line for line in str(error).splitlines() if "Error" in line), "no reason")
        return {"torch.compile": f"fails: {reason[:200]}"}


CHECKS = {
    "tests": Check(suite, 60),
    "architectures": Check(architectures, 45),
    "bf16": Check(training("bf16"), 70),
    "fp16": Check(training("fp16"), 70),
    "decoding": Check(decoding, 50),
    "training speed": Check(training_speed, 40),
    "decoding speed": Check(decoding_speed, 40),
    "two processes": Check(two_processes, 45),
    "compile": Check(compilation, 60),
}
"""The checks by name; together their limits are eight minutes."""
