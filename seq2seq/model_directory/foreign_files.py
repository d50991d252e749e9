"""Checks of the files of a model directory before they are read: it may come from a stranger."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from seq2seq.errors import CheckpointError, ConfigError
from seq2seq.model_directory.names import TOKENIZER, WEIGHTS
from seq2seq.runtime.saved_file import MAX_BYTES

UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
"""Bytes per unit of a size such as 4G."""

WIDENED = 4
"""Bytes in memory per byte of int8 weights, in the worst case: PyTorch computes in float32."""


def check_files(directory: Path) -> None:
    """Check that a model directory holds only files and directories, and none that is too large.

    A link is followed: it may lead to a file, but not to a device.

    Args:
        directory: The model directory.

    Raises:
        CheckpointError: A file is special or too large, or the directory cannot be read.
    """
    for folder in (directory, directory / TOKENIZER):
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    _check_file(Path(entry.path), entry.stat())
        except FileNotFoundError:
            continue  # what is missing is said where it is needed
        except OSError as error:
            raise CheckpointError(f"{folder}: cannot be read: {error.strerror}") from None


def _check_file(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
        raise CheckpointError(f"{path}: is a device or a pipe, where a file is needed")
    if path.name != WEIGHTS and stat.S_ISREG(found.st_mode) and found.st_size > MAX_BYTES:
        raise CheckpointError(
            f"{path}: has {found.st_size:,} bytes; at most {MAX_BYTES:,} are read"
        )


def check_memory(weights: Path, *, quantized: bool, limit: str) -> None:
    """Check that weights fit in memory before they are read.

    Args:
        weights: File of the weights.
        quantized: True if matrices are int8.
        limit: Maximum size in memory, such as "4G"; by default the memory of the machine.

    Raises:
        CheckpointError: They need more memory.
        ConfigError: The limit is not a size.
    """
    most = parse_size(limit) if limit else memory_of_machine()
    needed = weights.stat().st_size * (WIDENED if quantized else 1)
    if needed > most:
        raise CheckpointError(
            f"{weights}: needs up to {needed / 2**30:.1f} GiB of memory; the limit is "
            f"{most / 2**30:.1f} GiB (--memory-limit)"
        )


def parse_size(text: str) -> int:
    """Return the number of bytes that a text such as "500M", "4G" or "4GiB" stands for.

    Raises:
        ConfigError: The text is not a size.
    """
    found = re.fullmatch(
        r"(\d{1,15}(?:\.\d{1,6})?) ?([KMGT]?)(?:i?B)?", text.strip(), re.IGNORECASE
    )
    if found is None:
        raise ConfigError(f"{text!r} is not a size; write it as 500M or 4G")
    return int(float(found[1]) * UNITS[found[2].upper()])


def memory_of_machine() -> int:
    """Return the bytes of memory that the machine has."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):  # not a POSIX system
        return 2**40
