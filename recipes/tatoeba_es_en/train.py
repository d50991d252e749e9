"""Trains a Spanish-English model on Tatoeba sentences and reports its BLEU on the test sets.

python recipes/tatoeba_es_en/train.py [--data data/tatoeba_es_en] [--output runs/tatoeba_es_en]
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.run import run_recipe
from seq2seq.config.config import Config
from seq2seq.evaluation.evaluate import evaluate
from seq2seq.training.run import train

HERE = Path(__file__).parent


def main(
    data: Annotated[
        Path, typer.Option(help="Directory of train.tsv.gz, dev.tsv and test.tsv.")
    ] = Path("data") / HERE.name,
    output: Annotated[Path, typer.Option(help="Run directory.")] = Path("runs") / HERE.name,
    settings: Annotated[list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE")] = None,
) -> None:
    """Train (or go on with a stopped training), then score greedy and beam search on test.tsv."""
    files = [f"data.train={data / 'train.tsv.gz'}", f"data.dev={data / 'dev.tsv'}"]
    config = Config.load(HERE / "config.yaml", files + (settings or []))
    outcome = train(config, output=output, resume=True)
    if outcome.stopped_by is not None:
        raise SystemExit(f"stopped by {outcome.stopped_by}; run the same command again to go on")
    for beam in (1, config.decoding.beam):
        report = evaluate(output, str(data / "test.tsv"), beam=beam)
        print("\n".join(report.summary()))
        report.write(output / f"test-beam{beam}")


if __name__ == "__main__":
    run_recipe(main)
