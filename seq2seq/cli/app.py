"""Entry points of the commands `seq2seq` and `translate`.

No slow library is imported before a command runs.
"""

from __future__ import annotations

from typing import Annotated

import typer

from seq2seq.cli.evaluate import evaluate
from seq2seq.cli.init import init
from seq2seq.cli.model_files import average, quantize, seal, shortlist
from seq2seq.cli.options import show_version
from seq2seq.cli.report import report
from seq2seq.cli.run import run, run_recipe
from seq2seq.cli.serve import serve
from seq2seq.cli.settings import settings
from seq2seq.cli.train import train
from seq2seq.cli.translate import translate

app = typer.Typer(
    name="seq2seq",
    help="Train and evaluate recurrent translation models. `translate` uses them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def _app(
    version: Annotated[
        bool,
        typer.Option("--version", callback=show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    pass


app.command()(init)
app.command()(settings)
app.command()(train)
app.command()(evaluate)
app.command()(shortlist)
app.command()(average)
app.command()(quantize)
app.command()(seal)
app.command()(report)
app.command()(serve)


def main() -> None:
    """Run the command `seq2seq`."""
    run(app)


def translate_main() -> None:
    """Run the command `translate`."""
    run_recipe(translate)
