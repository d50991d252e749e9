"""Checks of compiled files: what a wheel needs of its platform, and WebAssembly of a page."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from release_commands import run
from wheel_targets import platform_tag

MAX_WEB = 150_000
MAX_WEB_GZIPPED = 60_000
"""Maximum size of the WebAssembly in bytes, as it is and as servers send it."""

_IMPORTS = 2
"""Number of the section of imports."""


def platform_problems(wheel: Path, *, architecture: str, tools: Path) -> list[str]:
    """Return what is wrong with the platform of a wheel.

    Args:
        wheel: File of the wheel.
        architecture: Processor that it is for.
        tools: Python of the environment of `make_tools`.

    Returns:
        Problems; none if the symbols of its library are those that its tag promises.
    """
    wanted = platform_tag(architecture)
    if not wheel.name.endswith(f"-py3-none-{wanted}.whl"):
        return [f"{wheel.name}: has not the tag py3-none-{wanted}"]
    command: list[str | Path] = [tools, "-m", "auditwheel", "show", wheel.absolute()]
    words = " ".join(run(command, step=f"look at the symbols of {architecture}").split())
    found = re.search(r'consistent with the following platform tag: "(\S+)"', words)
    if found and found[1] == wanted:
        return []
    return [f"{wheel.name}: its library is for {found[1] if found else 'no known platform'}"]


def web_problems(library: Path) -> list[str]:
    """Return what is wrong with a WebAssembly file: imports, or its size."""
    content = library.read_bytes()
    problems = ["has imports"] if _IMPORTS in _sections(content) else []
    for size, most, how in (
        (len(content), MAX_WEB, "bytes"),
        (len(gzip.compress(content)), MAX_WEB_GZIPPED, "bytes gzipped"),
    ):
        if size > most:
            problems.append(f"{size:,} {how}; the limit is {most:,}")
    return [f"{library.name}: {problem}" for problem in problems]


def _sections(content: bytes) -> list[int]:
    """Return the numbers of the sections of a WebAssembly file."""
    found = []
    place = 8  # after the magic number and the version
    while place < len(content):
        found.append(content[place])
        size, place = _number(content, place + 1)
        place += size
    return found


def _number(content: bytes, place: int) -> tuple[int, int]:
    """Read a number in LEB128; return it and the place after it."""
    value = shift = 0
    while content[place] & 0x80:
        value |= (content[place] & 0x7F) << shift
        shift += 7
        place += 1
    return value | content[place] << shift, place + 1
