"""Train a small Spanish-English model for fast decoding; score it in fp32 and in int8.

In int8, the model uses a shortlist of target tokens.

python recipes/tatoeba_es_en_fast/train.py [--data data/tatoeba_es_en]
    [--output runs/tatoeba_es_en_fast]
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seq2seq import Config, evaluate, run_recipe, shortlist, train

HERE = Path(__file__).parent

Data = Annotated[Path, typer.Option(help="Directory of train.tsv.gz, dev.tsv and test.tsv.")]
Output = Annotated[Path, typer.Option(help="Run directory.")]
Settings = Annotated[list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE")]


def main(
    data: Data = Path("data/tatoeba_es_en"),
    output: Output = Path("runs/tatoeba_es_en_fast"),
    settings: Settings = None,
) -> None:
    """Train, or resume a stopped training; learn the shortlist; score test.tsv in fp32 and int8."""
    overrides = [f"data.train={data}/train.tsv.gz", f"data.dev={data}/dev.tsv"]
    overrides += settings or []
    config = Config.load(HERE / "config.yaml", overrides)
    outcome = train(config, output=output, resume=True)
    if outcome.stopped_by is not None:
        raise SystemExit(f"stopped by {outcome.stopped_by}; run the same command again to continue")

    shortlist(output)
    for beam in (1, config.decoding.beam):
        for dtype in ("fp32", "int8"):
            use_shortlist = dtype == "int8"
            report = evaluate(
                output,
                f"{data}/test.tsv",
                decoding={"beam": beam},
                dtype=dtype,
                shortlist=use_shortlist,
            )
            print(report.summary())
            report.write(output / f"test-beam{beam}-{dtype}")


if __name__ == "__main__":
    run_recipe(main)
