"""Run functions as programs: parameters become options, the docstring becomes the help."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import typer

from seq2seq.errors import Seq2SeqError
from seq2seq.runtime.launch import defer_to_main_process
from seq2seq.runtime.notes import be_quiet, write_error
from seq2seq.runtime.storage import describe_with_path
from seq2seq.runtime.terminal import LogHandler

log = logging.getLogger("seq2seq.cli")


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
    _open_closed_streams()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for some takes 10 ms
    logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=[LogHandler()])
    for noisy in ("httpx", "datasets", "accelerate", "fsspec", "urllib3", "filelock"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    with _levels():
        try:
            command()
        except Seq2SeqError as error:
            log.debug("%s", traceback.format_exc())
            _fail(str(error))
        except OSError as error:
            log.debug("%s", traceback.format_exc())
            _fail(describe_with_path(error))
        except KeyboardInterrupt:
            sys.exit(130)


@contextlib.contextmanager
def _levels() -> Iterator[None]:
    """Restore the levels of the log, which -q and -v change, for whoever runs a command inside."""
    loggers = [logging.getLogger(), logging.getLogger("seq2seq")]
    before = [logger.level for logger in loggers]
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
        be_quiet(False)


def _fail(reason: str) -> NoReturn:
    """Print why the command has failed, and end it."""
    defer_to_main_process(os.environ)
    write_error(f"error: {reason}")
    sys.exit(1)


def _open_closed_streams() -> None:
    """Open what is closed of the standard streams: nobody reads it, but nothing else gets there.

    A file that is opened would otherwise get the number of a closed stream, and with it what
    libraries write there. Standard output stays closed for Python, so that a command can refuse to
    write its results nowhere.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - until the end
