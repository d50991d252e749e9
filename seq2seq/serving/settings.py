"""Settings of the service, and the limits that have no option.

This module imports nothing slow, so that a mistyped option is reported at once.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from pathlib import Path

from seq2seq.errors import ConfigError

MAX_ALTERNATIVES = 10
"""Maximum number of alternatives that a request may ask for: the beam is as wide as that."""

FILE_FACTOR = 10
"""Number of characters that a file may have, for each one that a text may have."""

BYTES_PER_CHARACTER = 12
"""Bytes of a request body for each character: one of four bytes, with each byte as `%F0`."""

BYTES_PER_FILE_CHARACTER = 100
"""Bytes of a file for each character: markup and pictures take most of an Office file."""

BODY_MARGIN = 64 * 1024
"""Bytes of a request body for everything but the texts."""

_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")


@dataclass(frozen=True, kw_only=True)
class ServiceSettings:
    """Settings of the service.

    Attributes:
        models: Models to serve, as `SOURCE-TARGET=DIRECTORY`, `DIRECTORY` or the name of a shipped
            model; without any, all shipped ones.
        keys: File of the API keys; None if everybody may translate.
        char_limit: Maximum number of characters of a request.
        batch_limit: Maximum number of texts of a request.
        req_limit: Maximum number of requests a minute of each client; 0 for any number.
        queue_limit: Maximum number of requests that wait.
        timeout: Seconds after which a request is given up.
        memory: Maximum size of the models that are kept in memory, such as "1G".
        cors: Origins whose pages may call the service; "*" for all.
        url_prefix: Beginning of all paths, such as "/translate".
        log_level: Level from which messages are logged; those on requests have level INFO.
        files: Directory of what the workers share, such as translated files; the server makes it.
    """

    models: tuple[str, ...] = ()
    keys: Path | None = None
    char_limit: int = 10_000
    batch_limit: int = 100
    req_limit: int = 0
    queue_limit: int = 256
    timeout: float = 30.0
    memory: str = "1G"
    cors: tuple[str, ...] = ()
    url_prefix: str = ""
    log_level: int = logging.INFO
    files: Path = Path()

    def __post_init__(self) -> None:
        if _PREFIX.fullmatch(self.url_prefix) is None:
            raise ConfigError(
                f"--url-prefix {self.url_prefix!r}: write it with a slash before, and none after, "
                "such as /translator"
            )

    @property
    def file_characters(self) -> int:
        """Maximum number of characters of a file."""
        return self.char_limit * FILE_FACTOR

    @property
    def body_bytes(self) -> int:
        """Maximum number of bytes of a request without a file."""
        return self.char_limit * BYTES_PER_CHARACTER + BODY_MARGIN

    @property
    def file_bytes(self) -> int:
        """Maximum number of bytes of a request with a file."""
        return self.file_characters * BYTES_PER_FILE_CHARACTER + BODY_MARGIN
