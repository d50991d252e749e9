"""Language models of the target tokens of a tiny translation model."""

from __future__ import annotations

from pathlib import Path

import torch

from seq2seq.config.config import Config
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.model_directory.names import CONFIG, WEIGHTS
from seq2seq.model_directory.store import save_weights
from seq2seq.models.language_model import build_language_model
from seq2seq.runtime.atomic_file import atomic_write_text
from seq2seq.training.run import train
from tests.support.tiny_language_model import train_language_model
from tests.support.tiny_run import WORDS, tiny_config, write_text

QUICK = ["training.max_steps=3", "training.validate_every=3", "training.log_every=3"]


def save_language_model(directory: Path, like: Path, seed: int = 1, **network: object) -> Path:
    """Write an untrained language model with the tokenizers of another model."""
    directory.mkdir(parents=True)
    tokenizers = TokenizerPair.load(like)
    settings = {"hidden_size": 12, "embedding_size": 8, "decoder_layers": 2, "dropout": 0.0}
    config = Config.from_dict(
        {
            "task": "language-model",
            "data": {"train": "train.txt", "dev": "dev.txt"},
            "model": settings | network,
        }
    )
    torch.manual_seed(seed)
    model = build_language_model(config.model, tokenizers.target_size)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(3)  # with fresh weights all tokens are almost equally likely
    tokenizers.save(directory)
    save_weights(model, directory / WEIGHTS)
    atomic_write_text(config.to_yaml(), directory / CONFIG)
    return directory


def train_translation(directory: Path, name: str, *overrides: str) -> Path:
    """Train a translation model in the directory `name` and return it."""
    write_text(directory)
    config = tiny_config(directory, *QUICK, *overrides)
    train(config, output=directory / name, cpu=True)
    return directory / name


def train_target_model(directory: Path, name: str, translation: Path, *overrides: str) -> Path:
    """Train a language model with the tokenizers of a translation model."""
    words = sorted(WORDS.values())
    lines = [f"{first} {second}" for first in words[:4] for second in words[2:]]
    for part in ("train", "dev"):
        (directory / f"{part}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    options = [*QUICK, f"training.tokenizers_from={translation}", *overrides]
    return train_language_model(directory, name, *options)
