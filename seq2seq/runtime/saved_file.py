"""Read files that were saved earlier; whatever is wrong becomes a CheckpointError with the path."""

from __future__ import annotations

import contextlib
import json
import stat
import sys
from array import array
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from seq2seq.errors import CheckpointError

T = TypeVar("T")

MAX_BYTES = 512 * 2**20
"""Maximum number of bytes of a file that is read whole."""

MAX_HEADER = 10_000_000
"""Maximum number of bytes of the header of a safetensors file: some 100,000 tensors."""


class TensorHeader(NamedTuple):
    """Header of a safetensors file.

    Attributes:
        metadata: Text metadata.
        dtypes: Types of the tensors by the names of the format, such as "I8" and "F32".
        shapes: Shapes of the tensors, by name.
    """

    metadata: dict[str, str]
    dtypes: frozenset[str]
    shapes: dict[str, tuple[int, ...]]


def check_regular(path: Path) -> int:
    """Return the number of bytes of a file; refuse what may never end, such as a device or a pipe.

    Raises:
        OSError: There is no such file.
        CheckpointError: It is not a file.
    """
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise CheckpointError(f"{path}: is a directory, where a file is needed")
    if not stat.S_ISREG(status.st_mode):
        raise CheckpointError(f"{path}: is a device or a pipe, where a file is needed")
    return status.st_size


def read_bytes(path: Path) -> bytes:
    """Return the content of a file.

    Raises:
        CheckpointError: If it is missing, unreadable, empty or too large, or not a file.
    """
    try:
        if (size := check_regular(path)) > MAX_BYTES:
            raise CheckpointError(f"{path}: has {size:,} bytes; at most {MAX_BYTES:,} are read")
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


_TYPECODES = {"I64": "q", "I32": "i", "U8": "B"}
"""Types of tensors that `read_arrays` reads, as in the module `array`."""


def read_arrays(path: Path, *, advice: str = "") -> dict[str, array[int]]:
    """Read the one-dimensional tensors of integers of a safetensors file, without NumPy.

    Args:
        path: The file.
        advice: What to do if it is missing.

    Returns:
        The tensors by name; others are left out.

    Raises:
        CheckpointError: The file is missing or damaged.
    """
    damaged = CheckpointError(f"{path}: truncated or not a safetensors file")
    if advice and not path.exists():
        raise CheckpointError(f"{path}: missing file; {advice}")
    content = read_bytes(path)
    data = content[8 + int.from_bytes(content[:8], "little") :]
    found: dict[str, array[int]] = {}
    for name, entry in _tensor_entries(content, damaged).items():
        typecode = _TYPECODES.get(str(entry.get("dtype")))
        if typecode is None:
            continue
        values = array(typecode)
        try:
            [length] = entry["shape"]
            begin, end = entry["data_offsets"]
            values.frombytes(data[begin:end])
        except (KeyError, TypeError, ValueError):
            raise damaged from None
        if len(values) != length or end > len(data) or begin < 0:
            raise damaged
        if sys.byteorder == "big":
            values.byteswap()
        found[name] = values
    return found


def _tensor_entries(content: bytes, damaged: CheckpointError) -> dict[str, dict[str, Any]]:
    """Return the header of a safetensors file by tensor; raise `damaged` if it has none."""
    size = int.from_bytes(content[:8], "little")
    try:
        entries = json.loads(content[8 : 8 + size])
        entries.pop("__metadata__", None)
        if all(isinstance(entry, dict) for entry in entries.values()):
            return dict(entries)
    except (ValueError, TypeError, AttributeError, RecursionError):
        pass
    raise damaged


@contextlib.contextmanager
def reading_tensors(path: Path, advice: str = "") -> Iterator[None]:
    """Turn errors in reading a safetensors file into a CheckpointError.

    Args:
        path: The file that is read.
        advice: What to do if it is missing.

    Raises:
        CheckpointError: If the file is missing or damaged.
    """
    import safetensors

    try:
        check_regular(path)
        yield
    except FileNotFoundError:
        more = f"; {advice}" if advice else ""
        raise CheckpointError(f"{path}: missing file{more}") from None
    except (safetensors.SafetensorError, OSError) as error:
        raise CheckpointError(f"{path}: truncated or not a safetensors file ({error})") from None


def read_tensor_header(path: Path) -> TensorHeader:
    """Read the header of a safetensors file.

    Args:
        path: The file.

    Returns:
        The header. The tensors themselves are not checked.

    Raises:
        CheckpointError: The file is missing, or is no safetensors file.
    """
    damaged = CheckpointError(f"{path}: truncated or not a safetensors file")
    try:
        check_regular(path)
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            header = file.read(min(size, MAX_HEADER))
    except FileNotFoundError:
        raise CheckpointError(f"{path}: missing file") from None
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        entries = json.loads(header)
        metadata = entries.pop("__metadata__", {})
        dtypes = frozenset(str(entry["dtype"]) for entry in entries.values())
        shapes = {name: tuple(map(int, entry["shape"])) for name, entry in entries.items()}
        return TensorHeader({str(key): str(metadata[key]) for key in metadata}, dtypes, shapes)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise damaged from None


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
