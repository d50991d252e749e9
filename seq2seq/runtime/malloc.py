"""What becomes of memory that a step of training or decoding has freed."""

from __future__ import annotations

import ctypes
import platform

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # names of glibc's mallopt(3)


def tune_malloc() -> bool:
    """Let the process keep 64 MiB of freed memory for its next step; return whether the C library
    can be told so.

    By default glibc gives freed memory back at once and gets it again page by page, each found and
    cleared by the system: a tenth of the time of a step, and more of a large one. Blocks of more
    than 16 MiB still go back: those of large batches of many shapes would leave holes, hundreds of
    MiB (docs/NOTES.md). It holds for the whole process."""
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return bool(mallopt(_MMAP_THRESHOLD, 16 << 20) and mallopt(_TRIM_THRESHOLD, 64 << 20))
