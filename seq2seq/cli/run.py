"""Functions run as programs: parameters are the options, the docstring is the help."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from typing import Any

import typer

from seq2seq.errors import Seq2SeqError
from seq2seq.runtime.launch import defer_to_main_process


def run_recipe(command: Callable[..., None]) -> None:
    """Run a function as a program.

    Its parameters are the options and its docstring is the help, as typer reads them. A
    Seq2SeqError is printed as one line and ends the program with exit code 1.

    Args:
        command: The function.
    """
    program = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    program.command()(command)
    run(program)


def run(command: Callable[[], Any]) -> None:
    """Run a command: a user's error is one line, Ctrl-C ends it quietly.

    (typer ends it quietly when a pipe is closed.)
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    for noisy in ("httpx", "datasets", "accelerate", "fsspec", "urllib3", "filelock"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    try:
        command()
    except Seq2SeqError as error:
        defer_to_main_process(os.environ)
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
