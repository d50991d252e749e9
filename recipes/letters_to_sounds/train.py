"""Train a model from letters to phonemes; tabulate phoneme and word error rates on dev and test.

python recipes/letters_to_sounds/train.py [--data data/cmudict-g2p] [--output DIR]
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seq2seq import Config, Score, evaluate, report, run_recipe, train

HERE = Path(__file__).parent
METRICS = ["phoneme error rate", "word error rate"]

Data = Annotated[Path, typer.Option(help="Directory of train.tsv.gz, dev.tsv and *.refs.tsv.")]
Output = Annotated[Path, typer.Option(help="Run directory.")]
Settings = Annotated[list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE")]


def main(
    data: Data = Path("data/cmudict-g2p"),
    output: Output = Path("runs/letters_to_sounds"),
    settings: Settings = None,
) -> None:
    """Train, or resume a stopped training; score dev and test once; write table.md."""
    overrides = [f"data.train={data}/train.tsv.gz", f"data.dev={data}/dev.tsv"]
    config = Config.load(HERE / "config.yaml", overrides + (settings or []))
    outcome = train(config, output=output, resume=True)
    if outcome.stopped_by is not None:
        raise SystemExit(f"stopped by {outcome.stopped_by}; run the same command again to continue")

    rows = ["| set | words | phoneme error rate | word error rate |", "|---|---|---|---|"]
    for name in ("dev", "test"):
        found = evaluate(output, f"{data}/{name}.refs.tsv", references=True, metrics=METRICS)
        found.write(output / name, training=report([output]))
        rates = " | ".join(figure(found.score(metric)) for metric in METRICS)
        rows.append(f"| {name}.refs.tsv | {len(found.sets[0].sentences):,} | {rates} |")
    table = "\n".join(rows) + "\n"
    (output / "table.md").write_text(table, encoding="utf-8")
    print(table, end="")


def figure(score: Score) -> str:
    """Return a score with its 95 % interval."""
    low, high = score.interval or (score.value, score.value)
    return f"{score.value:.2f} % ({low:.2f} to {high:.2f})"


if __name__ == "__main__":
    run_recipe(main)
