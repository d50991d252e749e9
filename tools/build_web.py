"""Compile the engine to WebAssembly for the package, after a change of seq2seq/engine/native.

    python tools/build_web.py

It downloads zig (100 MB) the first time, as tools/build_wheels.py does.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from build_wheels import CONSTRAINTS, ROOT, TOOLS
from release_commands import ReleaseError
from wheel_checks import web_problems
from wheel_targets import NATIVE, build_web, make_tools

from seq2seq.web.library_file import LIBRARY, write_library


def main() -> None:
    """Compile, check and write the library."""
    with tempfile.TemporaryDirectory() as temporary:
        tools = make_tools(TOOLS, CONSTRAINTS)
        library, _ = build_web(ROOT, Path(temporary) / "web", tools=tools)
        if problems := web_problems(library):
            raise ReleaseError("\n".join(problems))
        write_library(library.read_bytes(), ROOT / NATIVE)
    print(f"wrote {LIBRARY}: {LIBRARY.stat().st_size:,} bytes")


if __name__ == "__main__":
    try:
        main()
    except ReleaseError as error:
        sys.exit(f"error: {error}")
