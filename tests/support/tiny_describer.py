"""A tiny describer: its vectors, its configuration, and a training of it."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from seq2seq.config.config import Config
from seq2seq.training.run import train

COLOURS = {"red": [1.0, 0.0], "blue": [0.0, 1.0], "grey": [0.0, 0.0]}
SIZES = {"small": -2, "large": 2}
ROWS: list[dict[str, Any]] = [
    {"vector": [*COLOURS[colour], SIZES[size]], "text": f"the {size} {colour} box"}
    for size, colour in itertools.product(SIZES, COLOURS)
] * 3


def write_rows(directory: Path) -> None:
    """Write vectors with their texts, and a dev set, as JSON and as Parquet."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, rows in (("train", ROWS), ("dev", ROWS[:6])):
        lines = "".join(f"{json.dumps(row)}\n" for row in rows)
        (directory / f"{name}.jsonl").write_text(lines, encoding="utf-8")
        pq.write_table(pa.Table.from_pylist(rows), directory / f"{name}.parquet")


def describer_config(directory: Path, *overrides: str, suffix: str = "jsonl") -> Config:
    content: dict[str, Any] = {
        "task": "description",
        "data": {
            "train": str(directory / f"train.{suffix}"),
            "dev": str(directory / f"dev.{suffix}"),
        },
        "tokenizer": {"type": "word", "vocab_size": 50},
        "model": {"embedding_size": 8, "hidden_size": 16, "vector_layers": [12], "dropout": 0.1},
        "training": {
            "precision": "fp32",
            "max_steps": 12,
            "batch_tokens": 40,
            "learning_rate": 0.01,
            "warmup_steps": 2,
            "log_every": 2,
            "validate_every": 5,
            "checkpoint_every": 4,
        },
        "decoding": {"beam": 3, "max_length": 8},
    }
    return Config.from_dict(content, overrides)


def train_describer(
    directory: Path, name: str, *overrides: str, resume: bool = False, suffix: str = "jsonl"
) -> Path:
    """Train in the directory `name` and return it."""
    config = describer_config(directory, *overrides, suffix=suffix)
    train(config, output=directory / name, resume=resume, cpu=True)
    return directory / name
