"""Where texts come from and results go, as commands are told on the command line."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from seq2seq.errors import ConfigError, Seq2SeqError
from seq2seq.runtime.notes import note

STANDARD = "-"
"""Stands for standard input, or for standard output."""


def places(
    texts: Sequence[str] | None, input: Path | None, output: Path | None
) -> tuple[list[str] | None, Path | None, Path | None]:
    """Return the texts and files that arguments mean.

    "-" is standard input or standard output. A text that is the name of a file is taken as a text,
    and a note says how to name the file.

    Args:
        texts: Texts that are given as arguments.
        input: File to read.
        output: File to write.

    Returns:
        Texts, None for none; the file to read, None for standard input; the file to write, None for
        standard output.

    Raises:
        Seq2SeqError: Texts and a file are given, or a name is empty.
    """
    for name, path in (("--input", input), ("--output", output)):
        if path is not None and not path.name and str(path) == ".":
            raise Seq2SeqError(f"{name} names no file")
    given = list(texts or ())
    if given and input is not None:
        raise Seq2SeqError("give sentences as arguments or a file with --input, not both")
    if STANDARD in given:
        if len(given) > 1:
            raise Seq2SeqError('give sentences as arguments or "-" for standard input, not both')
        given = []
    for text in given:
        if _is_file(text):
            note(f"{text}: is taken as a text; for the file of this name add --input {text}")
    return given or None, _named(input), _named(output)


def directory(given: str) -> Path:
    """Return the directory that an option names; the parser of such options.

    Args:
        given: The value of the option.

    Raises:
        ConfigError: It is empty, or "-": several files cannot go to standard output.
    """
    if not given:
        raise ConfigError("an empty name names no directory")
    if given == STANDARD:
        raise ConfigError(
            "- is standard output, and this writes several files; name a directory (./- is one "
            "that is called -)"
        )
    return Path(given)


def _named(path: Path | None) -> Path | None:
    return None if path == Path(STANDARD) else path


def _is_file(text: str) -> bool:
    """Return whether a text is the name of a file; a single word need not mean one."""
    try:
        return ("." in text or os.sep in text) and os.path.isfile(text)
    except (OSError, ValueError):  # too long for a name, or with a NUL
        return False
