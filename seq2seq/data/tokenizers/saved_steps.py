"""Text steps of a model as tokenizer.json records them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from seq2seq.errors import CheckpointError
from seq2seq.runtime.saved_file import field, read_json
from seq2seq.text_steps.steps import NO_STEPS, TextSteps


def load_steps(directory: Path) -> TextSteps:
    """Return the text steps of a model directory without loading its tokenizers.

    Raises:
        CheckpointError: If tokenizer.json is missing or damaged.
    """
    index = directory / "tokenizer" / "tokenizer.json"
    return steps_of(read_json(index), index)


def steps_of(saved: dict[str, object], index: Path) -> TextSteps:
    """Return the text steps that tokenizer.json records; none if a version without steps wrote it.

    Args:
        saved: Content of tokenizer.json.
        index: Path of the file, for messages.

    Raises:
        CheckpointError: If a step is unknown or is not true or false.
    """
    if "steps" not in saved:
        return NO_STEPS
    entries = field(saved, "steps", dict, index)
    names = [one.name for one in dataclasses.fields(TextSteps)]
    unknown = sorted(set(entries) - set(names))
    if unknown:
        raise CheckpointError(
            f"{index}: unknown text step {unknown[0]!r}; a later version of seq2seq may know it"
        )
    return TextSteps(**{name: field(entries, name, bool, index) for name in entries})
