"""Train a classifier of sentences from film reviews with several seeds; tabulate accuracy and F1.

python recipes/sentiment/train.py [--data data/rt-polarity] [--output runs/sentiment] [--seed N]...
"""

from __future__ import annotations

from pathlib import Path
from statistics import fmean, stdev
from typing import Annotated

import typer

from seq2seq import Classifier, Config, report, run_recipe, train

HERE = Path(__file__).parent
SEEDS = [1, 2, 3]

Data = Annotated[Path, typer.Option(help="Directory of train.tsv, dev.tsv and test.tsv.")]
Output = Annotated[Path, typer.Option(help="Directory of the runs.")]
Seeds = Annotated[list[int] | None, typer.Option("--seed", help="Seed; by default, 1 to 3.")]
Settings = Annotated[list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE")]


def main(
    data: Data = Path("data/rt-polarity"),
    output: Output = Path("runs/sentiment"),
    seeds: Seeds = None,
    settings: Settings = None,
) -> None:
    """Train or resume with each seed; score test.tsv; print the table and a confusion matrix."""
    places = [f"data.train={data}/train.tsv", f"data.dev={data}/dev.tsv"]
    rows = ["| seed | dev accuracy | test accuracy | test macro F1 | calibration error |"]
    rows.append("|---|---|---|---|---|")
    accuracies = []
    for seed in seeds or SEEDS:
        overrides = [*places, *(settings or []), f"training.seed={seed}"]
        run = output / f"seed-{seed}"
        outcome = train(Config.load(HERE / "config.yaml", overrides), output=run, resume=True)
        if outcome.stopped_by is not None:
            raise SystemExit(f"stopped by {outcome.stopped_by}; run the same command to continue")
        tested = Classifier.from_pretrained(run).report_data(f"{data}/test.tsv")
        tested.write(run / "test", training=report([run]))
        scores = tested.scores
        accuracies.append(scores.accuracy)
        rows.append(
            f"| {seed} | {outcome.best_score:.1f} | {scores.accuracy:.1f} | "
            f"{scores.macro_f1:.1f} | {scores.calibration_error:.1f} |"
        )
        print(scores.to_markdown())
    if len(accuracies) > 1:
        rows.append(f"| mean ± s.d. | | {fmean(accuracies):.1f} ± {stdev(accuracies):.1f} | | |")
    print("\n" + "\n".join(rows))


if __name__ == "__main__":
    run_recipe(main)
