"""Trains on the first 3,000, 10,000 and 30,000 pairs of Tatoeba, and on all of them, and draws BLEU
by their number.

python recipes/low_resource/train.py [--data data/tatoeba_es_en] [--output runs/low_resource]
[--pairs N]..."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
import yaml

from seq2seq.cli.run import run_recipe
from seq2seq.config.config import Config
from seq2seq.evaluation.evaluate import evaluate
from seq2seq.reports.plots import Curve, curves
from seq2seq.training.run import train

HERE = Path(__file__).parent
HEAD = (
    "| pairs | settings | greedy BLEU | beam 5 BLEU | beam 5 chrF2 | beam 5 chrF2++ | beam 5 TER |"
)
TITLE, PAIRS, BLEU = "BLEU by training pairs", "training pairs", "BLEU, test.tsv, beam 5"


def main(
    data: Annotated[Path, typer.Option(help="Tatoeba's files.")] = Path("data/tatoeba_es_en"),
    output: Annotated[Path, typer.Option(help="Directory of the runs.")] = Path("runs") / HERE.name,
    pairs: Annotated[
        list[int] | None, typer.Option(help="As in sizes.yaml; all of them unless given.")
    ] = None,
    settings: Annotated[list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE")] = None,
) -> None:
    """Train with each number of pairs (or go on where it was stopped), score test.tsv, draw the
    curves."""
    files = [f"data.train={data}/train.tsv.gz", f"data.dev={data}/dev.tsv"]
    rows, drawn = [HEAD, "|---" * (HEAD.count("|") - 1) + "|"], []
    for name, sizes in yaml.safe_load((HERE / "sizes.yaml").read_text(encoding="utf-8")).items():
        points = dict[float, float]()
        for size, changes in sizes.items():
            if pairs and size not in pairs:
                continue
            run = output / name / str(size)
            overrides = [*files, *changes, *(settings or []), f"data.train_pairs={size}"]
            if (
                stop := train(
                    Config.load(HERE / "config.yaml", overrides), output=run, resume=True
                ).stopped_by
            ) is not None:
                raise SystemExit(f"stopped by {stop}; run the same command again to go on")
            greedy, beam = (evaluate(run, f"{data}/test.tsv", beam=beam) for beam in (1, 5))
            beam.write(run / "test")
            points[size] = beam.score("BLEU").value
            figures = [greedy.score_rows[0].value] + [
                f"{row.value} ({row.interval})" for row in beam.score_rows
            ]
            rows.append(f"| {size:,} | {name} | {' | '.join(figures)} |")
        drawn.append(Curve(name, list(points), list(points.values())))
    (output / "table.md").write_text("\n".join(rows) + "\n", encoding="utf-8")
    picture = curves(drawn, title=TITLE, x_label=PAIRS, y_label=BLEU, log_x=True, marked=True)
    (output / "curve.svg").write_text(picture, encoding="utf-8")
    print("\n".join(rows))


if __name__ == "__main__":
    run_recipe(main)
