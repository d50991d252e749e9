"""The compiled library that belongs to this installation."""

from __future__ import annotations

import functools
import os
from pathlib import Path

from seq2seq.engine.library import NativeLibrary

FILE = Path(__file__).with_name("libs2s.so")
"""Where the installation puts the library."""

VARIABLE = "SEQ2SEQ_NATIVE_LIBRARY"
"""Environment variable that names another library, such as one with sanitizers."""


@functools.cache
def load_library() -> NativeLibrary | None:
    """Return the library; None if the installation could not compile it."""
    path = Path(os.environ.get(VARIABLE) or FILE)
    return NativeLibrary(path) if path.is_file() else None
