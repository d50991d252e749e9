"""Entry points of the commands `seq2seq` and `translate`.

No slow library is imported before a command runs.
"""

from __future__ import annotations

from typing import Annotated

import typer

from seq2seq.cli.classify import classify
from seq2seq.cli.command import Command, Group
from seq2seq.cli.compare import compare
from seq2seq.cli.data import data
from seq2seq.cli.describe import describe
from seq2seq.cli.evaluate import evaluate
from seq2seq.cli.export import export
from seq2seq.cli.init import init
from seq2seq.cli.language_model import complete, generate
from seq2seq.cli.model_files import average, quantize, seal, shortlist
from seq2seq.cli.options import RawTerminal, show_version
from seq2seq.cli.report import report
from seq2seq.cli.run import run
from seq2seq.cli.serve import serve
from seq2seq.cli.settings import settings
from seq2seq.cli.trace_page import trace
from seq2seq.cli.train import train
from seq2seq.cli.translate import translate

app = typer.Typer(
    name="seq2seq",
    help="Train, evaluate and use recurrent translation models.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    cls=Group,
)


@app.callback()
def _app(
    version: Annotated[
        bool,
        typer.Option("--version", callback=show_version, is_eager=True, help="Print the version."),
    ] = False,
    raw_terminal: RawTerminal = False,
) -> None:
    pass


app.command(cls=Command)(init)
app.command(cls=Command)(data)
app.command(cls=Command)(settings)
app.command(cls=Command)(train)
app.command(cls=Command)(translate)
app.command(cls=Command)(evaluate)
app.command(cls=Command)(compare)
app.command(cls=Command)(complete)
app.command(cls=Command)(generate)
app.command(cls=Command)(classify)
app.command(cls=Command)(describe)
app.command(cls=Command)(shortlist)
app.command(cls=Command)(average)
app.command(cls=Command)(quantize)
app.command(cls=Command)(seal)
app.command(cls=Command)(report)
app.command(cls=Command)(trace)
app.command(cls=Command)(serve)
app.command(cls=Command)(export)


translate_app = typer.Typer(pretty_exceptions_enable=False)
translate_app.command(cls=Command)(translate)


def main() -> None:
    """Run the command `seq2seq`."""
    run(app)


def translate_main() -> None:
    """Run the command `translate`."""
    run(translate_app)
