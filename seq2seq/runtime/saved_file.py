"""Files that were saved and are read back: whatever is wrong with one becomes a CheckpointError
that names it.

It knows bytes, JSON objects and the safetensors format, not what they mean.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import safetensors

from seq2seq.errors import CheckpointError

T = TypeVar("T")


def read_bytes(path: Path) -> bytes:
    """Return the file's content; raise CheckpointError if it is missing, unreadable or empty."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise CheckpointError(f"{path}: missing file") from None
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read: {error.strerror}") from error
    if not content:
        raise CheckpointError(f"{path}: empty file")
    return content


def read_json(path: Path) -> dict[str, object]:
    """Return the JSON object in the file; raise CheckpointError if there is none."""
    try:
        value = json.loads(read_bytes(path).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{path}: truncated or not JSON: {error}") from error
    if not isinstance(value, dict):
        raise CheckpointError(f"{path}: expected a JSON object, found {type(value).__name__}")
    return value


def write_json(path: Path, value: Mapping[str, object]) -> None:
    """Write an object one item a line, so that people and version control can read it."""
    path.write_text(
        json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n"
    )


@contextlib.contextmanager
def reading_tensors(path: Path, advice: str = "") -> Iterator[None]:
    """Turn what goes wrong in reading a safetensors file into a CheckpointError.

    Args:
        path: the file that is read.
        advice: what to do if it is missing.
    """
    try:
        yield
    except FileNotFoundError:
        more = f"; {advice}" if advice else ""
        raise CheckpointError(f"{path}: missing file{more}") from None
    except (safetensors.SafetensorError, OSError) as error:
        raise CheckpointError(f"{path}: truncated or not a safetensors file ({error})") from None


def field(value: Mapping[str, object], key: str, kind: type[T], path: Path) -> T:
    """Return value[key]; raise CheckpointError naming the file if it is absent or of another
    type."""
    found = value.get(key)
    if not isinstance(found, kind):
        raise CheckpointError(f"{path}: {key!r} is missing or is not of type {kind.__name__}")
    return found
