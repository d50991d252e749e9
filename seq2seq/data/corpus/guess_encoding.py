"""Error for a file in another encoding than expected; chardet names a likely one."""

from __future__ import annotations

import importlib.util
import os
import re
import stat
from collections.abc import Sequence

from seq2seq.data.corpus.lines import open_binary
from seq2seq.errors import DataError
from seq2seq.runtime.encoding_names import text_encoding

_READ = 10_000_000
"""Maximum number of bytes to look through."""

_SAMPLE = 1 << 16
"""Number of bytes of lines that are not UTF-8 which are enough to judge by."""

_EXCERPT = 20
"""Number of bytes before and after the first doubtful one that are shown in the encoding found."""

_TAG = re.compile(rb"<[^<>]*>")


def undecodable_message(path: str, line: int, encoding: str) -> str:
    """Return what to say of a line with bytes that its encoding does not know.

    Args:
        path: The file.
        line: Number of the line, from 1.
        encoding: The encoding that was named; "" if none was.
    """
    name = (encoding or "utf-8").upper()
    advice = "" if encoding else _advice(path)
    return (
        f"{path}, line {line:,}: holds bytes that are not {name}{advice}; to read them as U+FFFD, "
        "set encoding_errors to replace"
    )


def foreign_message(path: str) -> str:
    """Return what to say of a file that is UTF-8 only in few of its lines; "" of any other."""
    broken, sound = _lines(path)
    return f"{path}: is not UTF-8{_likely(broken)}" if len(broken) >= max(1, sound) else ""


def _advice(path: str) -> str:
    """Return which encoding a file that is not UTF-8 is likely to be in."""
    broken, sound = _lines(path)
    if broken and sound > len(broken):
        return ", as most of the file is; correct the line"
    return _likely(broken)


def _likely(broken: Sequence[bytes]) -> str:
    """Return which encoding lines are likely to be in."""
    if not broken:
        return "; name the encoding of the file"
    found = guess(_TAG.sub(b" ", b"\n".join(broken)))
    if not found:
        return "; name the encoding of the file"
    first = next((at for at, byte in enumerate(broken[0]) if byte > 127), 0)
    begin = max(0, first - _EXCERPT)
    shown = broken[0][begin : first + _EXCERPT].decode(found, "replace").strip()
    return f", but perhaps {found}, as in {shown!r}: if so, name the encoding {found}"


def guess(sample: bytes) -> str:
    """Return the likely encoding of text that is not UTF-8; "" if it cannot be told."""
    if importlib.util.find_spec("chardet") is None:
        return ""
    import chardet

    found = text_encoding(chardet.detect(sample)["encoding"] or "")
    if found.startswith("utf-8") or not found:
        return ""
    # Windows-1252 is a superset of Latin-1 in all that is text, and far more common.
    return {"iso8859-1": "windows-1252", "cp1252": "windows-1252"}.get(found, found)


def _lines(path: str) -> tuple[list[bytes], int]:
    """Return lines of a file that are not UTF-8, and the number of others that are not ASCII."""
    broken: list[bytes] = []
    sound = 0
    size = 0
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # a pipe cannot be read again
            return [], 0
        with open_binary(path) as stream:
            rest = stream.read(_READ)
    except (OSError, DataError):
        return [], 0
    for line in rest.split(b"\n"):
        if line.isascii():
            continue
        try:
            line.decode()
            sound += 1
        except UnicodeDecodeError:
            broken.append(line[:_SAMPLE])
            size += len(broken[-1])
        if size > _SAMPLE:
            break
    return broken, sound
