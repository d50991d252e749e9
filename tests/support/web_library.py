"""The C library of seq2seq/engine as WebAssembly, compiled for a test."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from tests.support.node import node

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))


def zig() -> Path:
    """Return a Python that has zig: this one, or that of tools/build_wheels.py if it has run."""
    import build_wheels

    if importlib.util.find_spec("ziglang"):
        return Path(sys.executable)
    kept: Path = build_wheels.TOOLS / "bin" / "python"
    if not kept.exists():
        pytest.skip("needs zig: pip install ziglang, or run tools/build_wheels.py")
    return kept


def web_folder(directory: Path) -> Path:
    """Compile the library; return the new folder that holds it and its modules."""
    import wheel_targets

    node()
    library, _ = wheel_targets.build_web(ROOT, directory / "web", tools=zig())
    return library.parent
