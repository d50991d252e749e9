"""The command `seq2seq evaluate`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.options import (
    Beam,
    Device,
    Dtype,
    Plugins,
    Settings,
    Shortlist,
    Threads,
    To,
    set_threads,
)
from seq2seq.errors import ConfigError
from seq2seq.runtime.plugins import allow_plugins
from seq2seq.runtime.ranks import process_group


def evaluate(
    model: Annotated[list[Path], typer.Argument(help="Model directory; several are an ensemble.")],
    data: Annotated[
        list[str],
        typer.Option(
            help="Test set: TSV of source, reference and perhaps further references; again for "
            "another set."
        ),
    ],
    output: Annotated[
        Path | None, typer.Option(help="Directory for report.html, report.md, report.json …")
    ] = None,
    baseline: Annotated[
        list[Path] | None,
        typer.Option(
            help="What to compare with: a model directory, or a file of translations (one for "
            "each --data)."
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            help="A further column, to part the set by; the target column alone is then the "
            "reference."
        ),
    ] = None,
    sentences: Annotated[
        int | None,
        typer.Option(
            min=0, help="How many of a set the page shows; 0: none of its text is written."
        ),
    ] = None,
    credit: Annotated[
        str, typer.Option(help="Whose text it is, and its licence, for the end of the page.")
    ] = "",
    source: Annotated[
        str | None, typer.Option(help="Source column, if it is not the first.")
    ] = None,
    target: Annotated[
        str | None, typer.Option(help="Reference column, if it is not the second.")
    ] = None,
    hub_config: Annotated[
        str | None, typer.Option(help="Configuration of a Hub dataset, such as en-es.")
    ] = None,
    split: Annotated[str | None, typer.Option(help="Split of a Hub dataset, such as test.")] = None,
    beam: Beam = None,
    nbest: Annotated[int, typer.Option(min=1, help="Translations of each sentence to show.")] = 1,
    length_penalty: Annotated[
        float | None, typer.Option(min=0, help="Exponent; by default the model's own.")
    ] = None,
    lowercase: Annotated[
        bool, typer.Option("--lowercase", help="Score without regard to case.")
    ] = False,
    tokenize: Annotated[
        str | None, typer.Option(help="sacrebleu's tokenizer: 13a, intl, zh, char, none …")
    ] = None,
    device: Device = "cpu",
    dtype: Dtype = "auto",
    shortlist: Shortlist = False,
    settings: Settings = None,
    threads: Threads = None,
    plugin: Plugins = None,
    to: To = "",
) -> None:
    """Translate test sets, score them by sacrebleu, and show where the translations fail.

    With --output also on a page, by length and by rare words, with all sentences to search and
    sort, and with the
    curves of the training where MODEL is its run directory:

        seq2seq evaluate runs/mine --data test.tsv --output runs/mine/test

    Is it better than another model, or than a file of translations, a line for each sentence?

        seq2seq evaluate runs/mine --data test.tsv --baseline runs/old

    Several processes share the sentences, each with a GPU of its own:

        accelerate launch -m seq2seq evaluate MODEL --data SET --device cuda
    """
    set_threads(threads)
    allow_plugins(plugin or ())
    others = _for_each(baseline or [], data)
    with process_group(os.environ, "-m seq2seq evaluate MODEL --data SET") as ranks:
        from seq2seq.evaluation.evaluate import evaluate as evaluate_set

        run = partial(
            evaluate_set,
            source=source,
            target=target,
            hub_config=hub_config,
            split=split,
            by=by,
            to=to,
        )
        run = partial(
            run, beam=beam, nbest=nbest, length_penalty=length_penalty, settings=settings or []
        )
        run = partial(
            run,
            lowercase=lowercase,
            tokenize=tokenize,
            device=device,
            dtype=dtype,
            shortlist=shortlist,
        )
        reports = [
            run(model, one, baseline=other, ranks=ranks)
            for one, other in zip(data, others, strict=True)
        ]
    if ranks.is_main:
        print("\n\n".join("\n".join(report.summary()) for report in reports))
        if output is not None:
            from seq2seq.evaluation.training_runs import METRICS, report
            from seq2seq.reports.evaluation_report import write_reports

            runs = [one for one in model if (one / METRICS).is_file()]
            paths = write_reports(
                reports, output, sentences, report(runs) if runs else None, credit
            )
            print("\n".join(f"wrote {path}" for path in paths))


def _for_each(baseline: Sequence[Path], data: Sequence[str]) -> list[Path | None]:
    """The baseline of each set: a model is that of all, a file that of one."""
    if len(baseline) == 1 and (len(data) == 1 or baseline[0].is_dir()):
        return [baseline[0]] * len(data)
    if baseline and len(baseline) != len(data):
        raise ConfigError(
            f"--baseline: {len(baseline)} for {len(data)} sets; name a model directory once, or a "
            "file for each --data"
        )
    return list(baseline) or [None] * len(data)
