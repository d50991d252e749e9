"""Manifest of a directory: the size and the SHA-256 of each of its files, in manifest.json.

Model directories, checkpoints and the folder of best weights have one each. It is written last. A
directory without a manifest, as older versions wrote, is read without being verified.

While files are replaced, the manifest lists them under "writing". They are not verified then, but
all others are, even if the program is killed at that moment.
"""

from __future__ import annotations

import contextlib
import hashlib
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from seq2seq.errors import CheckpointError
from seq2seq.model_directory.names import CARD, CONFIG, MANIFEST, own_files
from seq2seq.runtime.atomic_file import atomic_write
from seq2seq.runtime.saved_file import (
    check_regular,
    field,
    read_json,
    write_json,
)

FORMAT = 1
"""Version of manifest.json."""

_ATTEMPTS = 5
"""Number of times that a directory is verified if a training replaces its files meanwhile."""

_EDITABLE = "decoding:"
"""First line of the section of config.yaml that may be edited by hand."""


class FileRecord(NamedTuple):
    """What a file must be.

    Attributes:
        size: Size in bytes.
        sha256: SHA-256 in hexadecimal digits.
    """

    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """Content of manifest.json.

    Attributes:
        files: Records by path in the directory, such as "tokenizer/tokenizer.json".
        settings: SHA-256 of config.yaml without its section `decoding`; "" without config.yaml.
        writing: Files that are being replaced, which have no record.
    """

    files: Mapping[str, FileRecord]
    settings: str = ""
    writing: tuple[str, ...] = ()


def read_manifest(directory: Path) -> Manifest | None:
    """Read the manifest of a directory.

    Args:
        directory: Model directory, checkpoint or folder of best weights.

    Returns:
        The manifest; None if there is none.

    Raises:
        CheckpointError: It is damaged, or of a later version.
    """
    path = directory / MANIFEST
    if not path.exists():
        return None
    saved = read_json(path)
    if saved.get("format") != FORMAT:
        raise CheckpointError(
            f"{path}: format {saved.get('format')!r}, but this version reads {FORMAT}"
        )
    files = {}
    for name, entry in field(saved, "files", dict, path).items():
        if not isinstance(entry, dict):
            raise CheckpointError(f"{path}: damaged: the entry of {name!r} is not an object")
        files[name] = FileRecord(field(entry, "size", int, path), field(entry, "sha256", str, path))
    writing = field(saved, "writing", list, path) if "writing" in saved else []
    settings = field(saved, "settings", str, path) if "settings" in saved else ""
    return Manifest(files, settings, tuple(map(str, writing)))


def seal(directory: Path) -> Manifest:
    """Write the manifest of a directory from the files that are there.

    Args:
        directory: Model directory, checkpoint or folder of best weights.

    Returns:
        The manifest.

    Raises:
        OSError: A file cannot be read, or the manifest cannot be written.
    """
    manifest = _recorded(directory, {}, own_files(directory), "")
    _write(manifest, directory)
    return manifest


@contextlib.contextmanager
def sealing(directory: Path, *names: str) -> Iterator[None]:
    """Replace or remove files in the context, and renew their records at its end.

    Other records are kept as they are, so that damage to other files is not sealed. A directory
    without a manifest gets one of all its files.

    Args:
        directory: Model directory, checkpoint or folder of best weights.
        names: Paths in the directory of the files that change.

    Raises:
        CheckpointError: The manifest is damaged.
        OSError: A file cannot be read, or the manifest cannot be written.
    """
    before = read_manifest(directory)
    if before is None:
        yield
        seal(directory)
        return
    kept = {name: record for name, record in before.files.items() if name not in names}
    writing = tuple(sorted({*before.writing, *names}))
    _write(Manifest(kept, before.settings, writing), directory)
    yield
    there = [name for name in writing if (directory / name).is_file()]
    _write(_recorded(directory, kept, there, before.settings), directory)


def complete(directory: Path) -> None:
    """Record the files that a program was replacing when it was killed."""
    manifest = read_manifest(directory)
    if manifest is not None and manifest.writing:
        with sealing(directory):
            pass


def check_files(
    directory: Path, *, names: Iterable[str] | None = None, card: bool = True
) -> list[str]:
    """Check the files of a directory against its manifest, if it has one.

    Args:
        directory: Model directory, checkpoint or folder of best weights.
        names: Paths in the directory of the files to check. Default: all.
        card: Check the model card too. It is for people, so a change is only noted.

    Returns:
        Notes on changes that are allowed, one line each.

    Raises:
        CheckpointError: A file is missing, damaged or of another model; the message names it.
    """
    for attempt in range(_ATTEMPTS):
        manifest = read_manifest(directory)
        if manifest is None:
            return []
        try:
            return _differences(directory, manifest, names, card=card)
        except CheckpointError:
            if attempt == _ATTEMPTS - 1 or read_manifest(directory) == manifest:
                raise  # no training has replaced files meanwhile
    raise AssertionError("unreachable")


def _differences(
    directory: Path, manifest: Manifest, names: Iterable[str] | None, *, card: bool
) -> list[str]:
    """Compare files with a manifest; see `check_files`."""
    present = own_files(directory)
    wanted = sorted({*present, *manifest.files} if names is None else names)
    notes = []
    for name in wanted:
        path = directory / name
        record = manifest.files.get(name)
        if name in manifest.writing or (name == CARD and not card):
            continue
        if record is None:
            raise CheckpointError(f"{path}: is not listed in {MANIFEST}, so of another model")
        reason = _difference(path, record)
        if not reason:
            continue
        if name == CARD:
            notes.append(f"{path}: has changed since {MANIFEST} was written ({reason})")
        elif name == CONFIG and path.is_file() and _settings(path) == manifest.settings:
            notes.append(
                f"{path}: its section decoding was edited by hand; `seq2seq seal {directory}` "
                "accepts it for good"
            )
        else:
            raise CheckpointError(f"{path}: damaged: {reason}")
    return notes


def _difference(path: Path, record: FileRecord) -> str:
    """Return in what a file differs from its record, or ""."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return "it is not a regular file"
        if status.st_size != record.size:
            return f"it has {status.st_size:,} bytes, not {record.size:,} as {MANIFEST} says"
        same = _sha256(path) == record.sha256
    except FileNotFoundError:
        return f"it is missing, but {MANIFEST} lists it"
    except OSError as error:
        return f"it cannot be read: {error.strerror or error}"
    return "" if same else f"its content is not that of which {MANIFEST} has the SHA-256"


def _recorded(
    directory: Path, kept: Mapping[str, FileRecord], names: Iterable[str], settings: str
) -> Manifest:
    """Return a manifest with the records that are kept and new ones of the files named."""
    files = dict(kept)
    for name in names:
        path = directory / name
        files[name] = FileRecord(path.stat().st_size, _sha256(path))
        if name == CONFIG:
            settings = _settings(path)
    return Manifest(files, settings)


def _write(manifest: Manifest, directory: Path) -> None:
    """Write a manifest; what is equal gives equal bytes."""
    content: dict[str, object] = {
        "format": FORMAT,
        "files": {name: manifest.files[name]._asdict() for name in sorted(manifest.files)},
    }
    if manifest.settings:
        content["settings"] = manifest.settings
    if manifest.writing:
        content["writing"] = list(manifest.writing)
    atomic_write(directory / MANIFEST, lambda path: write_json(path, content))


def _sha256(path: Path) -> str:
    check_regular(path)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _settings(path: Path) -> str:
    """Return the SHA-256 of a configuration without its section `decoding`.

    The section is cut out as text. It ends at the next line that begins a section.
    """
    kept = []
    inside = False
    check_regular(path)
    for line in path.read_bytes().splitlines():
        if line[:1] not in (b" ", b"\t", b"#", b""):
            inside = line.startswith(_EDITABLE.encode())
        if not inside:
            kept.append(line)
    return hashlib.sha256(b"\n".join(kept)).hexdigest()
