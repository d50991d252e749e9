"""Models of the recipes that differ most, trained for a few steps on the sample text."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "recipes" / "sample_es_en"

RECIPES: dict[str, list[str]] = {
    "sample_es_en": [],
    "tatoeba_es_en_fast": [],
    "distilled": [],
    "ablation": ["model.decoder_order=input-feeding"],
    "compare_cells": ["model.cell=lstm"],
    "multi30k_many_to_many": ["data.directions=[es-en, en-es]"],
}
"""Recipes, each with a change that it makes itself: GRU with two decoder layers; Luong's attention;
layer normalization with a lexical model, character n-grams and truecasing; input feeding without
tied weights; LSTM; several target languages."""

SETTINGS = [
    "data.train_pairs=null",
    "data.source=null",
    "data.target=null",
    "data.source_language=''",
    "data.target_language=''",
    "tokenizer.vocab_size=2000",
    "tokenizer.target_vocab_size=null",
    "training.max_minutes=null",
    "training.warmup_steps=20",
    "training.precision=fp32",
]
"""Settings that make a recipe fit the sample text and a few steps."""


def train_recipe(name: str, directory: Path, *, steps: int) -> Path:
    """Train a model of a recipe in a process of its own.

    Args:
        name: A key of RECIPES.
        directory: Where to write the text and the run; a finished run is not trained again.
        steps: Number of training steps.

    Returns:
        The run directory.

    Raises:
        subprocess.CalledProcessError: The training has failed.
    """
    run = directory / f"{name}-{steps}"
    if (run / "model.safetensors").exists():
        return run
    steps_settings = [f"training.{key}={steps}" for key in ("max_steps", "validate_every")]
    steps_settings += [f"training.checkpoint_every={steps}"]
    places = [f"data.{part}={_text(name, directory, part)}" for part in ("train", "dev")]
    settings = [*RECIPES[name], *places, *SETTINGS, *steps_settings]
    words = ["train", str(ROOT / "recipes" / name / "config.yaml"), "--output", str(run)]
    command = [sys.executable, "-m", "seq2seq", *words, *settings]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    return run


def _text(name: str, directory: Path, part: str) -> str:
    """Return the file of the training or dev pairs, or its name with {lang}, for a recipe."""
    table = SAMPLE / f"{part}.tsv"
    if name != "multi30k_many_to_many":
        return str(table)
    directory.mkdir(parents=True, exist_ok=True)
    rows = [line.split("\t") for line in table.read_text(encoding="utf-8").splitlines()]
    for column, language in enumerate(("es", "en")):
        text = "".join(f"{row[column]}\n" for row in rows)
        (directory / f"{part}.{language}").write_text(text, encoding="utf-8")
    return str(directory / f"{part}.{{lang}}")
