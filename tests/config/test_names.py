"""Names in a configuration are checked without torch, and agree with the registries."""

from __future__ import annotations

import subprocess
import sys

import pytest

import seq2seq.data.augmentation.augment
import seq2seq.data.tokenizers.pair
import seq2seq.data.tokenizers.torchtext.tokenizer
import seq2seq.decoding.strategies
import seq2seq.models.model
import seq2seq.training.optimizers
import seq2seq.training.schedule
import seq2seq.training.tasks
import seq2seq.training.teacher_forcing  # noqa: F401 - the registries are filled on import
from seq2seq.config.names import BUILT_IN
from seq2seq.registry import registry_of

SETTINGS = {
    "task": "task",
    "tokenizer.type": "tokenizer",
    "tokenizer.torchtext": "torchtext tokenizer",
    "model.cell": "cell",
    "model.attention": "attention",
    "model.decoder_order": "decoder order",
    "training.optimizer": "optimizer",
    "training.schedule": "schedule",
    "training.teacher_forcing": "teacher-forcing schedule",
    "decoding.strategy": "search strategy",
}


@pytest.mark.parametrize("kind", BUILT_IN)
def test_the_listed_names_are_those_of_the_registry(kind: str) -> None:
    inside = [name for name, entry in registry_of(kind).items() if is_ours(entry)]
    assert sorted(inside) == sorted(BUILT_IN[kind])


def is_ours(entry: object) -> bool:
    return getattr(entry, "__module__", "seq2seq").startswith("seq2seq")


def test_every_name_is_checked_whatever_was_imported_before() -> None:
    overrides = [f"{key}=nope" for key in SETTINGS] + ["data.augment.nope=0.5"]
    program = f"""
import sys
from seq2seq import Config, ConfigError
try:
    Config.from_dict({{"data": {{"train": "a", "dev": "b"}}}}, {overrides})
except ConfigError as error:
    print(error)
print("torch" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    title, *lines, torch = done.stdout.splitlines()
    assert title == f"configuration: {len(SETTINGS) + 1} problems"
    found = [line.strip().split("; ")[0] for line in lines]
    expected = [f"{key}: unknown {kind} 'nope'" for key, kind in SETTINGS.items()]
    assert sorted(found) == sorted([*expected, "data.augment: unknown augmentation 'nope'"])
    assert torch == "False"
