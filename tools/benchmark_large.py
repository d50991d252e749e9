"""GPU benchmark of tools/benchmark.py: a 4+4 x 1024 model on random ids of one shape.

It needs no text, because it measures GPU utilization, not learning.
"""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

from seq2seq.config.settings import ModelConfig
from seq2seq.data.batches.batch import Batch
from seq2seq.data.tokenizers.vocabulary import BOS, EOS, PAD
from seq2seq.decoding.greedy import GreedySearch
from seq2seq.decoding.search import SearchBatch
from seq2seq.models.model import Seq2SeqModel, build_model
from seq2seq.training.optimizers import OPTIMIZERS
from seq2seq.translation.engines.torch_engine import model_step


@dataclass(frozen=True)
class Shape:
    """Shape of the model and of its batches.

    Attributes:
        layers: Number of layers in the encoder, and in the decoder.
        size: Size of embeddings and layers.
        vocabulary: Size of each vocabulary.
        sentences: Number of sentences per batch.
        positions: Number of tokens per sentence, on each side.
    """

    layers: int = 4
    size: int = 1024
    vocabulary: int = 32_000
    sentences: int = 512
    positions: int = 32


def large_model(shape: Shape, device: str) -> Seq2SeqModel:
    """Return the model with its initial weights."""
    torch.manual_seed(1)
    network = {"cell": "lstm", "attention": "luong-general", "weight_tying": "two-way"}
    sizes = {"embedding_size": shape.size, "hidden_size": shape.size}
    layers = {"encoder_layers": shape.layers, "decoder_layers": shape.layers}
    config = ModelConfig.model_validate({**network, **sizes, **layers})
    return build_model(config, shape.vocabulary, shape.vocabulary).to(device)


def training_rate(model: Seq2SeqModel, shape: Shape, device: str, steps: int) -> float:
    """Return source and target tokens per second of whole training steps in bf16."""
    batch = _batch(shape, device)
    optimizer = OPTIMIZERS["adam"](model.parameters(), 1e-4, 0.0)
    tokens = shape.sentences * shape.positions

    def step() -> None:
        with torch.autocast(torch.device(device).type, torch.bfloat16):
            loss = model.loss(batch, 0.1)
        (loss / tokens).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()

    model.train()
    return 2 * tokens / _seconds(step, device, steps)


def greedy_rate(model: Seq2SeqModel, shape: Shape, device: str, repeats: int) -> float:
    """Return target tokens per second of greedy decoding with weights in bf16.

    Each translation is as long as its source.
    """
    model.eval().bfloat16()
    with torch.no_grad():
        model.output.bias[EOS] = -1e4
    batch = _batch(shape, device)
    limits = torch.full((shape.sentences,), shape.positions, device=device)

    @torch.inference_mode()
    def run() -> None:
        state = model.start(batch.source, batch.source_lengths)
        GreedySearch()(
            model_step(model), state, SearchBatch(limits, bos=BOS, eos=EOS, forbidden=(PAD, BOS))
        )

    return shape.sentences * shape.positions / _seconds(run, device, repeats)


def _batch(shape: Shape, device: str) -> Batch:
    size = (shape.sentences, shape.positions)
    ids = [torch.randint(EOS + 1, shape.vocabulary, size, device=device) for _ in range(2)]
    lengths = torch.full((shape.sentences,), shape.positions, device=device)
    return Batch(ids[0], lengths, ids[1], ids[1])


def _seconds(work: Callable[[], None], device: str, repeats: int) -> float:
    """Return the median seconds of `repeats` runs, after three runs to warm up."""
    wait = torch.cuda.synchronize if device != "cpu" else contextlib.nullcontext
    seconds = []
    for _ in range(repeats + 3):
        began = time.perf_counter()
        work()
        wait()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds[3:])
