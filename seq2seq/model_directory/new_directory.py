"""Rule for directories that a command makes: they hold none of the user's files."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from seq2seq.errors import CheckpointError
from seq2seq.model_directory.names import (
    CARD,
    CONFIDENCE,
    CONFIG,
    MANIFEST,
    SHORTLIST,
    TOKENIZER,
    UNFINISHED,
    WEIGHTS,
)
from seq2seq.runtime.directory_lock import directory_lock
from seq2seq.runtime.storage import writing

_SHOWN = 3
"""Maximum number of files that a message names."""

_WRITTEN = {TOKENIZER, WEIGHTS, CARD, SHORTLIST, CONFIDENCE, CONFIG, MANIFEST}
"""Names of what a command writes into a new directory."""

_TOKENIZER_FILE = re.compile(r"\.?(tokenizer\.json|(joint|source|target)\.\w+)(\.tmp)?")


def contents(directory: Path, *, unfinished: bool = False) -> str:
    """Describe what is in the way of a new directory: "" if it is absent or empty.

    Hidden files, such as .gitignore, are not counted: no command leaves files of such names.

    Args:
        directory: The directory to be made.
        unfinished: Do not count tokenizers either. They are all that a training leaves if it is
            killed before it has written its configuration.
    """
    if not directory.is_dir():
        return "is not a directory" if directory.exists() or directory.is_symlink() else ""
    names = sorted(path.name for path in directory.iterdir() if not path.name.startswith("."))
    if unfinished and names == [TOKENIZER] and _holds_only_tokenizers(directory / TOKENIZER):
        return ""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"is not empty (it holds {', '.join(names[:_SHOWN])}{more})" if names else ""


def check_new(directory: Path) -> None:
    """Check that a directory is absent or empty, or holds what a broken-off command left.

    Raises:
        CheckpointError: If it is not.
    """
    if (found := contents(directory)) and not _is_broken_off(directory):
        raise CheckpointError(f"{directory}: {found}; choose another --output")


@contextlib.contextmanager
def new_directory(directory: Path) -> Iterator[None]:
    """Make a directory for a model, which nothing else writes to meanwhile.

    What has been written is removed if an error ends the writing.

    Raises:
        CheckpointError: If the directory is not empty.
        StorageError: If the directory cannot be made or written to, or is being written to.
    """
    check_new(directory)
    broken_off = _is_broken_off(directory)
    with writing(directory):
        directory.mkdir(parents=True, exist_ok=True)
    with directory_lock(directory):
        check_new(directory)
        if broken_off:
            with writing(directory):
                _empty(directory)
        marker = directory / UNFINISHED
        try:
            with writing(directory):
                marker.touch()
                yield
                marker.unlink()
        except BaseException:
            with contextlib.suppress(OSError):
                _empty(directory)
                marker.unlink(missing_ok=True)
            raise


def _is_broken_off(directory: Path) -> bool:
    """Return whether a directory holds nothing but what such a command left when it broke off.

    It could not remove that, having been killed for example.
    """
    if not (directory / UNFINISHED).is_file():
        return False
    names = {path.name for path in directory.iterdir() if not path.name.startswith(".")}
    return names <= _WRITTEN and (
        TOKENIZER not in names or _holds_only_tokenizers(directory / TOKENIZER)
    )


def _empty(directory: Path) -> None:
    """Remove all that a command has written into a new directory, in which nothing else was."""
    for path in directory.iterdir():
        if not path.name.startswith("."):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def remove_written(directory: Path) -> None:
    """Remove what a training has written into an empty directory before its first step."""
    with contextlib.suppress(OSError):
        for name in (CONFIG, MANIFEST):
            (directory / name).unlink(missing_ok=True)
        if _holds_only_tokenizers(directory / TOKENIZER):
            shutil.rmtree(directory / TOKENIZER)


def _holds_only_tokenizers(folder: Path) -> bool:
    """Return whether all names in a folder are those that TokenizerPair.save writes."""
    return folder.is_dir() and all(
        _TOKENIZER_FILE.fullmatch(path.name) for path in folder.iterdir()
    )
