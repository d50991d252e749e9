"""Metrics file with one JSON object per line, truncated on resume to the checkpoint's length."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from seq2seq.runtime.saved_file import check_regular
from seq2seq.runtime.storage import writing

Figure = float | int | str


class MetricsLog:
    """Append-only log of metrics.

    Args:
        path: The file.
        length: Number of bytes to keep of an existing file. The rest is truncated: a resumed run
            writes it again.
        also: Function to call with each line as well.

    Raises:
        StorageError: If the file cannot be written, here or in a method.
    """

    def __init__(
        self,
        path: Path,
        length: int = 0,
        also: Callable[[Mapping[str, Figure]], None] | None = None,
    ) -> None:
        self._also = also
        self._path = path
        if path.exists():
            check_regular(path)
        with writing(path):
            self._file = path.open("ab")
            self._file.truncate(min(length, path.stat().st_size))
        with path.open("rb") as kept:
            self._digest = hashlib.file_digest(kept, "sha256")

    def write(self, values: Mapping[str, Figure]) -> None:
        """Append one line of figures."""
        line = json.dumps(values).encode() + b"\n"
        self._digest.update(line)
        with writing(self._path):
            self._file.write(line)
            self._file.flush()
        if self._also is not None:
            self._also(values)

    def sync(self) -> int:
        """Flush all lines to disk and return the length of the file in bytes."""
        with writing(self._path):
            os.fsync(self._file.fileno())
            return self._file.seek(0, os.SEEK_END)

    def sha256(self) -> str:
        """Return the SHA-256 of all lines in hexadecimal digits."""
        return self._digest.hexdigest()

    def close(self) -> None:
        """Close the file; a line that could not be written has been reported already."""
        with contextlib.suppress(OSError):
            self._file.close()
