"""The C library of seq2seq/engine, compiled for a test."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from seq2seq.engine.load_library import VARIABLE

SOURCES = Path(__file__).parents[2] / "seq2seq" / "engine" / "native"
FLAGS = [
    "-std=c11",
    "-O1",
    "-shared",
    "-fPIC",
    "-fvisibility=hidden",
    "-pedantic",
    "-Wall",
    "-Wextra",
    "-Wconversion",
    "-Wshadow",
    "-Wundef",
    "-Werror",
]


def compiler() -> str:
    """Return the C compiler, or skip the test if there is none."""
    found = os.environ.get("CC") or shutil.which("cc")
    if found is None:
        pytest.skip("needs a C compiler")
    return found


def library_path(directory: Path) -> Path:
    """Return the library that SEQ2SEQ_NATIVE_LIBRARY names, such as one with sanitizers.

    If there is none, compile it, or skip the test if there is no C compiler.
    """
    if path := os.environ.get(VARIABLE):
        return Path(path)
    path = directory / "native.so"
    files = sorted(map(str, SOURCES.glob("*.c")))
    subprocess.run([compiler(), *FLAGS, *files, "-o", str(path), "-lm"], check=True)
    return path
