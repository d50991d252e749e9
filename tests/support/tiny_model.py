"""An untrained model small enough for a test, and texts in its words."""

from __future__ import annotations

import random
from pathlib import Path

import torch

from seq2seq.config.config import Config
from seq2seq.config.settings import TokenizerConfig
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.model_directory.names import CONFIG, WEIGHTS
from seq2seq.model_directory.store import save_weights
from seq2seq.models.model import build_model
from seq2seq.runtime.atomic_file import atomic_write_text

WORDS = [
    "casa",
    "papel",
    "perro",
    "gato",
    "rojo",
    "azul",
    "grande",
    "verde",
    "mesa",
    "libro",
    "come",
    "bebe",
    "corre",
    "duerme",
    "niño",
    "niña",
    "Äpfel",
    "über",
]


def save_tiny_model(directory: Path, seed: int = 1) -> Path:
    """Write an untrained model, whose translations are nonsense but differ by source."""
    directory.mkdir(parents=True)
    config = Config.from_dict(
        {
            "data": {"train": "train.tsv", "dev": "dev.tsv"},
            "tokenizer": {"vocab_size": 140, "byte_fallback": False},
            "model": {"hidden_size": 16, "embedding_size": 16, "decoder_layers": 1, "dropout": 0.0},
            "decoding": {
                "beam": 4,
                "max_length_ratio": 0.5,
                "max_length_extra": 3,
                "max_source_length": 40,
            },
        }
    )
    lines = [f"{first} de {second} {seed}" for first in WORDS for second in WORDS]
    tokenizers = TokenizerPair.train(
        lines, lines, TokenizerConfig(vocab_size=140, byte_fallback=False, joint=False)
    )
    tokenizers.save(directory)
    torch.manual_seed(seed)
    model = build_model(config.model, tokenizers.source.vocab_size, tokenizers.target.vocab_size)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(4)  # with fresh weights the output hardly depends on the source
    save_weights(model, directory / WEIGHTS)
    atomic_write_text(config.to_yaml(), directory / CONFIG)
    return directory


def sentences(count: int, seed: int = 5) -> list[str]:
    """Return texts of 0 to 30 words, blank ones among them."""
    rng = random.Random(seed)
    return [
        " ".join(rng.choices(WORDS, k=rng.choice([0, 1, 2, 3, 5, 8, 30]))) for _ in range(count)
    ]
