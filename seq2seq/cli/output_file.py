"""Output of a command: a file, or standard output.

A file that is also the input is refused before it is truncated.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TextIO

from seq2seq.errors import DataError


def descriptor(stream: TextIO | None) -> int | None:
    """Return the file descriptor of a standard stream; None if it is closed or has none."""
    try:
        return None if stream is None else stream.fileno()
    except (OSError, ValueError):
        return None


@contextlib.contextmanager
def output_stream(output: Path | None, source: Path | int | None) -> Iterator[BinaryIO]:
    """Open `output` for writing, or standard output if it is None.

    What was written before an error stays in the file.

    Args:
        output: File to write; the suffix .gz means gzip. None is standard output.
        source: Path or file descriptor that the input is read from, None if there is none.

    Yields:
        The stream to write to.

    Raises:
        DataError: Input and output are the same file, under any name (a redirection, a symbolic or
            a hard link), or the output cannot be written.
    """
    if output is None and sys.stdout is None:
        raise DataError("standard output is closed; name a file with --output")
    name = "standard output" if output is None else str(output)
    if is_same_file(descriptor(sys.stdout) if output is None else output, source):
        raise DataError(f"{name}: is the input too; name another file to write")
    try:
        if output is None:
            yield sys.stdout.buffer
        elif output.suffix == ".gz":
            with gzip.open(output, "wb") as packed:
                yield packed  # type: ignore[misc]
        else:
            with output.open("wb") as file:
                yield file
    except BrokenPipeError:
        raise
    except OSError as error:
        if output is None:
            # Flushing the rest of its buffer would fail again when the interpreter exits, with a
            # traceback.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise DataError(f"cannot write {name}: {error.strerror or error}") from None


def is_same_file(first: Path | int | None, second: Path | int | None) -> bool:
    """Return whether both are the same regular file; a terminal may be both input and output."""
    if first is None or second is None:
        return False
    try:
        status = os.stat(first)
        return stat.S_ISREG(status.st_mode) and os.path.samestat(status, os.stat(second))
    except (OSError, ValueError):
        return False
