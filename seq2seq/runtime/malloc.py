"""Keep freed memory for the next step instead of returning it to the system (glibc)."""

from __future__ import annotations

import ctypes
import platform

_TRIM_THRESHOLD = -1
_MMAP_THRESHOLD = -3
"""Names of parameters of glibc's mallopt(3)."""


def tune_malloc() -> bool:
    """Let the process keep up to 64 MiB of freed memory, for as long as it lives.

    By default glibc returns freed memory at once and gets it again page by page, each found and
    cleared by the system: a tenth of the time of a step, and more of a large one. Blocks of more
    than 16 MiB are still returned: those of large batches of many shapes would leave holes,
    hundreds of MiB (docs/NOTES.md).

    Returns:
        True if the C library can be told so.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return bool(mallopt(_MMAP_THRESHOLD, 16 << 20) and mallopt(_TRIM_THRESHOLD, 64 << 20))
