"""Train a tiny model: `python tiny_run.py DIRECTORY [SECTION.KEY=VALUE ...]`.

Tests run it in their own process, or as a program if they are about signals, kills or ranks.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from seq2seq.config.config import Config

WORDS = {
    "uno": "one",
    "dos": "two",
    "tres": "three",
    "rojo": "red",
    "azul": "blue",
    "gato": "cat",
    "perro": "dog",
}
STREAMING = ["data.streaming=true", "data.block_pairs=8", "data.sample_pairs=40"]


def write_text(directory: Path) -> None:
    """Write word-by-word translations of two to four words, and a dev set."""
    words = sorted(WORDS)
    pairs = [
        " ".join(words[(n * step + k) % 7] for k in range(length))
        for n in range(7)
        for step in (1, 2, 3)
        for length in (2, 3, 4)
    ]
    lines = [
        f"{source}\t{' '.join(WORDS[word] for word in source.split())}\n"
        for source in dict.fromkeys(pairs)
    ]
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "train.tsv").write_text("".join(lines), encoding="utf-8")
    (directory / "dev.tsv").write_text("".join(lines[::5]), encoding="utf-8")


def tiny_config(directory: Path, *overrides: str) -> Config:
    content: dict[str, Any] = {
        "data": {"train": str(directory / "train.tsv"), "dev": str(directory / "dev.tsv")},
        "tokenizer": {"type": "word", "vocab_size": 50, "joint": False},
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
        "decoding": {"beam": 2, "max_length_ratio": 1.0, "max_length_extra": 2},
    }
    return Config.from_dict(content, overrides)


def last_weights(directory: Path) -> dict[str, torch.Tensor]:
    """Return the weights of a run's newest checkpoint."""
    [checkpoint] = sorted((directory / "checkpoints").glob("step-*"))[-1:]
    return load_file(str(checkpoint / "model.safetensors"))


def metrics(directory: Path) -> list[dict[str, float]]:
    """Return the lines of a run's metrics file, without times and rates."""
    timing = {"seconds", "validation_seconds", "tokens_per_second"}
    lines = [json.loads(line) for line in (directory / "metrics.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if key not in timing} for line in lines]


if __name__ == "__main__":
    from seq2seq.training.run import train

    torch.set_num_threads(1)
    place = Path(sys.argv[1])
    outcome = train(
        tiny_config(place, *sys.argv[3:]), output=place / sys.argv[2], resume=True, cpu=True
    )
    left = [
        name
        for task in Path("/proc/self/task").glob("*/comm")
        if "gloo" in (name := task.read_text())
    ]
    assert not left, (
        f"threads of the process group outlive it, and may abort the program as it ends: {left}"
    )
    sys.exit(0 if outcome.stopped_by is None else 130)
