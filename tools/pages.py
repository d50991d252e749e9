"""Runnable blocks of the documentation pages.

A page is a Markdown file. Its blocks run in order, in one directory:

- `bash` blocks run with `bash -e`, and `python` blocks share one namespace;
- a block with a title is written to the file of that name;
- the line `<!-- not run: REASON -->` before a block leaves it out;
- the line `<!-- run: COMMAND -->` runs a command that readers do not see, such as one that makes
  the files that they have.

Other blocks, such as output in `text` blocks, are ignored.
"""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]

LINKED = ("recipes", "tools", "tests")
"""Directories of the checkout that a page can use."""

RUNNABLE = ("bash", "python")

_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)(?P<rest>.*)$")
_TITLE = re.compile(r'title="([^"]+)"')
_RUN = re.compile(r"^ *<!-- run: (.+) -->$")
_NOT_RUN = re.compile(r"^ *<!-- not run: (.+) -->$")
_TOOK = re.compile(r"<!-- took -->.*?<!-- /took -->", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """Fenced block of a page.

    Attributes:
        language: Language of the fence, such as "bash".
        code: Text of the block, without indentation.
        line: Number of its first line in the page.
        title: Name of the file that it shows; "" if none.
        not_run: Reason why it is not run; "" if it is run.
    """

    language: str
    code: str
    line: int
    title: str = ""
    not_run: str = ""


class PageError(Exception):
    """Raised when a block of a page fails; the message names the page and the line."""


def blocks(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a page in order."""
    lines = page.read_text(encoding="utf-8").splitlines()
    number = 0
    reason = ""
    while number < len(lines):
        line = lines[number]
        number += 1
        if skipped := _NOT_RUN.match(line):
            reason = skipped[1]
        elif hidden := _RUN.match(line):
            yield Block("bash", hidden[1] + "\n", number)
        elif fence := _FENCE.match(line):
            end = next((at for at in range(number, len(lines)) if lines[at].strip() == "```"), None)
            if end is None:
                raise PageError(f"{page}, line {number}: the block is not closed")
            code = textwrap.dedent("\n".join(lines[number:end])) + "\n"
            title = _TITLE.search(fence["rest"])
            yield Block(fence["language"], code, number + 1, title[1] if title else "", reason)
            number = end + 1
            reason = ""
        elif line.strip():
            reason = ""


def run_page(page: Path, directory: Path) -> float:
    """Run the blocks of a page.

    Args:
        page: Markdown file.
        directory: Working directory, which gets links to the directories in `LINKED`.

    Returns:
        Seconds that the blocks took together.

    Raises:
        PageError: A block failed.
    """
    for name in LINKED:
        (directory / name).symlink_to(ROOT / name)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    started = time.perf_counter()
    for block in blocks(page):
        if block.title:
            path = directory / block.title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.code, encoding="utf-8")
        elif block.language in RUNNABLE and not block.not_run:
            _run(block, page, directory, namespace)
    return time.perf_counter() - started


def _run(block: Block, page: Path, directory: Path, namespace: dict[str, Any]) -> None:
    place = f"{page}, line {block.line}"
    print(f"--- {place}", flush=True)
    if block.language == "bash":
        done = subprocess.run(["bash", "-e", "-o", "pipefail", "-c", block.code], cwd=directory)
        if done.returncode:
            raise PageError(f"{place}: exit status {done.returncode}")
        return
    try:
        # The line numbers of a traceback are those of the page.
        exec(compile("\n" * (block.line - 1) + block.code, str(page), "exec"), namespace)
    except Exception as error:
        raise PageError(f"{place}: {type(error).__name__}: {error}") from error
    sys.stdout.flush()


def with_time(text: str, seconds: float, date: str) -> str:
    """Return a page with the measured time where it has the marks `<!-- took --><!-- /took -->`."""
    minutes = max(1, round(seconds / 60))
    unit = "minute" if minutes == 1 else "minutes"
    sentence = f"The commands of this page took {minutes} {unit} on two CPU cores ({date})."
    return _TOOK.sub(f"<!-- took -->{sentence}<!-- /took -->", text)
