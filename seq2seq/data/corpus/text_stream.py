"""Text files in any encoding as streams of UTF-8: found by the byte-order mark, or named."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable
from typing import BinaryIO

from seq2seq.data.corpus.lines import BOM, open_binary
from seq2seq.documents.encodings import MARKS
from seq2seq.errors import ConfigError, DataError
from seq2seq.runtime.encoding_names import text_encoding
from seq2seq.runtime.file_kinds import kind_of

_HEAD = 1 << 12
"""Number of bytes that tell what a file is."""

_NULS = 3
_NUL_SHARE = 0.05
"""Number and share of NULs from which a file without a mark is taken for UTF-16 or UTF-32."""

UNDECODABLE_BYTE = b"\xff"
"""Stands for bytes that the encoding of a file does not know; it is not UTF-8 either."""


def _mark(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)  # the handler is only for decoding
    return "\udcff", error.end


codecs.register_error("seq2seq.mark", _mark)


def check_encoding(name: str) -> str:
    """Return Python's name of an encoding.

    Raises:
        ConfigError: There is no encoding of text of this name.
    """
    found = text_encoding(name)
    if not found:
        raise ConfigError(
            f"encoding {name!r} is not known; write it as in utf-8, windows-1252 or utf-16-le"
        )
    return found


def open_text(
    path: str, encoding: str = "", declares: Callable[[bytes], str] | None = None
) -> io.BufferedReader:
    """Open a text file, which may be gzipped, as a stream of UTF-8.

    Bytes that the encoding does not know are passed on as `UNDECODABLE_BYTE`, so that whoever
    decodes the stream finds them in their line.

    Args:
        path: The file.
        encoding: Its encoding. A byte-order mark in the file comes first, and without either it is
            UTF-8.
        declares: Returns the encoding that the first bytes of a file declare, "" if they do not.

    Raises:
        ConfigError: The encoding is not known.
        DataError: The file cannot be opened, is no text, or looks like UTF-16 or UTF-32 without a
            mark.
    """
    stream = open_binary(path)
    try:
        head = stream.peek(_HEAD)[:_HEAD]
        check_is_text(path, head)
        mark, marked = byte_order_mark(head)
        name = marked or (check_encoding(encoding) if encoding else "")
        if not name and declares is not None:
            name = text_encoding(declares(head))
        if not name and (likely := wide_encoding(head)):
            raise DataError(
                f"{path}: looks like {likely.upper()} without a byte-order mark; name the encoding "
                f"({likely}), or save the file as UTF-8"
            )
    except BaseException:
        stream.close()
        raise
    return as_utf8(stream, name, mark)


def byte_order_mark(head: bytes) -> tuple[bytes, str]:
    """Return the byte-order mark that a text begins with, and its encoding; "" for none."""
    return next(((mark, name) for mark, name in MARKS if head.startswith(mark)), (b"", ""))


def as_utf8(stream: io.BufferedReader, encoding: str, mark: bytes = b"") -> io.BufferedReader:
    """Return a stream of text as UTF-8; a byte-order mark stays one.

    Args:
        stream: The stream, at its start.
        encoding: Its encoding; "" is UTF-8.
        mark: Its byte-order mark.
    """
    if encoding in ("", "utf-8"):
        return stream
    stream.read(len(mark))
    return io.BufferedReader(_AsUtf8(stream, encoding, BOM if mark else b""), 1 << 16)


def check_is_text(path: str, head: bytes) -> None:
    """Raise DataError if the first bytes of a file are those of a format that is no text."""
    if kind := kind_of(head):
        raise DataError(f"{path}: is {kind}, where text is needed")


def wide_encoding(head: bytes) -> str:
    """Return the encoding of a file without a mark if it is UTF-16 or UTF-32, else ""."""
    counts = [head[place::4].count(0) for place in range(4)]
    if sum(counts) < max(_NULS, _NUL_SHARE * len(head)):
        return ""
    if min(counts[:3]) and not counts[3]:
        return "utf-32-be"
    if min(counts[1:]) and not counts[0]:
        return "utf-32-le"
    even = counts[0] + counts[2]
    odd = counts[1] + counts[3]
    if min(even, odd) > 0.05 * (even + odd):
        return ""
    return "utf-16-be" if even > odd else "utf-16-le"


class _AsUtf8(io.RawIOBase):
    """Text in another encoding as bytes of UTF-8."""

    def __init__(self, stream: BinaryIO, encoding: str, mark: bytes) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("seq2seq.mark")
        self._mark = mark
        self._left = memoryview(b"")

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        """Read bytes into a buffer and return their number, 0 at the end."""
        ended = False
        while not self._left and not ended:
            data = self._stream.read1(len(buffer))  # type: ignore[attr-defined]
            ended = not data
            text = self._decoder.decode(data, ended)
            self._left = memoryview(self._mark + text.encode("utf-8", "surrogateescape"))
            self._mark = b""
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count

    def close(self) -> None:
        """Close the file."""
        if not self.closed:
            self._stream.close()
        super().close()
