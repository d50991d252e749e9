"""Go on in the part file of a translation that was broken off.

The windows of lines are those of an unbroken run, so the output is the same to the last byte. The
window that holds the last finished line is translated again, and that line is compared: it shows
whether the model, the options and the input are still the same.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from seq2seq.cli.output_file import is_regular, part_path
from seq2seq.data.corpus.lines import Line
from seq2seq.errors import ConfigError, DataError
from seq2seq.runtime.storage import writing


@dataclass(frozen=True)
class Begun:
    """Content of a part file.

    Attributes:
        path: The part file.
        lines: Number of input lines that are translated completely.
        size: Number of bytes of their translations.
        last: Translation of the last of them, as it is in the file.
    """

    path: Path
    lines: int = 0
    size: int = 0
    last: bytes = b""

    def check(self, number: int, content: bytes) -> bool:
        """Return whether input line `number`, counted from 0, is in the file already.

        Args:
            number: Number of the line.
            content: Its translation, made anew.

        Raises:
            DataError: The translation differs from that in the file.
        """
        if number == self.lines - 1 and content != self.last:
            raise DataError(
                f"{self.path}: line {self.lines:,} of the input has another translation now; give "
                "the model, the options and the input that it was begun with, or leave out "
                "--continue"
            )
        return number < self.lines


def read_begun(output: Path | None, *, numbered: bool) -> Begun:
    """Read how far a translation has come.

    Args:
        output: File that the translation is to become.
        numbered: Several lines per input line, each with its number, as in an n-best list. Those of
            the last number may be incomplete; they do not count.

    Raises:
        ConfigError: No translation into this output can be continued.
        StorageError: The part file cannot be read.
    """
    if output is None or not is_regular(output):
        raise ConfigError("--continue needs --output with the name of a file")
    if output.suffix == ".gz":
        raise ConfigError(
            f"--continue cannot continue a gzip file: translate to "
            f"{output.with_suffix('')} and compress that"
        )
    part = part_path(output)
    if not part.is_file():
        return Begun(part)
    with writing(part), part.open("rb") as file:
        whole = (line for line in file if line.endswith(b"\n"))
        return _numbered(part, whole) if numbered else _one_per_line(part, whole)


def _one_per_line(part: Path, whole: Iterable[bytes]) -> Begun:
    lines = 0
    size = 0
    last = b""
    for line in whole:
        lines += 1
        size += len(line)
        last = line
    return Begun(part, lines, size, last)


def _numbered(part: Path, whole: Iterable[bytes]) -> Begun:
    """Count the input lines of an n-best list, without the last one."""
    number = b"0"
    size = 0
    done = b""  # lines of the last number that is complete
    current = b""  # lines of the number after it
    lines = 0
    for line in whole:
        if line.split(b" ", 1)[0] != number:
            size += len(current)
            lines += 1
            done = current
            current = b""
            number = line.split(b" ", 1)[0]
        current += line
    return Begun(part, lines, size, done)


def skip_windows(windows: Iterator[list[Line]], begun: Begun) -> tuple[int, Iterator[list[Line]]]:
    """Skip the windows that are translated completely, but for the last one.

    Returns:
        Number of lines skipped, and the windows that follow.

    Raises:
        DataError: The input has fewer lines than are translated.
    """
    skipped = 0
    for window in windows:
        if skipped + len(window) >= begun.lines:
            return skipped, itertools.chain([window], windows)
        skipped += len(window)
    if begun.lines:
        raise DataError(
            f"{begun.path}: holds the translations of {begun.lines:,} lines, and the input has "
            f"{skipped:,}; give the input that it was begun with, or leave out --continue"
        )
    return 0, iter(())
