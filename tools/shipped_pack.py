"""Training text of a shipped model in a form small enough to copy to another machine."""

from __future__ import annotations

import gzip
import lzma
import shutil
from pathlib import Path

from shipped_text import TRAIN

from seq2seq import DataError

PACKED = "train.tsv.xz"
"""Name of the packed training text in the folder of a direction."""

MAX_PACK = 55 * 2**20
"""Maximum size of a packed text in bytes."""


def pack(place: Path) -> int:
    """Pack the training text of a direction.

    Args:
        place: Folder of the direction.

    Returns:
        Size in bytes.

    Raises:
        DataError: There is no training text, or it is larger than `MAX_PACK`.
    """
    text = place / TRAIN
    packed = place / PACKED
    if not text.is_file():
        raise DataError(f"{text}: there is no such file; write it with the command text")
    with gzip.open(text, "rb") as read, lzma.open(packed, "wb") as write:
        shutil.copyfileobj(read, write, 1 << 20)
    size = packed.stat().st_size
    if size > MAX_PACK:
        raise DataError(f"{packed}: {size:,} bytes; the limit is {MAX_PACK:,}")
    return size


def unpack(place: Path) -> None:
    """Unpack the training text of a direction if it is there in packed form only."""
    text = place / TRAIN
    packed = place / PACKED
    if text.is_file() or not packed.is_file():
        return
    with lzma.open(packed, "rb") as read, gzip.open(text, "wb", compresslevel=1) as write:
        shutil.copyfileobj(read, write, 1 << 20)
