"""Translated files, kept until they are downloaded or too old."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import time
from pathlib import Path

from seq2seq.serving.errors import RequestError

KEPT_SECONDS = 1800
"""Seconds that a file is kept."""

MAX_BYTES = 200_000_000
"""Maximum size of all files together."""

_NAME = re.compile(r"[0-9a-f]{32}\.\w{1,20}", re.ASCII)


class StoredFiles:
    """Translated files in a directory, under names that cannot be guessed.

    Args:
        directory: Directory that only the service can read.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def add(self, content: bytes, suffix: str) -> str:
        """Keep a file.

        Args:
            content: The file.
            suffix: End of its name.

        Returns:
            Its name.

        Raises:
            RequestError: Too many files are kept.
        """
        if self._clean() + len(content) > MAX_BYTES:
            raise RequestError(503, "too many files are kept; try again later", retry_after=600)
        name = secrets.token_hex(16) + suffix
        path = self._directory / name
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        return name

    def path(self, name: str) -> Path:
        """Return the path of a file.

        Raises:
            RequestError: There is no such file, or no longer.
        """
        path = self._directory / name
        if _NAME.fullmatch(name) is None or not path.is_file() or _age(path) > KEPT_SECONDS:
            raise RequestError(404, "no such file; files are kept for half an hour")
        return path

    def _clean(self) -> int:
        """Remove what is too old; return the size of what is left."""
        size = 0
        for path in self._directory.iterdir():
            if _NAME.fullmatch(path.name):
                with contextlib.suppress(FileNotFoundError):  # another worker was faster
                    if _age(path) > KEPT_SECONDS:
                        path.unlink()
                    else:
                        size += path.stat().st_size
        return size


def _age(path: Path) -> float:
    return time.time() - path.stat().st_mtime
