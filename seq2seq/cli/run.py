"""Run functions as programs: parameters become options, the docstring becomes the help."""

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

    Its parameters become the options and its docstring the help, as in typer. A Seq2SeqError is
    printed as one line and ends the program with exit code 1.

    Args:
        command: Function to run.
    """
    program = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    program.command()(command)
    run(program)


def run(command: Callable[[], Any]) -> None:
    """Run a command; print a user's error as one line, and end quietly on Ctrl-C.

    On a closed pipe, typer ends the command quietly.
    """
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for some takes 10 ms
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
