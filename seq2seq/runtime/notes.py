"""Notes to the person who runs a command: on standard error, never in the output.

A command can be told to be quiet; then only errors remain. Standard error may be closed.
"""

from __future__ import annotations

import contextlib
import sys

from seq2seq.runtime.terminal import shown

_quiet = False


def be_quiet(quiet: bool) -> None:
    """Leave out notes and progress from now on, or show them again."""
    global _quiet
    _quiet = quiet


def is_quiet() -> bool:
    """Return whether notes and progress are left out."""
    return _quiet


def note(text: str) -> None:
    """Print a note on standard error, unless the command is to be quiet."""
    if not _quiet:
        write_error(text)


def write_error(text: str, *, end: str = "\n") -> None:
    """Print a line on standard error, even if quiet, if there is one that can be written to."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError, ValueError):  # closed, or on a full disk
            print(shown(text, sys.stderr), end=end, file=sys.stderr, flush=True)


def shows_progress() -> bool:
    """Return whether a live display can be seen: on a terminal, unless told to be quiet."""
    return not _quiet and sys.stderr is not None and sys.stderr.isatty()
