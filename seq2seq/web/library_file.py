"""The engine as WebAssembly: a compressed file of the package, and the sources it belongs to."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from pathlib import Path

from seq2seq.errors import Seq2SeqError
from seq2seq.web.modules import ENGINE

LIBRARY = ENGINE / "s2s.wasm.gz"
"""The library, which tools/build_web.py writes."""

RECORD = ENGINE / "s2s.wasm.sources"
"""Digest of the sources that it was compiled from."""

_MAGIC = b"\0asm"
_SUFFIXES = (".c", ".h", ".inc")


def read_library() -> bytes:
    """Return the library.

    Raises:
        Seq2SeqError: The package has none, or it is damaged.
    """
    try:
        content = gzip.decompress(LIBRARY.read_bytes())
        if not content.startswith(_MAGIC):
            raise EOFError("no WebAssembly")
    except (OSError, EOFError, zlib.error) as error:
        raise Seq2SeqError(
            f"{LIBRARY}: {error}; install the package again, or run `python tools/build_web.py` in "
            "a clone of the repository"
        ) from None
    return content


def write_library(content: bytes, sources: Path) -> None:
    """Write the library, and what it was compiled from.

    Args:
        content: The library.
        sources: Folder of its sources.
    """
    LIBRARY.write_bytes(gzip.compress(content, mtime=0))
    RECORD.write_text(f"{digest_of(sources)}\n", encoding="ascii")


def digest_of(sources: Path) -> str:
    """Return a digest of all sources in a folder."""
    digest = hashlib.sha256()
    for path in sorted(sources.iterdir()):
        if path.suffix in _SUFFIXES:
            digest.update(f"{path.name}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
