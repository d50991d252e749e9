"""The commands `translate` and `seq2seq train|evaluate|…`. Nothing heavy is imported before a command runs."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from seq2seq.default_model import default_model
from seq2seq.errors import Seq2SeqError
from seq2seq.evaluate_command import evaluate
from seq2seq.launch import let_the_first_say_it, rank
from seq2seq.options import (
    Beam,
    Device,
    Dtype,
    Models,
    Settings,
    Shortlist,
    SplitSentences,
    Threads,
    To,
    Workers,
    set_threads,
)
from seq2seq.report_command import report
from seq2seq.version import __version__

app = typer.Typer(
    name="seq2seq",
    help="Train and evaluate recurrent translation models. `translate` uses them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(show: bool) -> None:
    if show:
        print(__version__)
        raise typer.Exit


@app.callback()
def _app(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")] = False,
) -> None:
    pass


@app.command()
def train(
    config: Annotated[Path, typer.Argument(help="YAML file; recipes/*/config.yaml are examples.")],
    overrides: Annotated[list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE", help="Settings.")] = None,
    output: Annotated[Path | None, typer.Option(help="Run directory; by default runs/ and the config's name.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in the directory, if any.")] = False,
    cpu: Annotated[bool, typer.Option("--cpu", help="Leave a GPU alone.")] = False,
    threads: Threads = None,
) -> None:
    """Train a model.

    Needs two settings, data.train and data.dev; for example, from tab-separated files:

        seq2seq train config.yaml training.max_steps=5000 model.cell=gru

    Ctrl-C saves a checkpoint first; --resume goes on from it as if nothing had happened. On several GPUs:

        accelerate launch -m seq2seq train config.yaml
    """
    set_threads(threads)
    import seq2seq.training.run as run  # loads the registries, so that the configuration's names are checked with it
    from seq2seq.config import Config

    name = config.parent.name if config.stem == "config" and config.parent.name else config.stem
    directory = output or Path("runs") / name
    outcome = run.train(Config.load(config, overrides or []), directory, resume=resume, cpu=cpu)
    if rank(os.environ):
        return
    if outcome.stopped_by is not None:
        print(f"stopped by {outcome.stopped_by} at step {outcome.step:,}; add --resume to go on", file=sys.stderr)
        raise typer.Exit(130 if outcome.stopped_by == "SIGINT" else 143)
    best = (
        "" if outcome.best_score is None else f"; best dev BLEU {outcome.best_score:.2f} at step {outcome.best_step:,}"
    )
    print(f"trained {outcome.step:,} steps in {outcome.seconds:,.0f} s{best}", file=sys.stderr)
    print(f'the model is in {directory}; try: translate --model {directory} "…"', file=sys.stderr)


app.command()(evaluate)


@app.command()
def shortlist(
    model: Annotated[Path, typer.Argument(help="Model directory.")],
    data: Annotated[str | None, typer.Option(help="Pairs to learn from; by default those of the training.")] = None,
    per_token: Annotated[int | None, typer.Option(min=1, help="Target tokens for each source token, at most.")] = None,
    frequent: Annotated[int | None, typer.Option(min=0, help="Frequent target tokens for every sentence.")] = None,
) -> None:
    """Learn which target tokens each source token may become, so that translating can score those alone.

    Writes shortlist.safetensors into the model directory, and prints what it does on the model's dev pairs.
    """
    from seq2seq.data.shortlist import FREQUENT, PER_TOKEN
    from seq2seq.shortlister import BATCH
    from seq2seq.shortlister import shortlist as run

    found = run(
        model,
        data,
        per_token=PER_TOKEN if per_token is None else per_token,
        frequent=FREQUENT if frequent is None else frequent,
    )
    if found is not None:
        print(f"candidates: {found.candidates:,.0f} a sentence, {found.in_batch:,.0f} a batch of {BATCH} sentences")
        print(f"covered: {found.covered:.2%} of the dev references' tokens")


@app.command()
def average(
    run: Annotated[Path, typer.Argument(help="Run directory that has kept several weights.")],
    output: Annotated[Path, typer.Option(help="Model directory to write.")],
    best: Annotated[bool, typer.Option("--best", help="Of those that scored best, instead of the newest.")] = False,
    count: Annotated[int | None, typer.Option(min=2, help="The newest of them; by default all that were kept.")] = None,
) -> None:
    """Write the mean of several weights of one run as a model of its own.

    Train with training.keep_last (or, for --best, training.keep_best) as high as there are weights to average.
    """
    from seq2seq.averaging import average as average_weights

    print("\n".join(f"averaged {path}" for path in average_weights(run, output, best=best, count=count)))


@app.command()
def compress(
    model: Annotated[Path, typer.Argument(help="Model directory.")],
    output: Annotated[Path, typer.Option(help="Model directory to write.")],
) -> None:
    """Write a model with its matrices as int8: a quarter of the bytes, and read like any other model.

    By default it decodes in int8 too, where the processor can, with the products of the model before.
    """
    from seq2seq.compressing import compress as run

    before, after = run(model, output)
    print(f"wrote {output}: {after / 1e6:.1f} MB of weights, where there were {before / 1e6:.1f}")


app.command()(report)


def translate(
    text: Annotated[list[str] | None, typer.Argument(help="Sentences; without any, standard input is read.")] = None,
    model: Models = None,
    input: Annotated[Path | None, typer.Option("--input", "-i", help="File to read; .gz too.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write; .gz too.")] = None,
    beam: Beam = None,
    nbest: Annotated[int, typer.Option(min=1, help="Translations of each sentence, best first: N ||| TEXT.")] = 1,
    scores: Annotated[bool, typer.Option("--scores", help="Print the score behind each: TEXT ||| SCORE.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    alignments: Annotated[
        bool, typer.Option("--alignments", help="Print which words were read for which: TEXT ||| 0-0 1-2 (Pharaoh).")
    ] = False,
    split_sentences: SplitSentences = False,
    prefix: Annotated[str, typer.Option(help="How the translation begins; a space ends its last word.")] = "",
    term: Annotated[
        list[str] | None, typer.Option(help="What must appear in the translation; may be given again for more.")
    ] = None,
    to: To = "",
    score: Annotated[
        bool, typer.Option("--score", help="Of lines SOURCE, tab, TRANSLATION: the translations' log-probabilities.")
    ] = False,
    settings: Settings = None,
    device: Device = "cpu",
    dtype: Dtype = "auto",
    shortlist: Shortlist = False,
    threads: Threads = None,
    workers: Workers = 1,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")] = False,
) -> None:
    """Translate sentences: arguments, a file, or standard input; a line out for each line in.

    For example:

        translate "¿Dónde está la biblioteca?"
        translate --model runs/sample_es_en "casa de papel"
        translate --model runs/sample_es_en < spanish.txt > english.txt
        translate --model runs/sample_es_en --dtype int8 --beam 1 --input spanish.txt.gz --output english.txt
        translate --model runs/sample_es_en --set strategy=sampling --set temperature=0.7 --nbest 5 "casa de papel"

    On a terminal without any text it asks for sentences. Blank lines stay blank.
    What had to be mended in a line (undecodable bytes, NUL) is said on standard error.
    """
    if not model:
        model, to = [_shipped_model(to)], ""
    if text and input is not None:
        raise Seq2SeqError("give sentences as arguments or a file with --input, not both")
    set_threads(threads)
    import seq2seq.translate_lines as lines

    files = lines.Files(texts=text or None, input=input, output=output)
    if score:
        lines.score(model, files, to=to, device=device, dtype=dtype)
        return
    lines.translate(
        model,
        files,
        beam=beam,
        nbest=nbest,
        prefix=prefix,
        terms=term or [],
        to=to,
        format=lines.Formatter(scores=scores, alignments=alignments, numbered=nbest > 1, json=json),
        device=device,
        dtype=dtype,
        shortlist=shortlist,
        settings=[*(settings or []), *["split_sentences=true"] * split_sentences],
        workers=workers,
    )


def _shipped_model(to: str) -> Path:
    """The model that comes with seq2seq and translates into this language; says on a terminal which that is."""
    found = default_model(to)
    if sys.stderr.isatty():
        print(f"{found.name}, the model that comes with seq2seq; --model names another", file=sys.stderr)
    return found


def main() -> None:
    """The command `seq2seq`."""
    _run(app)


def translate_main() -> None:
    """The command `translate`."""
    run_recipe(translate)


def run_recipe(command: Callable[..., None]) -> None:
    """Run a function as a program: its parameters are the options, its docstring the help, errors one line."""
    program = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    program.command()(command)
    _run(program)


def _run(command: Callable[[], Any]) -> None:
    """Run a command; a user's error is one line, and Ctrl-C ends quietly, as a closed pipe does by typer's doing."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    for noisy in ("httpx", "datasets", "accelerate", "fsspec", "urllib3", "filelock"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    try:
        command()
    except Seq2SeqError as error:
        let_the_first_say_it(os.environ)
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
