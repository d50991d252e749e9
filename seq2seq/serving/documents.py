"""Files that the service translates, by the ending of their names.

This is the only place that knows formats of files.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import PurePosixPath

from seq2seq.serving.errors import RequestError

Translate = Callable[[list[str], bool], Awaitable[list[str]]]
"""Translates texts, which are HTML if the second argument is true."""

FORMATS = {".txt": "text", ".html": "html", ".htm": "html"}
"""Format of the text in a file, by the ending of its name."""


def ending(name: str) -> str:
    """Return the ending of a file's name.

    Args:
        name: Name that the client gave the file; nothing else of it is used.

    Returns:
        The ending, one of `FORMATS`.

    Raises:
        RequestError: Such files are not translated.
    """
    found = PurePosixPath(name).suffix.lower()
    if found not in FORMATS:
        raise RequestError(400, f"file: this format is not supported; send {', '.join(FORMATS)}")
    return found


async def translate_file(
    content: bytes, kind: str, *, characters: int, translate: Translate
) -> bytes:
    """Translate a file.

    Args:
        content: The file.
        kind: Its ending, from `ending`.
        characters: Maximum number of characters.
        translate: Translates texts.

    Returns:
        The translated file.

    Raises:
        RequestError: The file is not text in UTF-8, or too long.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RequestError(400, "file: must be text in UTF-8") from None
    if "\0" in text:
        raise RequestError(400, "file: must be text; it has NUL characters")
    if len(text) > characters:
        raise RequestError(400, f"file: has {len(text):,} characters; at most {characters:,}")
    if FORMATS[kind] == "html":
        [translated] = await translate([text], True)
        return translated.encode("utf-8")
    lines = text.split("\n")
    ends = ["\r" if line.endswith("\r") else "" for line in lines]
    done = await translate([line.removesuffix("\r") for line in lines], False)
    return "\n".join(map("".join, zip(done, ends, strict=True))).encode("utf-8")
