"""A report on the disk: several files of one directory, each of which appears whole or not at
all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from seq2seq.errors import DataError
from seq2seq.runtime.atomic_file import atomic_write_text


def write_files(texts: Mapping[str, str], directory: Path | str) -> list[Path]:
    """Write texts by their file names, in this order; return the paths, the last one first.

    Raises:
        DataError: the directory cannot be made or written to.
    """
    folder = Path(directory)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            atomic_write_text(text, folder / name)
    except OSError as error:
        raise DataError(
            f"cannot write the report to {folder}: {error.strerror or error}"
        ) from error
    return [folder / name for name in reversed(list(texts))]
