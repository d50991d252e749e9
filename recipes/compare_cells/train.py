"""Trains the same German-English model with every recurrent cell, five minutes each, and writes a
table.

python recipes/compare_cells/train.py [--data data/multi30k] [--output runs/compare_cells] [--cell
gru]..."""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.run import run_recipe
from seq2seq.config.config import Config
from seq2seq.errors import TrainingError
from seq2seq.evaluation.evaluate import evaluate
from seq2seq.model_directory.store import load_model
from seq2seq.models.cells import CELLS
from seq2seq.training.run import train

HEAD = "| cell | weights | target tokens/s | steps | gradient norm, median | dev BLEU, greedy | test BLEU, beam 5 |"


def main(
    data: Annotated[Path, typer.Option(help="Multi30k's train, val and test_2016_flickr.")] = Path(
        "data/multi30k"
    ),
    output: Annotated[Path, typer.Option(help="Directory of the runs.")] = Path(
        "runs/compare_cells"
    ),
    cells: Annotated[
        list[str] | None, typer.Option("--cell", help="A cell to train; all unless given.")
    ] = None,
    settings: Annotated[list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE")] = None,
) -> None:
    """Train each cell (or go on where it was stopped), score it, and print the table."""
    files = [f"data.train={data}/train.{{lang}}.gz", f"data.dev={data}/val.{{lang}}"]
    rows = [HEAD, "|---" * (HEAD.count("|") - 1) + "|"]
    for cell in cells or sorted(CELLS):
        run = output / cell
        config = Config.load(
            Path(__file__).with_name("config.yaml"),
            [*files, *(settings or []), f"model.cell={cell}"],
        )
        try:
            if (stop := train(config, output=run, resume=True).stopped_by) is not None:
                raise SystemExit(f"stopped by {stop}; run the same command again to go on")
        except (
            TrainingError
        ) as error:  # a cell that diverges has its row too: of the best it had come to
            print(f"{cell}: {error}")
        report = evaluate(run, f"{data}/test_2016_flickr.{{lang}}", source="de", target="en")
        report.write(run / "test")
        rows.append(_row(cell, run, report.score("BLEU").value))
    (output / "table.md").write_text("\n".join(rows) + "\n", encoding="utf-8")
    print("\n".join(rows))


def _row(cell: str, run: Path, test: float) -> str:
    lines = [
        json.loads(line)
        for line in (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    steps = [line for line in lines if "loss" in line]
    rate, norm = (
        statistics.median(line[key] for line in steps)
        for key in ("tokens_per_second", "gradient_norm")
    )
    size = sum(weight.numel() for weight in load_model(run).model.parameters()) / 1e6
    dev = max(line["dev_bleu"] for line in lines if "dev_bleu" in line)
    return f"| `{cell}` | {size:.2f} M | {rate:,.0f} | {lines[-1]['step']:,} | {norm:.2g} | {dev:.2f} | {test:.2f} |"


if __name__ == "__main__":
    run_recipe(main)
