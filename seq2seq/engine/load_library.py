"""The compiled library that belongs to this installation."""

from __future__ import annotations

import functools
import logging
import os
from pathlib import Path

from seq2seq.engine.library import NativeLibrary

FILE = Path(__file__).with_name("libs2s.so")
"""Where the installation puts the library."""

VARIABLE = "SEQ2SEQ_NATIVE_LIBRARY"
"""Environment variable that names another library, such as one with sanitizers."""

_log = logging.getLogger(__name__)


@functools.cache
def load_library() -> NativeLibrary | None:
    """Return the library; None, with a warning, if there is none that this version can use."""
    path = Path(os.environ.get(VARIABLE) or FILE)
    if not path.is_file():
        _log.warning("there is no compiled library, so PyTorch translates; a C compiler is needed")
        return None
    try:
        return NativeLibrary(path)
    except OSError as error:
        _log.warning("PyTorch translates: %s; install the package again", error)
        return None
