"""Where a command writes its lines: a file, or standard output.

A file that is also the input is refused before anything in it is truncated.
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
        output: The file to write; the suffix .gz means gzip.
        source: What the input is read from, as a path or a file descriptor, if anything.

    Raises:
        DataError: If input and output are one file, by whatever names (a redirection, a symbolic
            or a hard link), or if the output cannot be written.
    """
    if output is None and sys.stdout is None:
        raise DataError("standard output is closed; name a file with --output")
    name = "standard output" if output is None else str(output)
    if _same_file(descriptor(sys.stdout) if output is None else output, source):
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
            # What is left in its buffer would fail again when the interpreter ends, with a
            # traceback.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise DataError(f"cannot write {name}: {error.strerror or error}") from None


def _same_file(first: Path | int | None, second: Path | int | None) -> bool:
    """Return whether both are one regular file. A terminal or a pipe may be read and written."""
    if first is None or second is None:
        return False
    try:
        status = os.stat(first)
        return stat.S_ISREG(status.st_mode) and os.path.samestat(status, os.stat(second))
    except (OSError, ValueError):
        return False
