"""A tiny language model: its text, its configuration, and a training of it."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

from seq2seq.config.config import Config
from seq2seq.training.run import train

WORDS = ("red", "blue", "cat", "dog", "one", "two")
LINES = [f"the {' '.join(words)}" for words in itertools.permutations(WORDS, 2)]


def write_lines(directory: Path) -> None:
    """Write lines of three words, and a dev set."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "train.txt").write_text("\n".join(LINES) + "\n", encoding="utf-8")
    (directory / "dev.txt").write_text("\n".join(LINES[::5]) + "\n", encoding="utf-8")


def language_model_config(directory: Path, *overrides: str) -> Config:
    content: dict[str, Any] = {
        "task": "language-model",
        "data": {"train": str(directory / "train.txt"), "dev": str(directory / "dev.txt")},
        "tokenizer": {"type": "word", "vocab_size": 50},
        "model": {"embedding_size": 8, "hidden_size": 16, "dropout": 0.1},
        "training": {
            "precision": "fp32",
            "max_steps": 12,
            "batch_tokens": 40,
            "truncate_after": 5,
            "learning_rate": 0.01,
            "warmup_steps": 2,
            "log_every": 2,
            "validate_every": 5,
            "checkpoint_every": 4,
        },
        "decoding": {"beam": 4, "max_length": 12},
    }
    return Config.from_dict(content, overrides)


def train_language_model(directory: Path, name: str, *overrides: str, resume: bool = False) -> Path:
    """Train in the directory `name` and return it."""
    config = language_model_config(directory, *overrides)
    train(config, output=directory / name, resume=resume, cpu=True)
    return directory / name
