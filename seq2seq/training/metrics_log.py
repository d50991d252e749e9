"""The metrics file: one JSON object a line, cut back on resume to what the checkpoint knows."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

Figure = float | int | str


class MetricsLog:
    """Append-only lines at `path`. `length` bytes of an earlier run are kept, the rest is cut: a
    resumed run writes it again. What is written goes to `also` too."""

    def __init__(
        self,
        path: Path,
        length: int = 0,
        also: Callable[[Mapping[str, Figure]], None] | None = None,
    ) -> None:
        self._also = also
        self._file = path.open("ab")
        self._file.truncate(min(length, path.stat().st_size))

    def write(self, values: Mapping[str, Figure]) -> None:
        """Append one line."""
        self._file.write(json.dumps(values).encode() + b"\n")
        self._file.flush()
        if self._also is not None:
            self._also(values)

    def sync(self) -> int:
        """Make sure that all lines are on the disk; return the file's length in bytes."""
        os.fsync(self._file.fileno())
        return self._file.seek(0, os.SEEK_END)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
