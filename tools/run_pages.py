"""Run the commands and the Python code of documentation pages.

    python tools/run_pages.py docs/tutorials/first-model.md
    python tools/run_pages.py --write-time docs/tutorials/*.md

With --write-time, the measured time is written onto the page between <!-- took --> and
<!-- /took -->. The environment must have the package installed, with the commands `seq2seq` and
`translate`. tests/docs/test_pages.py runs the same blocks with shortened trainings.
"""

from __future__ import annotations

import datetime
import os
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from pages import PageError, run_page, with_time


def main(
    pages: Annotated[list[Path], typer.Argument(metavar="PAGE...", help="Markdown files.")],
    write_time: Annotated[
        bool, typer.Option("--write-time", help="Write the measured time onto the page.")
    ] = False,
) -> None:
    """Run each page in a new directory; stop at the first block that fails."""
    home = Path.cwd()
    for page in pages:
        path = page.resolve()
        with tempfile.TemporaryDirectory() as directory:
            os.chdir(directory)  # for Python blocks
            try:
                seconds = run_page(path, Path(directory))
            finally:
                os.chdir(home)
        print(f"{page}: {seconds:,.0f} s", file=sys.stderr)
        if write_time:
            text = path.read_text(encoding="utf-8")
            today = datetime.date.today().isoformat()
            path.write_text(with_time(text, seconds, today), encoding="utf-8")


if __name__ == "__main__":
    program = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    program.command()(main)
    try:
        program()
    except PageError as error:
        sys.exit(f"error: {error}")
