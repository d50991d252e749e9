"""Output of a command: a file, or standard output.

A file gets its name when it is complete; until then it is FILE.part. A file that is also the input
is refused before anything is written.
"""

from __future__ import annotations

import contextlib
import errno
import gzip
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TextIO

from seq2seq.errors import DataError, StorageError
from seq2seq.runtime.atomic_file import sync
from seq2seq.runtime.storage import describe, writing
from seq2seq.runtime.terminal import terminal_safe


def descriptor(stream: TextIO | None) -> int | None:
    """Return the file descriptor of a standard stream; None if it is closed or has none."""
    try:
        return None if stream is None else stream.fileno()
    except (OSError, ValueError):
        return None


@contextlib.contextmanager
def output_stream(
    output: Path | None, source: Path | int | None, *, kept: int = 0
) -> Iterator[BinaryIO]:
    """Open `output` for writing, or standard output if it is None.

    A regular file is written as FILE.part, which stays after an error and is renamed at the end. A
    pipe or a device is written directly.

    Args:
        output: File to write; the suffix .gz means gzip. None is standard output.
        source: Path or file descriptor that the input is read from, None if there is none.
        kept: Number of bytes of FILE.part to go on after.

    Yields:
        The stream to write to.

    Raises:
        DataError: Input and output are the same file, under any name (a redirection, a symbolic or
            a hard link), or standard output is closed.
        StorageError: The output cannot be written.
    """
    if output is None:
        with _standard_output(source) as stream:
            yield stream
        return
    if is_same_file(output, source) or is_same_file(part_path(output), source):
        raise DataError(f"{output}: is also the input; name another file to write")
    if not is_regular(output):
        with writing(output), _packed(output.open("wb"), output) as file:
            yield terminal_safe(file)
        return
    with _part_file(output, kept) as file:
        yield file


def is_regular(output: Path) -> bool:
    """Return whether a path is that of a regular file, or of a file that does not exist yet."""
    return output.is_file() or not output.exists()


def part_path(output: Path) -> Path:
    """Return the file that holds an output until it is complete, beside the file that it becomes.

    If `output` is a symbolic link, that is the file that the link names.
    """
    target = Path(os.path.realpath(output))
    return target.with_name(f"{target.name}.part")


def is_same_file(first: Path | int | None, second: Path | int | None) -> bool:
    """Return whether both are the same regular file; a terminal may be both input and output."""
    if first is None or second is None:
        return False
    try:
        status = os.stat(first)
        return stat.S_ISREG(status.st_mode) and os.path.samestat(status, os.stat(second))
    except (OSError, ValueError):
        return False


@contextlib.contextmanager
def _standard_output(source: Path | int | None) -> Iterator[BinaryIO]:
    """Yield standard output."""
    if sys.stdout is None:
        raise DataError("standard output is closed; name a file with --output")
    if is_same_file(descriptor(sys.stdout), source):
        raise DataError("standard output: is also the input; name another file to write")
    try:
        yield terminal_safe(sys.stdout.buffer)
    except BrokenPipeError:
        raise
    except OSError as error:
        if (number := descriptor(sys.stdout)) is not None:
            # Flushing the rest of its buffer would fail again when the interpreter exits, with a
            # traceback.
            os.dup2(os.open(os.devnull, os.O_WRONLY), number)
        raise StorageError(f"standard output: cannot be written: {describe(error)}") from None


@contextlib.contextmanager
def _part_file(output: Path, kept: int) -> Iterator[BinaryIO]:
    """Open the part file of an output after its first `kept` bytes; rename it at the end."""
    target = Path(os.path.realpath(output))
    part = part_path(output)
    with writing(output):
        mode = _mode(target)
        if not is_regular(part):
            raise StorageError(f"{part}: is not a regular file; remove it, or name another output")
        file = part.open("r+b" if kept else "wb")
    try:
        with _closing(file, part):
            file.truncate(kept)
            file.seek(kept)
            with _packed(file, target, close=False) as stream:
                yield stream
            file.flush()
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        part.replace(target)
        sync(target.parent)
    except BrokenPipeError:
        raise
    except OSError as error:
        rest = f"; what is complete of it is in {part}" if part.exists() else ""
        raise StorageError(f"{output}: cannot be written: {describe(error)}{rest}") from error


def _mode(target: Path) -> int | None:
    """Return the permissions of the file to replace, None if there is none.

    Raises:
        PermissionError: The file must not be written, although it could be replaced.
    """
    if not target.exists():
        return None
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return stat.S_IMODE(target.stat().st_mode)


@contextlib.contextmanager
def _closing(file: BinaryIO, part: Path) -> Iterator[None]:
    """Close a part file at the end; after an error remove it if there is nothing in it."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            file.close()
        with contextlib.suppress(OSError):
            if not part.stat().st_size:
                part.unlink()
        raise
    file.close()


@contextlib.contextmanager
def _packed(file: BinaryIO, target: Path, *, close: bool = True) -> Iterator[BinaryIO]:
    """Yield a stream that packs what it writes to a file if the file's name ends in .gz."""
    with file if close else contextlib.nullcontext():
        if target.suffix == ".gz":
            with gzip.GzipFile(filename=target.name, mode="wb", fileobj=file) as packed:
                yield packed  # type: ignore[misc]
        else:
            yield file
