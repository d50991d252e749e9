"""Train a Spanish-English model on Tatoeba sentences and report its BLEU on the test set.

python recipes/tatoeba_es_en/train.py [--data data/tatoeba_es_en] [--output runs/tatoeba_es_en]
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seq2seq import Config, evaluate, run_recipe, train

HERE = Path(__file__).parent

Data = Annotated[Path, typer.Option(help="Directory of train.tsv.gz, dev.tsv and test.tsv.")]
Output = Annotated[Path, typer.Option(help="Run directory.")]
Settings = Annotated[list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE")]


def main(
    data: Data = Path("data/tatoeba_es_en"),
    output: Output = Path("runs/tatoeba_es_en"),
    settings: Settings = None,
) -> None:
    """Train, or resume a stopped training; then score greedy and beam search on test.tsv."""
    overrides = [f"data.train={data}/train.tsv.gz", f"data.dev={data}/dev.tsv"]
    overrides += settings or []
    config = Config.load(HERE / "config.yaml", overrides)
    outcome = train(config, output=output, resume=True)
    if outcome.stopped_by is not None:
        raise SystemExit(f"stopped by {outcome.stopped_by}; run the same command again to continue")

    for beam in (1, config.decoding.beam):
        report = evaluate(output, f"{data}/test.tsv", decoding={"beam": beam})
        print(report.summary())
        report.write(output / f"test-beam{beam}")


if __name__ == "__main__":
    run_recipe(main)
