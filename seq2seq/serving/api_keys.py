"""API keys: read from a file, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path

from seq2seq.errors import ConfigError

MIN_KEY = 8
"""Minimum number of characters of a key."""


@dataclass(frozen=True)
class ApiKey:
    """Key that a client may use.

    Attributes:
        name: Name of the client in memory; it does not give the key away.
        limit: Maximum number of requests a minute; 0 for any number; None for that of the service.
    """

    name: str
    limit: int | None


class ApiKeys:
    """Keys of a file: one a line, perhaps followed by its number of requests a minute.

    Only digests of the keys are kept.

    Args:
        path: The file. Blank lines, and those that begin with "#", are left out.

    Raises:
        ConfigError: The file cannot be read, or a line is no key.
    """

    def __init__(self, path: Path) -> None:
        self._keys: list[tuple[bytes, ApiKey]] = []
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"--api-keys {path}: {error}") from None
        for number, line in enumerate(lines, start=1):
            if line.strip() and not line.startswith("#"):
                self._keys.append(_read(line.split(), f"{path}, line {number}"))
        if not self._keys:
            raise ConfigError(f"--api-keys {path}: it has no key; write one per line")

    def find(self, key: str) -> ApiKey | None:
        """Return the key that a client gave; None if there is no such key.

        All keys are compared, so the time tells nothing about them.
        """
        digest = _digest(key)
        found = None
        for known, entry in self._keys:
            if hmac.compare_digest(known, digest):
                found = entry
        return found


def _read(words: list[str], place: str) -> tuple[bytes, ApiKey]:
    if len(words) > 2 or (len(words) == 2 and not words[1].isdecimal()):
        raise ConfigError(f"{place}: write a key, optionally with a number of requests per minute")
    if len(words[0]) < MIN_KEY:
        raise ConfigError(f"{place}: a key has at least {MIN_KEY} characters")
    digest = _digest(words[0])
    return digest, ApiKey(digest.hex(), int(words[1]) if len(words) == 2 else None)


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
