"""Files that appear whole or not at all.

A file is written under another name, brought to the disk, then renamed.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from seq2seq.runtime.storage import writing


def temporary_path(path: Path) -> Path:
    """Return the name under which the next content of a file is prepared, beside it."""
    return path.with_name(f".{path.name}.tmp")


def atomic_write(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` make a file beside `path`, then put it in place of `path` at once.

    What was written before survives a loss of power, and what is written now does so on return.

    Raises:
        StorageError: The file cannot be written. What was there before is still there.
    """
    temporary = temporary_path(path)
    with writing(path):
        try:
            write(temporary)
            sync(temporary)
            temporary.replace(path)
            sync(path.parent)
        finally:
            with contextlib.suppress(OSError):  # the next training sweeps what is left
                temporary.unlink(missing_ok=True)


def atomic_write_text(text: str, path: Path) -> None:
    """Write a text file; half a surrogate pair, which has no UTF-8 form, becomes "?"."""
    content = text.encode("utf-8", errors="replace")
    atomic_write(path, lambda temporary: temporary.write_bytes(content))


def sync(path: Path) -> None:
    """Bring the content of a file, or the entries of a directory, to the disk."""
    if os.name == "nt" and path.is_dir():
        return  # directories cannot be opened there
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
