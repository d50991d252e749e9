"""Choice of the shipped model that translates, if the command line names none.

Languages that are named decide; otherwise the language of the text does. Nothing here imports
torch, so an unknown language is reported at once.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from seq2seq.cli.input_lines import InputLines
from seq2seq.model_directory.shipped_models import default_model, shipped_models
from seq2seq.runtime.launch import world_size
from seq2seq.runtime.notes import note
from seq2seq.text_steps.languages import identify_among

LINES = 32
"""Number of lines that decide which language a text is in."""

MAX_CHARACTERS = 4000
"""Number of characters of a line whose letters are counted."""


def model_for_languages(*, from_: str, to: str) -> Path:
    """Return the shipped model for the languages that are named, and name it on a terminal.

    Args:
        from_: Code or name of the source language; "" if none is named.
        to: Code or name of the target language; "" if none is named.

    Raises:
        Seq2SeqError: There is no such model.
    """
    found = default_model(to, from_=from_)
    announce(found, "the model that comes with seq2seq; --model chooses another")
    return found


def model_for_text(lines: InputLines, *, scoring: bool = False) -> Path:
    """Return the shipped model for the language that lines begin in, and name it on a terminal.

    The default model is taken if no language is certain; also for pairs that a person types, and
    for standard input of several processes, which only one of them can read.

    Args:
        lines: Lines to translate, of which only the beginning is read, and none is lost.
        scoring: If true, each line also holds a translation, after a tab.

    Raises:
        Seq2SeqError: There is no model, or the input cannot be read.
    """
    shared = lines.from_standard_input and world_size(os.environ) > 1
    texts = [] if lines.typed or shared else lines.beginning()[:LINES]
    language = source_language([text.partition("\t")[0] for text in texts] if scoring else texts)
    found = default_model(from_=language)
    reason = "chosen by the language of the text" if language else "the default model"
    announce(found, f"{reason}; --from, --to or --model chooses another")
    return found


def source_language(texts: Iterable[str]) -> str:
    """Return the language that most letters of texts are in.

    Args:
        texts: Lines of text. Each counts with its number of letters.

    Returns:
        Source language of a shipped model; "" if no line is clearly in one of them.
    """
    languages = {model.source for model in shipped_models()}
    letters: Counter[str] = Counter()
    for text in texts:
        language = identify_among(text, languages=languages).language
        if language in languages:
            letters[language] += sum(map(str.isalpha, text[:MAX_CHARACTERS]))
    return max(letters, key=letters.__getitem__, default="")


def announce(model: Path, remark: str) -> None:
    """Name the chosen model on standard error, if that is a terminal."""
    if sys.stderr is not None and sys.stderr.isatty():
        note(f"{model.name}, {remark}")
