"""Reading of whole files, and errors that name them."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from seq2seq.errors import ConfigError, DataError

MAX_BYTES = 200_000_000
"""Maximum size of a document, a glossary or a translation memory."""


def read_file(path: Path) -> bytes:
    """Return the content of a file.

    Args:
        path: The file.

    Raises:
        DataError: There is no such file, it is no regular file, or it is too large.
    """
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise DataError("is not a regular file, as a document has to be")
            if status.st_size > MAX_BYTES:
                raise DataError(f"larger than {MAX_BYTES // 1_000_000} MB; split it")
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise DataError("there is no such file") from None
    except (OSError, ValueError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else error
        raise DataError(f"cannot be read: {reason}") from None


@contextlib.contextmanager
def within(path: Path) -> Iterator[None]:
    """Name a file in the errors about its content."""
    try:
        yield
    except (ConfigError, DataError) as error:
        raise type(error)(f"{path}: {error}") from None
