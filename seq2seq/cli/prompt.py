"""Prompt of a person at a terminal, with editing and history.

The history is kept in the state directory of the user, unless $SEQ2SEQ_HISTORY names another file;
an empty $SEQ2SEQ_HISTORY turns it off.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from seq2seq.data.corpus.lines import Line, decode
from seq2seq.runtime.notes import note
from seq2seq.runtime.terminal import show

PROMPT = "> "

HISTORY = "SEQ2SEQ_HISTORY"
"""Environment variable with the file of the history; "" for none."""

MAX_HISTORY = 1000
"""Number of lines that are kept."""


def can_edit() -> bool:
    """Return whether lines can be edited: on a terminal in both directions, with readline."""
    try:
        import readline  # noqa: F401
    except ImportError:
        return False
    return (
        sys.stdin is not None
        and sys.stdout is not None
        and sys.stdin.isatty()
        and sys.stdout.isatty()
    )


def history_file() -> Path | None:
    """Return the file of the history; None if it is turned off."""
    named = os.environ.get(HISTORY)
    if named is not None:
        return Path(named) if named else None
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(os.path.expanduser(state)) / "seq2seq" / "history"


def edited_lines() -> Iterator[list[Line]]:
    """Ask for lines, which can be edited and recalled; Ctrl-D ends."""
    note("Type a sentence and press Enter; Ctrl-D ends.")
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(errors="surrogateescape")  # what is no UTF-8 is repaired below
    with _history(history_file()):
        while True:
            try:
                typed = input(PROMPT)
            except EOFError:
                show("")
                return
            yield [Line(*decode(typed.encode("utf-8", "surrogateescape")))]


@contextlib.contextmanager
def _history(path: Path | None) -> Iterator[None]:
    """Recall the lines of earlier calls, and keep those of this one.

    A history that cannot be read or written is no reason to fail.
    """
    import readline

    # A pasted paragraph is several lines; a tab is a tab.
    readline.parse_and_bind("set enable-bracketed-paste off")
    readline.parse_and_bind("tab: self-insert")
    if path is None:
        yield
        return
    readline.set_history_length(MAX_HISTORY)
    with contextlib.suppress(OSError):
        readline.read_history_file(path)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            readline.write_history_file(path)
