"""Files that appear whole or not at all.

A file is written under another name, brought to the disk, then renamed.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def temporary_path(path: Path) -> Path:
    """Return the name under which the next content of a file is prepared, beside it."""
    return path.with_name(f".{path.name}.tmp")


def atomic_write(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` make a file beside `path`, then put it in place of `path` at once.

    What was written before survives a loss of power, and what is written now does so on return.
    """
    temporary = temporary_path(path)
    try:
        temporary.touch()
        # As the user's umask has it: the safetensors writer would let only the owner read the file.
        mode = temporary.stat().st_mode
        write(temporary)
        temporary.chmod(mode)
        sync(temporary)
        temporary.replace(path)
        sync(path.parent)
    finally:
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
