"""Names of the files in a model directory, and of what a run directory holds besides.

A run directory is a model directory, too:

    config.yaml                     all settings
    model.safetensors               weights; of a run, the best ones
    README.md                       the model card
    tokenizer/                      written by TokenizerPair.save
    shortlist.safetensors           written by `seq2seq shortlist`
    confidence.json                 how sure the model is of a translation (see
                                    seq2seq/translation/confidence.py)
    manifest.json                   sizes and SHA-256 of these files (see `manifest`)
    metrics.jsonl                   figures of a training, one JSON object per line
    environment.jsonl               versions that a training ran with, one JSON object per start
    best/step-00000500.safetensors  the weights with the best scores
    checkpoints/step-00001000/      what a resumed run goes on from:
        model.safetensors           weights, each token's vector composed
        parts.safetensors           weights as trained, if token vectors are composed of parts
        optimizer.safetensors       the optimizer's tensors
        average.safetensors         the moving average of the weights, if there is one
        carried.safetensors         the state that a language model carries over to its next batch
        state.json                  everything but tensors
        manifest.json               sizes and SHA-256 of these files; best/ has one, too

While a command writes to it, .seq2seq.lock names the process (see
seq2seq/runtime/directory_lock.py). Files with other names belong to the user: no command replaces
or removes them.
"""

from __future__ import annotations

import re
from pathlib import Path

from seq2seq.runtime.atomic_file import temporary_path

CONFIG = "config.yaml"
WEIGHTS = "model.safetensors"
CARD = "README.md"
TOKENIZER = "tokenizer"
SHORTLIST = "shortlist.safetensors"
CONFIDENCE = "confidence.json"
MANIFEST = "manifest.json"
UNFINISHED = ".seq2seq.unfinished"

METRICS = "metrics.jsonl"
ENVIRONMENT = "environment.jsonl"
CHECKPOINTS = "checkpoints"
BEST = "best"

OPTIMIZER = "optimizer.safetensors"
STATE = "state.json"
AVERAGE = "average.safetensors"
CARRIED = "carried.safetensors"
PARTS = "parts.safetensors"

_OF_MODEL = (CONFIG, WEIGHTS, CARD, SHORTLIST, CONFIDENCE)
_OF_CHECKPOINT = (WEIGHTS, PARTS, OPTIMIZER, AVERAGE, CARRIED, STATE)
_OF_TOKENIZER = re.compile(r"tokenizer\.json|(joint|source|target)\.\w+")

_STEP = re.compile(r"step-(\d{8,})")
_BEST = re.compile(r"step-(\d{8,})\.safetensors")
_UNFINISHED_STEP = re.compile(r"\.step-(\d{8,})\.tmp")
_UNFINISHED_BEST = re.compile(r"\.step-(\d{8,})\.safetensors\.tmp")
_UNFINISHED_TOKENIZER = re.compile(r"\.(tokenizer\.json|(joint|source|target)\.\w+)\.tmp")
_OF_SAFETENSORS = re.compile(r"\.tmp[A-Za-z0-9]{6}")
"""Name under which the library safetensors writes; this program no longer lets it write files."""

CHECKPOINT_FILES = {*_OF_CHECKPOINT, MANIFEST}
"""All files of a checkpoint."""


def checkpoint_path(run: Path, step: int) -> Path:
    """Return the directory of the checkpoint of a step."""
    return run / CHECKPOINTS / f"step-{step:08d}"


def best_path(run: Path, step: int) -> Path:
    """Return the file of the weights of a step that are among the best."""
    return run / BEST / f"step-{step:08d}.safetensors"


def checkpoint_paths(run: Path) -> list[Path]:
    """Return the checkpoints of a run, oldest first, without copies under other names."""
    return [path for path in _by_step(run / CHECKPOINTS, _STEP) if path.is_dir()]


def best_paths(run: Path) -> list[Path]:
    """Return the best weights of a run, in the order of steps, without copies under other names."""
    return _by_step(run / BEST, _BEST)


def own_files(directory: Path) -> list[str]:
    """Return the files that a manifest lists, of those that are in a directory.

    Args:
        directory: Model directory, checkpoint or folder of best weights.

    Returns:
        Their paths in the directory, such as "tokenizer/tokenizer.json", in alphabetical order.
    """
    is_model = (directory / CONFIG).exists()
    if directory.name == BEST and not is_model:
        return [path.name for path in _by_step(directory, _BEST)]
    if (directory / STATE).exists() and not is_model:
        return sorted(name for name in _OF_CHECKPOINT if (directory / name).exists())
    folder = directory / TOKENIZER
    parts = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    ours = [f"{TOKENIZER}/{name}" for name in parts if _OF_TOKENIZER.fullmatch(name)]
    return sorted([*(name for name in _OF_MODEL if (directory / name).exists()), *ours])


def unfinished_paths(run: Path) -> list[Path]:
    """Return the temporary files and folders that a killed command has left."""
    names = (CONFIG, WEIGHTS, CARD, SHORTLIST, CONFIDENCE, MANIFEST)
    top = [temporary_path(run / name) for name in names]
    top.append(temporary_path(run / BEST / MANIFEST))
    checkpoints = checkpoint_paths(run)
    states = [temporary_path(path / name) for path in checkpoints for name in (STATE, MANIFEST)]
    return [
        *(path for path in (*top, *states) if path.is_file()),
        *_by_step(run / BEST, _UNFINISHED_BEST),
        *_by_step(run / CHECKPOINTS, _UNFINISHED_STEP),
        *_matching(run / TOKENIZER, _UNFINISHED_TOKENIZER),
        *(
            path
            for folder in (run, run / BEST, run / TOKENIZER, *checkpoints)
            for path in _matching(folder, _OF_SAFETENSORS)
            if path.is_file()
        ),
    ]


def _matching(folder: Path, name: re.Pattern[str]) -> list[Path]:
    """Return the entries of a folder, if there is one, whose whole name matches."""
    entries = folder.iterdir() if folder.is_dir() else ()
    return [path for path in entries if name.fullmatch(path.name)]


def _by_step(folder: Path, name: re.Pattern[str]) -> list[Path]:
    """Return the entries of a folder, if there is one, whose whole name matches."""
    entries = folder.iterdir() if folder.is_dir() else ()
    found = [(int(match[1]), path) for path in entries if (match := name.fullmatch(path.name))]
    return [path for _, path in sorted(found)]
