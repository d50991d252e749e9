"""A tiny classifier: its texts, its configuration, and a training of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from seq2seq.config.config import Config
from seq2seq.training.run import train

GOOD = ("fine", "warm", "bright")
BAD = ("dull", "cold", "grey")
PAIRS = [
    (f"a {first} and {second} film", label)
    for words, label in ((GOOD, "very good"), (BAD, "bad"))
    for first in words
    for second in words
]


def write_pairs(directory: Path) -> None:
    """Write texts with their labels, and a dev set."""
    directory.mkdir(parents=True, exist_ok=True)
    lines = [f"{text}\t{label}\n" for text, label in PAIRS]
    (directory / "train.tsv").write_text("".join(lines), encoding="utf-8")
    (directory / "dev.tsv").write_text("".join(lines[::4]), encoding="utf-8")


def classifier_config(directory: Path, *overrides: str) -> Config:
    content: dict[str, Any] = {
        "task": "classification",
        "data": {"train": str(directory / "train.tsv"), "dev": str(directory / "dev.tsv")},
        "tokenizer": {"type": "word", "vocab_size": 50},
        "model": {"embedding_size": 8, "hidden_size": 16, "dropout": 0.1},
        "training": {
            "precision": "fp32",
            "max_steps": 12,
            "batch_tokens": 60,
            "learning_rate": 0.01,
            "warmup_steps": 2,
            "log_every": 2,
            "validate_every": 5,
            "checkpoint_every": 4,
        },
    }
    return Config.from_dict(content, overrides)


def train_classifier(directory: Path, name: str, *overrides: str, resume: bool = False) -> Path:
    """Train in the directory `name` and return it."""
    config = classifier_config(directory, *overrides)
    train(config, output=directory / name, resume=resume, cpu=True)
    return directory / name
