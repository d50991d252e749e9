"""Command `seq2seq classify`."""

from __future__ import annotations

import contextlib
import json as json_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seq2seq.cli.input_lines import InputLines
from seq2seq.cli.options import (
    INPUT,
    MODEL,
    Device,
    Plugins,
    Quiet,
    Threads,
    Verbose,
    Verify,
    set_threads,
)
from seq2seq.cli.places import directory, places
from seq2seq.cli.test_set_options import REPORT
from seq2seq.errors import ConfigError
from seq2seq.runtime.extras import require
from seq2seq.runtime.plugins import allow_plugins
from seq2seq.runtime.terminal import show

if TYPE_CHECKING:
    from seq2seq.classification.classifier import Classification
    from seq2seq.reports.classification_report import ClassificationReport

MAX_BYTES = 1 << 16
"""Maximum length of a text, in bytes; longer ones are cut."""


def classify(
    model: Annotated[
        Path,
        typer.Option(
            metavar="MODEL",
            rich_help_panel=MODEL,
            help="Model directory of a classifier, or its Hub name.",
        ),
    ],
    text: Annotated[
        list[str] | None,
        typer.Argument(help="Texts to label; without any, standard input is read."),
    ] = None,
    input: Annotated[
        Path | None,
        typer.Option(
            "--input",
            "-i",
            rich_help_panel=INPUT,
            metavar="FILE",
            help="File with a text per line; .gz too. Default, and for -: standard input.",
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=INPUT,
            help="File of texts and labels: print scores and the confusion matrix. Its columns "
            "are those of the training.",
        ),
    ] = None,
    json: Annotated[
        bool,
        typer.Option(
            "--json",
            rich_help_panel=INPUT,
            help="Print one JSON object per text, with all probabilities and the attention.",
        ),
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="DIRECTORY",
            parser=directory,
            rich_help_panel=REPORT,
            help="Directory for report.html, report.md and report.json, with --data. Default: "
            "only print the scores.",
        ),
    ] = None,
    examples: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=100_000,
            rich_help_panel=REPORT,
            help="Maximum number of texts with a wrong label on the page, and of texts with the "
            "right one; 0 writes none of the text. Default: 20.",
        ),
    ] = None,
    device: Device = "cpu",
    threads: Threads = None,
    verify: Verify = False,
    plugin: Plugins = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Label texts with a classifier, or score it.

    The label of each text is printed with its probability:

        seq2seq classify --model runs/sentiment "a gripping film"
        seq2seq classify --model runs/sentiment --data test.tsv

    With --output it also writes a page with the confusion matrix, a reliability
    diagram, examples with their attention, and the training curves:

        seq2seq classify --model runs/sentiment --data test.tsv --output page
    """
    set_threads(threads)
    allow_plugins(plugin or ())
    require("train", "`seq2seq classify`")
    from seq2seq.classification.classifier import EXAMPLES, Classifier
    from seq2seq.reports.write_files import check_replaceable, report_names

    if data is not None and (text or input):
        raise ConfigError("give texts to label or --data to score, not both")
    if data is None and (output is not None or examples is not None):
        raise ConfigError("--output and --examples need --data, the texts to score")
    if output is not None:
        require("evaluate", "`seq2seq classify --output`")
        check_replaceable(report_names(), output)
    text, input, _ = places(text, input, None)
    classifier = Classifier.from_pretrained(model, device=device, verify=verify)
    if data is not None:
        shown = EXAMPLES if examples is None else examples
        report = classifier.report_data(data, examples=shown if output else 0)
        show(report.scores.to_markdown())
        if output is not None:
            _write(report, model, output)
        return
    source = InputLines(text or None, input)
    with contextlib.ExitStack() as stack:
        for window in source.windows(stack, MAX_BYTES):
            texts = [line.text for line in window]
            for one, found in zip(texts, classifier.classify(texts), strict=True):
                show(_line(one, found, json=json))


def _write(report: ClassificationReport, model: Path, output: Path) -> None:
    """Write the report, with the training curves if the model is a run directory."""
    from seq2seq.evaluation.training_runs import report as read_runs
    from seq2seq.model_directory.names import METRICS

    training = read_runs([model]) if (model / METRICS).is_file() else None
    paths = report.write(output, training=training)
    show("\n".join(f"wrote {path}" for path in paths))


def _line(text: str, found: Classification, *, json: bool) -> str:
    """Return the line to print: LABEL ||| PROBABILITY, or a JSON object."""
    if not json:
        return f"{found.label} ||| {found.probability:.4f}"
    record: dict[str, object] = {
        "text": text,
        "label": found.label,
        "probability": found.probability,
        "probabilities": found.probabilities,
    }
    if found.attention:
        record["attention"] = [list(pair) for pair in found.attention]
        record["words"] = [list(pair) for pair in found.words]
    return json_module.dumps(record, ensure_ascii=False)
