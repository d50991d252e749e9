"""Rates of training and decoding for tools/gpu_check.py, as shares of the measured matrix rate."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from benchmark_training import operations_per_token
from machine_rates import matrix_rate
from torch import Tensor, nn

from seq2seq import Translator
from seq2seq.config.settings import ModelConfig, TrainingConfig
from seq2seq.data.batches.batch import Batch
from seq2seq.data.tokenizers.vocabulary import EOS
from seq2seq.models.model import Seq2SeqModel, build_model
from seq2seq.training.objective import Objective
from seq2seq.training.optimizers import OPTIMIZERS

MATRIX_SIZE = {"cuda": 8192, "cpu": 1024}
"""Size of the matrices whose product measures a device: a GPU needs large ones."""

REPEATS = 5
"""Number of steps whose median is taken."""


@dataclass(frozen=True)
class Shape:
    """Shape of a network of the default kind and of its batches.

    Attributes:
        hidden: Size of the layers; embeddings have half of it.
        vocabulary: Size of each vocabulary.
        sentences: Number of sentences per batch.
        positions: Number of tokens per sentence, on each side.
    """

    hidden: int = 512
    vocabulary: int = 8000
    sentences: int = 512
    positions: int = 24


SMALL = Shape(hidden=32, vocabulary=200, sentences=8, positions=5)
"""Shape for a trial on a CPU."""


def random_batch(shape: Shape, device: str) -> Batch:
    """Return a batch of random ids without padding, the same each time."""
    generator = torch.Generator().manual_seed(1)
    size = (shape.sentences, shape.positions)
    source, target = (
        torch.randint(EOS + 1, shape.vocabulary, size, generator=generator) for _ in range(2)
    )
    lengths = torch.full((shape.sentences,), shape.positions)
    return Batch(source, lengths, target, target).to(torch.device(device))


def default_network(shape: Shape, device: str) -> Seq2SeqModel:
    """Return a network with the default settings."""
    torch.manual_seed(1)
    sizes = {"embedding_size": shape.hidden // 2, "hidden_size": shape.hidden}
    config = ModelConfig.model_validate(sizes)
    return build_model(config, shape.vocabulary, shape.vocabulary).to(device)


def objective_of(model: Seq2SeqModel) -> Objective:
    """Return the training's loss of a network, with the default settings."""
    return Objective(model, TrainingConfig.model_validate({}))


def step_seconds(
    loss_of: Callable[..., Tensor], model: nn.Module, shape: Shape, device: str, precision: str
) -> float:
    """Return the median seconds of a whole training step."""
    batch = random_batch(shape, device)
    parameters = list(model.parameters())
    optimizer = OPTIMIZERS["adam"](parameters, 1e-4, 0.0)
    tokens = shape.sentences * shape.positions

    def step() -> None:
        kind = torch.device(device).type
        with torch.autocast(kind, torch.bfloat16, enabled=precision == "bf16"):
            loss = loss_of(batch, 1.0)
        (loss / tokens).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad()

    return _seconds(step, device)


def training_rates(shape: Shape, device: str) -> dict[str, float]:
    """Return target tokens/s of training in bf16 and fp32, and their shares of the matrix rate."""
    found = {}
    size = MATRIX_SIZE[torch.device(device).type]
    for precision in ("bf16", "fp32"):
        model = default_network(shape, device).train()
        seconds = step_seconds(objective_of(model), model, shape, device, precision)
        rate = shape.sentences * shape.positions / seconds
        peak = matrix_rate(precision, device, size)
        found[f"{precision} tokens/s"] = rate
        found[f"{precision} share"] = rate * operations_per_token(model, 1.0) / peak
        found[f"{precision} matrix TFLOP/s"] = peak / 1e12
    return found


def decoding_rates(model: str, sources: Sequence[str], device: str) -> dict[str, float]:
    """Return sentences/s of a model in fp32, greedy and with beam 5."""
    translator = Translator.from_pretrained(model, device=device, dtype="fp32", engine="torch")
    found = {}
    for beam in (1, 5):
        translator.translate_all(sources[:50], beam=beam)
        began = time.perf_counter()
        translator.translate_all(sources, beam=beam)
        name = "greedy" if beam == 1 else f"beam {beam}"
        found[f"{name} sentences/s"] = len(sources) / (time.perf_counter() - began)
    return found


def compiled_step(shape: Shape, device: str) -> dict[str, float]:
    """Return the seconds of a step as it is and compiled, and what the compilation takes."""
    objective = objective_of(default_network(shape, device).train())
    eager = step_seconds(objective, objective, shape, device, "bf16")
    compiled = torch.compile(objective)
    began = time.perf_counter()
    faster = step_seconds(compiled, objective, shape, device, "bf16")
    return {
        "eager ms": 1000 * eager,
        "compiled ms": 1000 * faster,
        "speed-up": eager / faster,
        "compilation s": time.perf_counter() - began - REPEATS * faster,
    }


def _seconds(work: Callable[[], None], device: str) -> float:
    """Return the median seconds of a few runs, after three to warm up."""
    wait = torch.cuda.synchronize if device != "cpu" else contextlib.nullcontext
    seconds = []
    for _ in range(REPEATS + 3):
        began = time.perf_counter()
        work()
        wait()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds[3:])
