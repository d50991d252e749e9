"""Packages of Office files: ZIP archives whose parts are read in memory and never unpacked."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seq2seq.documents.document import Document, Segment, SpanDocument, Target
from seq2seq.errors import DataError

MAX_PARTS = 20_000
"""Maximum number of parts of a package."""

MAX_PART = 100_000_000
"""Maximum size of a part that is read, in bytes."""

MAX_SIZE = 1_000_000_000
"""Maximum size of all parts, in bytes."""

MAX_RATIO = 500
"""Maximum ratio of the size of a part larger than 10 MB to its size in the package."""

_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)
"""Exceptions that zipfile raises on damaged archives."""


class Package:
    """ZIP archive of parts.

    Args:
        data: The archive.

    Raises:
        DataError: It is damaged or encrypted, has names that lead out of it, or would fill the
            memory.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
        except _DAMAGE:
            raise DataError("not an Office file, or a damaged one: not a ZIP archive") from None
        infos = self._archive.infolist()
        self.names = [info.filename for info in infos]
        _check(infos)

    def read(self, name: str) -> bytes:
        """Return the content of a part.

        Raises:
            DataError: It is damaged, or too large.
        """
        try:
            if self._archive.getinfo(name).file_size > MAX_PART:
                raise DataError(f"{name} is larger than {MAX_PART // 1_000_000} MB")
            return self._archive.read(name)
        except _DAMAGE:
            raise DataError(f"damaged Office file: {name} cannot be unpacked") from None

    def with_parts(self, changed: Mapping[str, bytes]) -> bytes:
        """Return the archive with some parts replaced, all others as they are."""
        if not changed:
            return self.data
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for info in self._archive.infolist():
                data = changed.get(info.filename)
                archive.writestr(info, self.read(info.filename) if data is None else data)
        return packed.getvalue()


def _check(infos: Sequence[zipfile.ZipInfo]) -> None:
    if len(infos) > MAX_PARTS:
        raise DataError(f"an archive of {len(infos):,} parts; an Office file has fewer")
    if len({info.filename for info in infos}) < len(infos):
        raise DataError("an archive with two parts of one name")
    for info in infos:
        name = info.filename
        if (
            name.startswith(("/", "\\"))
            or ".." in name.replace("\\", "/").split("/")
            or ":" in name
        ):
            raise DataError(f"an archive whose part {name!r} leads out of it")
        if info.flag_bits & 1:
            raise DataError("is encrypted; save it without a password")
        if info.file_size > max(10_000_000, MAX_RATIO * info.compress_size):
            raise DataError(
                f"{name} unpacks to {info.file_size:,} bytes, which is out of proportion"
            )
    if sum(info.file_size for info in infos) > MAX_SIZE:
        raise DataError(f"unpacks to more than {MAX_SIZE // 1_000_000} MB")


@dataclass
class PackageDocument(Document):
    """Office file, whose segments are in some of its parts.

    Attributes:
        package: The file.
        parts: Its parts with text, by their names.
    """

    package: Package
    parts: dict[str, SpanDocument]

    @property
    def segments(self) -> list[Segment]:  # type: ignore[override]
        """Segments to translate, in the order of the parts."""
        return [one for part in self.parts.values() for one in part.segments]

    def write(self, targets: Sequence[Target | None]) -> bytes:
        """Return the file with translations."""
        changed: dict[str, bytes] = {}
        at = 0
        for name, part in self.parts.items():
            own = targets[at : at + len(part.slots)]
            at += len(part.slots)
            content = part.write(own)
            if content != self.package.read(name):
                changed[name] = content
        return self.package.with_parts(changed)
