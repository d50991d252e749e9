"""Read files that were saved earlier; whatever is wrong becomes a CheckpointError with the path."""

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
    """Return the content of a file.

    Raises:
        CheckpointError: If it is missing, unreadable or empty.
    """
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
    """Return the JSON object in a file.

    Raises:
        CheckpointError: If there is none.
    """
    try:
        value = json.loads(read_bytes(path).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{path}: truncated or not JSON: {error}") from error
    if not isinstance(value, dict):
        raise CheckpointError(f"{path}: expected a JSON object, found {type(value).__name__}")
    return value


def write_json(path: Path, value: Mapping[str, object]) -> None:
    """Write a JSON object, one item per line for people and version control."""
    path.write_text(
        json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n"
    )


@contextlib.contextmanager
def reading_tensors(path: Path, advice: str = "") -> Iterator[None]:
    """Turn errors in reading a safetensors file into a CheckpointError.

    Args:
        path: The file that is read.
        advice: What to do if it is missing.

    Raises:
        CheckpointError: If the file is missing or damaged.
    """
    try:
        yield
    except FileNotFoundError:
        more = f"; {advice}" if advice else ""
        raise CheckpointError(f"{path}: missing file{more}") from None
    except (safetensors.SafetensorError, OSError) as error:
        raise CheckpointError(f"{path}: truncated or not a safetensors file ({error})") from None


def field(value: Mapping[str, object], key: str, kind: type[T], path: Path) -> T:
    """Return value[key].

    Args:
        value: A JSON object.
        key: The key to look up.
        kind: The type that the item must have.
        path: The file that the object is from.

    Raises:
        CheckpointError: If the key is missing, or its item is of another type.
    """
    found = value.get(key)
    if not isinstance(found, kind):
        raise CheckpointError(f"{path}: {key!r} is missing or is not of type {kind.__name__}")
    return found
