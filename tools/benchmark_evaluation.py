"""Measure the cost of evaluation besides decoding: scores, intervals, groups, gradients, pages.

    python tools/benchmark_evaluation.py runs/tatoeba_es_en --data data/tatoeba_es_en/test.tsv

Run nothing else at the same time. Imports during the evaluation count; importing torch and loading
the model do not.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Annotated

import torch
import typer

from seq2seq import evaluate, report, run_recipe
from seq2seq.model_directory.names import METRICS


def main(
    model: Annotated[Path, typer.Argument(help="Model directory.")],
    data: Annotated[str, typer.Option(help="Test set, as for `seq2seq evaluate`.")],
    baseline: Annotated[
        Path | None, typer.Option(help="File of translations to compare with.")
    ] = None,
    beam: Annotated[
        int | None, typer.Option(min=1, help="Beam size; by default, the model's.")
    ] = None,
    threads: Annotated[int, typer.Option(min=1)] = 2,
) -> None:
    """Print the seconds spent on decoding and on everything else, including the report."""
    torch.set_num_threads(threads)
    began = time.perf_counter()
    decoding = {} if beam is None else {"beam": beam}
    evaluation = evaluate(model, data, decoding=decoding, baseline=baseline)
    examined = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        training = report([model]) if (model / METRICS).is_file() else None
        evaluation.write(folder, training=training)
    written = time.perf_counter()
    found = evaluation.sets[0]
    print(f"decoding {len(found.sentences):,} sentences: {found.seconds:.1f} s")
    print(
        f"everything else: {written - began - found.seconds:.1f} s, of which the pages "
        f"{written - examined:.1f} s"
    )


if __name__ == "__main__":
    run_recipe(main)
