"""Train a model on the image captions of Multi30k, by default German-English; report its BLEU.

python recipes/multi30k_de_en/train.py [--data data/multi30k] [--output runs/multi30k_de_en]
    [--direction en-cs]
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seq2seq import Config, evaluate, run_recipe, train

HERE = Path(__file__).parent

Data = Annotated[Path, typer.Option(help="Directory of train, val and test_2016_flickr.")]
Output = Annotated[Path, typer.Option(help="Run directory.")]
Direction = Annotated[str, typer.Option(help="Source-target: two of de, fr, cs and en.")]
Settings = Annotated[list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE")]


def main(
    data: Data = Path("data/multi30k"),
    output: Output = Path("runs/multi30k_de_en"),
    direction: Direction = "de-en",
    settings: Settings = None,
) -> None:
    """Train, or resume a stopped training; then score greedy and beam search on the test set."""
    overrides = [
        f"data.train={data}/train.{{lang}}.gz",
        f"data.dev={data}/val.{{lang}}",
        f"data.directions=[{direction}]",
    ]
    overrides += settings or []
    config = Config.load(HERE / "config.yaml", overrides)
    outcome = train(config, output=output, resume=True)
    if outcome.stopped_by is not None:
        raise SystemExit(f"stopped by {outcome.stopped_by}; run the same command again to continue")

    test = f"{data}/test_2016_flickr.{{lang}}"
    source, target = direction.split("-")
    for beam in (1, config.decoding.beam):
        report = evaluate(output, test, source=source, target=target, decoding={"beam": beam})
        print(report.summary())
        report.write(output / f"test-beam{beam}")


if __name__ == "__main__":
    run_recipe(main)
