"""Errors of disks and file systems as one line: the path, the reason and what to do about it."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from seq2seq.errors import StorageError

_ADVICE = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "free some of your quota",
    errno.EROFS: "choose another place, or mount it for writing",
    errno.EACCES: "choose another place, or change its permissions",
    errno.EPERM: "choose another place, or change its permissions",
    errno.EIO: "check the disk",
    errno.ESTALE: "the directory has vanished; bring it back, or choose another place",
    errno.ENOENT: "check that the directory still exists",
    errno.EEXIST: "choose another name, since a file has this one",
    errno.ENOTDIR: "choose a path that leads through directories only",
    errno.EFBIG: "raise the limit on file sizes (ulimit -f)",
    errno.EMFILE: "raise the limit on open files (ulimit -n)",
    errno.ENAMETOOLONG: "choose a shorter name",
}
"""What to do about an error, before the command is run again."""


def describe(error: OSError) -> str:
    """Return the reason of an error and what to do about it, on one line."""
    reason = error.strerror or " ".join(str(error).split()) or type(error).__name__
    advice = _ADVICE.get(error.errno or 0)
    return f"{reason}; {advice}" if advice else reason


def describe_with_path(error: OSError) -> str:
    """Return the path that an error names, if any, its reason and what to do about it."""
    path = error.filename
    place = f"{os.fsdecode(path)}: " if isinstance(path, str | bytes | os.PathLike) else ""
    return f"{place}{describe(error)}"


@contextlib.contextmanager
def writing(path: Path | str) -> Iterator[None]:
    """Turn an error in writing a file or directory into one that addresses the user.

    Args:
        path: What is written, by the name that the user knows.

    Raises:
        StorageError: It cannot be written.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise StorageError(f"{path}: cannot be written: {describe(error)}") from error
    except RecursionError:  # of pathlib
        raise StorageError(
            f"{path}: cannot be written: it is in too many directories, one inside another; choose "
            "another place"
        ) from None
