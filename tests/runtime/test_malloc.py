"""Memory that was freed is used again, not asked for again."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, resource, sys
from seq2seq.runtime.malloc import tune_malloc

libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        blocks = [libc.malloc(1 << 20) for _ in range(24)]  # 256 pages each
        for block in blocks:
            ctypes.memset(block, 1, 1 << 20)
        for block in reversed(blocks):
            libc.free(block)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

faults()
if sys.argv[1] == "keep":
    assert tune_malloc()
    faults()
print(faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="a setting of glibc's")
def test_large_blocks_are_not_cleared_again_by_the_system() -> None:
    counts = [
        int(
            subprocess.run(
                [sys.executable, "-c", PROGRAM, word], check=True, capture_output=True
            ).stdout
        )
        for word in ("leave", "keep")
    ]
    assert counts[0] > 30_000, f"page faults without and with: {counts}"
    assert counts[1] < 2_000, f"page faults without and with: {counts}"
