"""Trains a German-English model on the image captions of Multi30k, or one of another direction, and
reports its BLEU.

python recipes/multi30k_de_en/train.py [--data data/multi30k] [--output runs/multi30k_de_en]
[--direction en-cs]"""

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
    data: Annotated[Path, typer.Option(help="Multi30k's train, val and test_2016_flickr.")] = Path(
        "data/multi30k"
    ),
    output: Annotated[Path, typer.Option(help="Run directory.")] = Path("runs") / HERE.name,
    direction: Annotated[str, typer.Option(help="Two of de, fr, cs and en.")] = "de-en",
    settings: Annotated[list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE")] = None,
) -> None:
    """Train (or go on with a stopped training), then score greedy and beam search on
    test_2016_flickr."""
    files = [
        f"data.train={data}/train.{{lang}}.gz",
        f"data.dev={data}/val.{{lang}}",
        f"data.directions=[{direction}]",
    ]
    config = Config.load(HERE / "config.yaml", files + (settings or []))
    outcome = train(config, output=output, resume=True)
    if outcome.stopped_by is not None:
        raise SystemExit(f"stopped by {outcome.stopped_by}; run the same command again to go on")
    source, target = direction.split("-")
    for beam in (1, config.decoding.beam):
        report = evaluate(
            output, f"{data}/test_2016_flickr.{{lang}}", source=source, target=target, beam=beam
        )
        print("\n".join(report.summary()))
        report.write(output / f"test-beam{beam}")


if __name__ == "__main__":
    run_recipe(main)
