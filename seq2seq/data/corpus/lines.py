"""Lines of text from a binary stream: bounded memory, split at LF only, no error for any content.

A line comes with the names of what had to be repaired, so that a caller can warn.
"""

from __future__ import annotations

import gzip
import importlib.util
import io
import os
import stat
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from seq2seq.errors import DataError
from seq2seq.runtime.extras import advice

BOM = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"
_ZSTANDARD = b"\x28\xb5\x2f\xfd"
UNDECODABLE = "undecodable bytes"
NUL = "NUL"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text.

    Attributes:
        text: The text, without its end.
        problems: What had to be repaired, such as `UNDECODABLE` or `NUL`.
    """

    text: str
    problems: tuple[str, ...] = ()


def read_lines(stream: BinaryIO, limit: int = 1 << 20, *, ends: bool = False) -> Iterator[Line]:
    """Yield the lines of a stream, each as soon as it is complete.

    A line ends at LF; one CR before the end goes with it, every other character stays in the text.
    A byte-order mark at the start is dropped. Undecodable bytes become U+FFFD, NULs become spaces,
    and a line of more than `limit` bytes is cut at the last whole character within them. With
    `ends`, lines that are not cut keep their ends.
    """
    # A whole line of `limit` bytes always fits, whatever surrounds it.
    reach = limit + len(BOM) + len(b"\r\n")
    raw = stream.readline(reach)
    if raw == BOM:
        return
    start = len(BOM) if raw.startswith(BOM) else 0
    while raw:
        unfinished = len(raw) == reach and not raw.endswith(b"\n")
        body = raw[start:].removesuffix(b"\n").removesuffix(b"\r")
        if unfinished:
            _skip_to_newline(stream)
        if len(body) > limit:
            text, problems = decode(_cut(body, limit))
            yield Line(text, (*problems, f"cut at {limit:,} bytes"))
        elif ends:
            yield Line(*decode(raw[start:]))
        else:
            yield Line(*decode(body))
        start = 0
        raw = stream.readline(reach)


def decode(raw: bytes) -> tuple[str, tuple[str, ...]]:
    """Return the bytes as text, and the names of what was repaired: undecodable bytes, NULs."""
    problems: tuple[str, ...] = ()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("utf-8", errors="replace")
        problems = (UNDECODABLE,)
    if "\0" in text:
        text = text.replace("\0", " ")
        problems = (*problems, NUL)
    return text, problems


def _cut(body: bytes, limit: int) -> bytes:
    """Return at most `limit` bytes, ending at a character boundary."""
    end = limit
    # A character has at most three continuation bytes (10xxxxxx); more in a row are not UTF-8.
    while end > max(0, limit - 3) and body[end] & 0xC0 == 0x80:
        end -= 1
    return body[:end]


def _skip_to_newline(stream: BinaryIO) -> None:
    """Read up to the next LF."""
    while piece := stream.readline(1 << 16):
        if piece.endswith(b"\n"):
            return


def open_binary(path: str) -> io.BufferedReader:
    """Open a plain file, or one packed with gzip or Zstandard, for reading.

    Its first bytes tell which it is, not its name.

    Raises:
        DataError: The file cannot be opened, or later cannot be read (if it is damaged, or its
            end is missing).
    """
    try:
        file = io.FileIO(path)
    except FileNotFoundError as error:
        raise DataError(f"{path}: there is no such file") from error
    except IsADirectoryError as error:
        raise DataError(f"{path}: is a directory, where a file is needed") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise DataError(f"{path}: cannot be opened: {_reason(error)}") from error
    if stat.S_ISCHR(os.fstat(file.fileno()).st_mode) and not file.isatty() and path != os.devnull:
        file.close()
        raise DataError(f"{path}: is a device, where a file is needed")  # it may never end
    return io.BufferedReader(_Reported(path, file), 1 << 16)


class _Unpacked(Protocol):
    """Stream of unpacked bytes."""

    def read1(self, size: int, /) -> bytes:
        """Return up to a number of bytes; none at the end."""
        ...


class _Reported(io.RawIOBase):
    """Unpacked bytes of a file; an error in reading becomes a DataError that names it."""

    def __init__(self, path: str, file: io.FileIO) -> None:
        self.path = path
        self.file = io.BufferedReader(file)
        self.content: _Unpacked | None = None

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        """Read bytes into a buffer and return their number, 0 at the end."""
        try:
            if self.content is None:
                self.content = self._unpacked()
            # read1 returns what has arrived: a pipe that trickles is not waited for until the
            # buffer is full.
            data = self.content.read1(len(buffer))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise DataError(
                f"{self.path}: damaged or incomplete gzip file: {_reason(error)}"
            ) from error
        except OSError as error:
            raise DataError(f"{self.path}: cannot be read: {_reason(error)}") from error
        buffer[: len(data)] = data
        return len(data)

    def _unpacked(self) -> _Unpacked:
        """Return a stream of the unpacked bytes."""
        head = self.file.peek(len(_ZSTANDARD))
        if head.startswith(_GZIP):
            return gzip.GzipFile(fileobj=self.file)
        if not head.startswith(_ZSTANDARD):
            return self.file
        if importlib.util.find_spec("pyarrow") is None:
            raise DataError(
                f"{self.path}: is packed with Zstandard, which needs pyarrow; unpack the file, or "
                f"install it: {advice('evaluate')}"
            )
        import pyarrow as pa

        unpacked: _Unpacked = pa.CompressedInputStream(self.file, "zstd")
        return unpacked

    def close(self) -> None:
        """Close the file."""
        if not self.closed:
            self.file.close()
        super().close()


def _reason(error: Exception) -> str:
    """Return the bare reason; an OSError's own text would repeat the file's name."""
    return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
