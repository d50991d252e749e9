"""Text on a terminal: control characters are shown, not obeyed.

A terminal obeys the control characters in a text: they clear the screen, hide words, or name a link
that is not the one to see. Translations and the files of strangers may have some. Everything that
the commands write passes through `visible` if it goes to a terminal; files and pipes get it as it
is.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from typing import IO, BinaryIO, TextIO

RAW = "SEQ2SEQ_RAW_TERMINAL"
"""Environment variable that turns the escaping off if it is set."""

_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    r"""Return the text with control characters as `\u001b`, the notation of JSON.

    These are the control characters C0 and C1, but for tabs and line feeds, and the characters that
    change the direction of the text after them.
    """
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def is_escaped(stream: IO[str] | IO[bytes]) -> bool:
    """Return whether a stream is a terminal on which control characters are escaped."""
    return not os.environ.get(RAW) and stream.isatty()


def shown(text: str, stream: TextIO) -> str:
    """Return the text as it is to be written to a stream."""
    return visible(text) if is_escaped(stream) else text


def show(text: str, *, end: str = "\n") -> None:
    """Print a line, or several, on standard output."""
    if sys.stdout is not None:
        print(shown(text, sys.stdout), end=end)


class LogHandler(logging.StreamHandler[TextIO]):
    """Handler that writes log records to standard error."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)

    def format(self, record: logging.LogRecord) -> str:
        return shown(super().format(record), self.stream)


class _VisibleStream:
    """Binary stream to a terminal, for whole lines of UTF-8."""

    def __init__(self, terminal: BinaryIO) -> None:
        self._terminal = terminal

    def write(self, content: bytes) -> int:
        self._terminal.write(visible(content.decode("utf-8", "replace")).encode())
        return len(content)

    def flush(self) -> None:
        self._terminal.flush()


def terminal_safe(stream: BinaryIO) -> BinaryIO:
    """Return a stream through which bytes reach a file, or a terminal with nothing to obey."""
    return _VisibleStream(stream) if is_escaped(stream) else stream  # type: ignore[return-value]
