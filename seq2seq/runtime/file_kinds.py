"""Kinds of files that are not text, recognised by their first bytes."""

from __future__ import annotations

_OFFICE = {b"word/": "a Word document", b"xl/": "an Excel workbook", b"ppt/": "a presentation"}

_KINDS = (
    (0, b"%PDF", "a PDF"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file"),
    (0, b"{\\rtf", "an RTF file"),
    (0, b"\x1f\x8b", "a gzip file"),
    (0, b"BZh", "a bzip2 file"),
    (0, b"\xfd7zXZ\x00", "an xz file"),
    (0, b"\x28\xb5\x2f\xfd", "a Zstandard file"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (0, b"Rar!\x1a\x07", "a RAR archive"),
    (257, b"ustar", "a tar archive"),
    (0, b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (0, b"\xff\xd8\xff", "a JPEG image"),
    (0, b"GIF87a", "a GIF image"),
    (0, b"GIF89a", "a GIF image"),
    (0, b"II*\x00", "a TIFF image"),
    (0, b"MM\x00*", "a TIFF image"),
    (8, b"WEBP", "a WebP image"),
    (0, b"OggS", "an Ogg file"),
    (0, b"ID3", "an MP3 file"),
    (8, b"WAVE", "a WAV file"),
    (4, b"ftyp", "a video"),
    (0, b"\x7fELF", "a program"),
    (0, b"PAR1", "a Parquet file"),
    (0, b"SQLite format 3\x00", "a database"),
)

BYTES = 512
"""Number of bytes that tell the kind."""


def kind_of(beginning: bytes) -> str:
    """Return what a file is if it is not text, such as "a PDF"; "" if it may be text.

    Args:
        beginning: The first `BYTES` bytes, or more.
    """
    if beginning.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        inside = (name for mark, name in _OFFICE.items() if mark in beginning)
        if b"mimetypeapplication/vnd.oasis.opendocument" in beginning:
            return "an OpenDocument file"
        return next(inside, "a zip archive, perhaps an office document")
    return next(
        (name for place, mark, name in _KINDS if beginning[place:].startswith(mark)),
        "",
    )
