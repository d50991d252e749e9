"""Small models of every architecture, as tools/fuzz_engine.py gives them to its harnesses."""

from __future__ import annotations

import itertools
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from seq2seq.config.settings import ModelConfig
from seq2seq.engine.architecture import architecture
from seq2seq.engine.interface import ATTENTIONS, CELLS, ORDERS
from seq2seq.model_directory.store import save_weights
from seq2seq.models.model import build_model

SIZES = {"embedding_size": 5, "hidden_size": 6, "attention_heads": 3}
"""Sizes of most models, so that a file has a few kilobytes, most of them header."""

VARIANTS: tuple[dict[str, Any], ...] = (
    {},
    {
        "encoder_layers": 2,
        "decoder_layers": 3,
        "residual": True,
        "bidirectional": False,
        "weight_tying": "none",
        "readout_size": 3,
    },
    {"lexical_model": True, "coverage": True, "scale_embeddings": True, "decoder_layers": 2},
    {"weight_tying": "two-way", "encoder_layers": 3, "residual": False},
    {
        "embedding_size": 18,
        "hidden_size": 34,
        "attention_heads": 2,
        "lexical_model": True,
        "coverage": True,
    },
)
"""Settings that differ from model to model. Of the last one, no width fits one vector."""


def networks() -> Iterator[tuple[str, ModelConfig]]:
    """Yield a name and the settings of a network for every cell, attention and order."""
    draw = random.Random(1)
    for cell, attention, order in itertools.product(CELLS, ATTENTIONS, ORDERS):
        chosen = {**SIZES, **draw.choice(VARIANTS)}
        chosen["lexical_model"] = chosen.get("lexical_model", False) and attention != "none"
        chosen["coverage"] = chosen.get("coverage", False) and attention == "bahdanau"
        config = ModelConfig(cell=cell, attention=attention, decoder_order=order, **chosen)
        yield f"{cell}-{attention}-{order}", config


def model_file(config: ModelConfig, *, quantized: bool, int8: bool, seed: int) -> bytes:
    """Return a file as tools/fuzz/models.h describes it, with random weights.

    Args:
        config: Settings of the network.
        quantized: Store matrices as int8.
        int8: Decode with int8 products.
        seed: Seed of the weights.
    """
    torch.manual_seed(seed)
    draw = random.Random(seed)
    target = draw.randint(7, 20)
    source = target if config.weight_tying == "three-way" else draw.randint(7, 20)
    model = build_model(config, source, target).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn_like(weight) * 0.3)
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "model.safetensors"
        save_weights(model, path, quantized=quantized)
        weights = path.read_bytes()
    return bytes(architecture(config, source_size=source, target_size=target, int8=int8)) + weights


def write_models(directory: Path, *, every: int = 1) -> int:
    """Write a model of every architecture, or of every n-th one.

    Args:
        directory: Where to write them.
        every: Write only every n-th one.

    Returns:
        The number of models.
    """
    directory.mkdir(parents=True, exist_ok=True)
    chosen = list(networks())[::every]
    for seed, (name, config) in enumerate(chosen):
        content = model_file(config, quantized=seed % 4 < 2, int8=seed % 2 == 0, seed=seed)
        (directory / f"{name}.model").write_bytes(content)
    return len(chosen)
