"""Run functions as programs: parameters become options, the docstring becomes the help."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import typer

from seq2seq.errors import Seq2SeqError
from seq2seq.runtime.launch import defer_to_main_process
from seq2seq.runtime.storage import describe_with_path
from seq2seq.runtime.terminal import LogHandler, note


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
    """Run a command; print an error of the user's or the machine's as one line.

    On Ctrl-C and on a closed pipe, the command ends quietly.
    """
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for some takes 10 ms
    logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=[LogHandler()])
    for noisy in ("httpx", "datasets", "accelerate", "fsspec", "urllib3", "filelock"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    try:
        command()
    except Seq2SeqError as error:
        _fail(str(error))
    except OSError as error:
        _fail(describe_with_path(error))
    except KeyboardInterrupt:
        sys.exit(130)


def _fail(reason: str) -> NoReturn:
    """Print why the command has failed, and end it."""
    defer_to_main_process(os.environ)
    with contextlib.suppress(OSError):  # standard error may be on the full disk, too
        note(f"error: {reason}")
    sys.exit(1)
