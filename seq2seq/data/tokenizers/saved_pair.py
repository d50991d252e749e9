"""Tokenizers of a model as files: tokenizer.json, and a file of each tokenizer."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path
from typing import NamedTuple

from seq2seq.data.tokenizers.base import Tokenizer
from seq2seq.data.tokenizers.known_tokenizers import TOKENIZERS
from seq2seq.data.tokenizers.saved_steps import steps_of
from seq2seq.errors import CheckpointError
from seq2seq.runtime.atomic_file import atomic_write
from seq2seq.runtime.saved_file import field, read_bytes, read_json, write_json
from seq2seq.runtime.storage import writing
from seq2seq.text_steps.steps import NO_STEPS, TextSteps

_FORMAT = 1
"""Version of tokenizer.json."""


class SavedPair(NamedTuple):
    """Content of the files.

    Attributes:
        source: Tokenizer for source texts.
        target: Tokenizer for target texts; the same object if the vocabulary is joint.
        languages: Target languages, if there are several.
        steps: Steps before and after the tokenizers.
    """

    source: Tokenizer
    target: Tokenizer
    languages: tuple[str, ...]
    steps: TextSteps


def save_pair(pair: SavedPair, directory: Path) -> None:
    """Write both tokenizers to `directory`/tokenizer.

    Args:
        pair: The tokenizers, with their languages and steps.
        directory: Model directory.

    Raises:
        StorageError: If a file cannot be written.
    """
    folder = directory / "tokenizer"
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    joint = pair.source is pair.target
    parts = {"joint": pair.source} if joint else {"source": pair.source, "target": pair.target}
    entries: dict[str, object] = {}
    for role, tokenizer in parts.items():
        path = folder / f"{role}.{tokenizer.suffix}"
        atomic_write(path, tokenizer.save)
        entries[role] = {"type": _name(tokenizer), "sha256": _checksum(path)}
    index = {"format": _FORMAT, "joint": joint, "tokenizers": entries}
    if pair.languages:
        index["languages"] = list(pair.languages)
    if pair.steps != NO_STEPS:
        index["steps"] = dataclasses.asdict(pair.steps)
    atomic_write(folder / "tokenizer.json", lambda path: write_json(path, index))


def load_pair(directory: Path) -> SavedPair:
    """Read both tokenizers from `directory`/tokenizer.

    Args:
        directory: Model directory.

    Returns:
        Tokenizers that give the same ids as the saved ones.

    Raises:
        CheckpointError: If a file is missing, damaged or from another model; the message names it.
    """
    index = directory / "tokenizer" / "tokenizer.json"
    saved = read_json(index)
    if saved.get("format") != _FORMAT:
        raise CheckpointError(
            f"{index}: format {saved.get('format')!r}, but this version reads {_FORMAT}"
        )
    entries = field(saved, "tokenizers", dict, index)
    languages = (
        tuple(map(str, field(saved, "languages", list, index))) if "languages" in saved else ()
    )
    steps = steps_of(saved, index)
    if field(saved, "joint", bool, index):
        both = _load_part(index, "joint", field(entries, "joint", dict, index))
        return SavedPair(both, both, languages, steps)
    source, target = (
        _load_part(index, role, field(entries, role, dict, index)) for role in ("source", "target")
    )
    return SavedPair(source, target, languages, steps)


def _load_part(index: Path, role: str, entry: dict[str, object]) -> Tokenizer:
    name = field(entry, "type", str, index)
    if name not in TOKENIZERS:
        raise CheckpointError(
            f"{index}: unknown tokenizer {name!r}; there are: {', '.join(TOKENIZERS)}"
        )
    path = index.with_name(f"{role}.{TOKENIZERS[name].suffix}")
    # With a file from another model of the same vocabulary size, translations would be nonsense.
    if _checksum(path) != field(entry, "sha256", str, index):
        raise CheckpointError(
            f"{path}: truncated, changed, or from another model: it does not match {index.name}"
        )
    return TOKENIZERS[name].load(path)


def _checksum(path: Path) -> str:
    return hashlib.sha256(read_bytes(path)).hexdigest()


def _name(tokenizer: Tokenizer) -> str:
    return next(name for name, kind in TOKENIZERS.items() if kind is type(tokenizer))
