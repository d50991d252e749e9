"""Train a German-English model with each recurrent cell for five minutes; tabulate the scores.

python recipes/compare_cells/train.py [--data data/multi30k] [--output runs/compare_cells]
    [--cell gru]...
"""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from typing import Annotated

import typer

from seq2seq import Config, TrainingError, Translator, evaluate, run_recipe, train

HERE = Path(__file__).parent
CELLS = ["elman-relu", "elman-tanh", "gru", "jordan", "ln-gru", "ln-lstm", "lstm"]
CELLS += ["mingru", "minlstm", "sru", "ssru"]
TABLE_HEADER = [
    "| cell | weights | target tokens/s | steps | gradient norm, median | dev BLEU, greedy "
    "| test BLEU, beam 5 |",
    "|---|---|---|---|---|---|---|",
]

Data = Annotated[Path, typer.Option(help="Directory of train, val and test_2016_flickr.")]
Output = Annotated[Path, typer.Option(help="Directory of the runs.")]
Cells = Annotated[list[str] | None, typer.Option("--cell", help="Cell to train; by default, all.")]
Settings = Annotated[list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE")]


def main(
    data: Data = Path("data/multi30k"),
    output: Output = Path("runs/compare_cells"),
    cells: Cells = None,
    settings: Settings = None,
) -> None:
    """Train or resume a model with each cell; score it; print and write the table."""
    rows = []
    for cell in cells or CELLS:
        run = output / cell
        overrides = [f"data.train={data}/train.{{lang}}.gz", f"data.dev={data}/val.{{lang}}"]
        overrides += settings or []
        overrides += [f"model.cell={cell}"]
        config = Config.load(HERE / "config.yaml", overrides)
        try:
            outcome = train(config, output=run, resume=True)
        except TrainingError as error:  # a cell that diverges is scored with its best weights
            print(f"{cell}: {error}")
        else:
            if outcome.stopped_by is not None:
                raise SystemExit(
                    f"stopped by {outcome.stopped_by}; run the same command again to continue"
                )
        report = evaluate(run, f"{data}/test_2016_flickr.{{lang}}", source="de", target="en")
        report.write(run / "test")
        rows.append(table_row(cell, run, test_bleu=report.score("BLEU").value))

    table = "\n".join(TABLE_HEADER + rows)
    (output / "table.md").write_text(table + "\n", encoding="utf-8")
    print(table)


def table_row(cell: str, run: Path, *, test_bleu: float) -> str:
    """Return the figures of a run as a row of the table."""
    lines = (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    metrics = [json.loads(line) for line in lines]
    rate = median(line["tokens_per_second"] for line in metrics if "loss" in line)
    norm = median(line["gradient_norm"] for line in metrics if "loss" in line)
    dev_bleu = max(line["dev_bleu"] for line in metrics if "dev_bleu" in line)
    steps = metrics[-1]["step"]
    model = Translator.from_pretrained(run, engine="torch").model
    millions = sum(weight.numel() for weight in model.parameters()) / 1e6
    return (
        f"| `{cell}` | {millions:.2f} M | {rate:,.0f} | {steps:,} | {norm:.2g} "
        f"| {dev_bleu:.2f} | {test_bleu:.2f} |"
    )


if __name__ == "__main__":
    run_recipe(main)
