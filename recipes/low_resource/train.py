"""Train on the first 3,000, 10,000, 30,000 and all pairs of Tatoeba; tabulate and plot BLEU.

python recipes/low_resource/train.py [--data data/tatoeba_es_en] [--output runs/low_resource]
    [--pairs N]...
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
import yaml

from seq2seq import Config, evaluate, plots, run_recipe, train

HERE = Path(__file__).parent
TABLE_HEADER = [
    "| pairs | settings | greedy BLEU | beam 5 BLEU | beam 5 chrF2 | beam 5 chrF2++ | beam 5 TER |",
    "|---|---|---|---|---|---|---|",
]

Data = Annotated[Path, typer.Option(help="Directory of train.tsv.gz, dev.tsv and test.tsv.")]
Output = Annotated[Path, typer.Option(help="Directory of the runs.")]
Pairs = Annotated[list[int] | None, typer.Option(help="Size in sizes.yaml; by default, all.")]
Settings = Annotated[list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE")]


def main(
    data: Data = Path("data/tatoeba_es_en"),
    output: Output = Path("runs/low_resource"),
    pairs: Pairs = None,
    settings: Settings = None,
) -> None:
    """Train or resume with each number of pairs; score test.tsv; write the table and the plot."""
    sizes_by_curve = yaml.safe_load((HERE / "sizes.yaml").read_text(encoding="utf-8"))
    rows = []
    curves = []
    for curve, sizes in sizes_by_curve.items():
        bleu_by_size: dict[float, float] = {}
        for size, changes in sizes.items():
            if pairs and size not in pairs:
                continue
            run = output / curve / str(size)
            overrides = [f"data.train={data}/train.tsv.gz", f"data.dev={data}/dev.tsv", *changes]
            overrides += settings or []
            overrides += [f"data.train_pairs={size}"]
            train_to_end(Config.load(HERE / "config.yaml", overrides), run)

            greedy = evaluate(run, f"{data}/test.tsv", decoding={"beam": 1})
            beam = evaluate(run, f"{data}/test.tsv", decoding={"beam": 5})
            beam.write(run / "test")
            cells = [f"{size:,}", curve, f"{greedy.score('BLEU').value:.2f}"]
            cells += [f"{score.value} ({score.interval})" for score in beam.sets[0].score_rows]
            rows.append("| " + " | ".join(cells) + " |")
            bleu_by_size[size] = beam.score("BLEU").value
        curves.append(plots.Curve(curve, list(bleu_by_size), list(bleu_by_size.values())))

    table = "\n".join(TABLE_HEADER + rows)
    (output / "table.md").write_text(table + "\n", encoding="utf-8")
    plot = plots.curves(
        curves,
        title="BLEU by training pairs",
        x_label="training pairs",
        y_label="BLEU, test.tsv, beam 5",
        log_x=True,
        marked=True,
    )
    (output / "curve.svg").write_text(plot, encoding="utf-8")
    print(table)


def train_to_end(config: Config, run: Path) -> None:
    """Train, or resume a stopped training; exit if a signal stops it."""
    outcome = train(config, output=run, resume=True)
    if outcome.stopped_by is not None:
        raise SystemExit(f"stopped by {outcome.stopped_by}; run the same command again to continue")


if __name__ == "__main__":
    run_recipe(main)
