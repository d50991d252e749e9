"""Read the lines to translate: from arguments, a file, a pipe or a person at a terminal."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import stat
import sys
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from seq2seq.cli.output_file import descriptor
from seq2seq.cli.prompt import PROMPT, can_edit, edited_lines
from seq2seq.data.corpus.lines import BOM, Line, decode, open_binary, read_lines
from seq2seq.data.corpus.text_stream import as_utf8, byte_order_mark, wide_encoding
from seq2seq.errors import DataError
from seq2seq.runtime.file_kinds import BYTES as KIND_BYTES
from seq2seq.runtime.file_kinds import kind_of
from seq2seq.runtime.notes import note, write_error
from seq2seq.translation.windows import full_windows, windows_at_hand


@dataclass(frozen=True)
class InputLines:
    """Source of the lines: `texts` if given, else the file `path`, else standard input.

    Attributes:
        texts: Lines given as arguments.
        path: File to read; the suffix .gz means gzip.
    """

    texts: list[str] | None = None
    path: Path | None = None

    @property
    def typed(self) -> bool:
        """True if a person types the lines at a terminal."""
        if self.texts is not None or self.path is not None:
            return False
        return sys.stdin is not None and sys.stdin.isatty()

    @property
    def source(self) -> Path | int | None:
        """Path or file descriptor that lines are read from; None for texts given as arguments."""
        if self.texts is not None:
            return None
        return descriptor(sys.stdin) if self.path is None else self.path

    @property
    def from_standard_input(self) -> bool:
        """True if the lines come from standard input."""
        return self.texts is None and self.path is None

    def beginning(self) -> list[str]:
        """Return the first lines, as far as they fill a buffer; `windows` yields them, too.

        It waits for the first bytes of a pipe. The last line may be incomplete.

        Raises:
            DataError: The input cannot be read.
        """
        if self.texts is not None:
            return self.texts
        text, _ = decode(self._stream.peek(1).removeprefix(BOM))
        return text.split("\n")

    @functools.cached_property
    def _stream(self) -> io.BufferedReader:
        """Stream that the lines are read from; it is opened once, since a pipe cannot be reread."""
        stream = _standard_input() if self.path is None else open_binary(str(self.path))
        if self.typed:
            return stream
        name = self.path or "standard input"
        head = stream.peek(KIND_BYTES)
        if kind := kind_of(head):
            raise DataError(f"{name}: is {kind}, where text is needed")
        mark, encoding = byte_order_mark(head)
        if not mark and (likely := wide_encoding(head)):
            raise DataError(
                f"{name}: looks like {likely.upper()} without a byte-order mark; save it as UTF-8"
            )
        return as_utf8(stream, encoding, mark)

    def windows(self, stack: contextlib.ExitStack, max_bytes: int) -> Iterator[list[Line]]:
        """Yield the lines in groups.

        Lines that a person types come one by one, those of a file in full windows, and those of a
        pipe as they arrive.

        Args:
            stack: Exit stack that closes the file.
            max_bytes: Maximum length of a line, in bytes; longer ones are cut.
        """
        if self.texts is not None:
            return full_windows(map(_as_line, self.texts))
        stream = self._stream
        if self.path is not None:
            stack.enter_context(stream)
        lines = read_lines(stream, limit=max_bytes)
        if self.typed:
            return edited_lines() if can_edit() else _prompted(lines)
        status = os.fstat(sys.stdin.fileno()) if self.path is None else self.path.stat()
        return full_windows(lines) if stat.S_ISREG(status.st_mode) else windows_at_hand(lines)


class RepairNotes:
    """Notes on standard error about lines, repaired or doubtful, up to `limit` of them."""

    limit = 20

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._notes = 0
        self._lines = 0

    def add(self, number: int, what: str) -> None:
        """Report what was done to input line `number`, counted from 0."""
        with self._lock:  # with several workers, another thread reads the lines
            self._notes += 1
            notes = self._notes
        if notes <= self.limit:
            note(f"line {number + 1}: {what}")
        elif notes == self.limit + 1:
            note("notes on more lines are not shown")

    def texts(self, windows: Iterable[list[Line]], first: int = 0) -> Iterator[list[str]]:
        """Yield the texts of lines, and report what was repaired in them.

        Args:
            windows: The lines, in groups.
            first: Number of the first line, counted from 0.
        """
        self._lines = first
        for window in windows:
            for line in window:
                if line.problems:
                    self.add(self._lines, ", ".join(line.problems))
                self._lines += 1
            yield [line.text for line in window]


def _as_line(argument: str) -> Line:
    """Return an argument as if it were read from a file: one line, without undecodable bytes."""
    text, problems = decode(argument.encode("utf-8", "surrogateescape"))
    if "\n" in text:
        problems = (*problems, "line break")
    return Line(" ".join(text.split("\n")), problems)


def _standard_input() -> io.BufferedReader:
    """Open standard input through a buffer of its own.

    When the interpreter exits it locks the buffer of sys.stdin, and fails if a thread is waiting
    for input there.
    """
    try:
        return io.BufferedReader(io.FileIO(sys.stdin.fileno(), closefd=False))
    except (OSError, AttributeError):  # a directory; or closed, then sys.stdin is None
        raise DataError(
            "standard input cannot be read; give sentences as arguments or a file with --input"
        ) from None


def _prompted(lines: Iterator[Line]) -> Iterator[list[Line]]:
    """Ask for each line on standard error, so that standard output holds only translations."""
    note("Type a sentence and press Enter; Ctrl-D ends.")
    while True:
        write_error(PROMPT, end="")
        line = next(lines, None)
        if line is None:
            write_error("")
            return
        yield [line]
