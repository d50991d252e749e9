"""Trains one model for all directions between German, French, Czech and English, and writes the
matrix of its BLEU.

python recipes/multi30k_many_to_many/train.py [--data data/multi30k] [--output
runs/multi30k_many_to_many]"""

from __future__ import annotations

import statistics
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
    settings: Annotated[list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE")] = None,
) -> None:
    """Train (or go on with a stopped training), then score every direction on test_2016_flickr."""
    files = [f"data.train={data}/train.{{lang}}.gz", f"data.dev={data}/val.{{lang}}"]
    config = Config.load(HERE / "config.yaml", files + (settings or []))
    outcome = train(config, output=output, resume=True)
    if outcome.stopped_by is not None:
        raise SystemExit(f"stopped by {outcome.stopped_by}; run the same command again to go on")
    scores: dict[tuple[str, str], float] = {}
    for direction in config.data.directions or []:
        source, target = direction.split("-")
        report = evaluate(output, f"{data}/test_2016_flickr.{{lang}}", source=source, target=target)
        report.write(output / f"test-{direction}")
        scores[source, target] = report.score("BLEU").value
        print(f"{direction}  BLEU {scores[source, target]:.2f}")
    table = matrix(scores)
    (output / "table.md").write_text(table + "\n", encoding="utf-8")
    print(f"{table}\nmean BLEU {statistics.fmean(scores.values()):.2f}")


def matrix(scores: dict[tuple[str, str], float]) -> str:
    """A Markdown table: a row for each source, a column for each target."""
    sources, targets = (sorted({direction[side] for direction in scores}) for side in (0, 1))
    lines = [f"| from \\ to | {' | '.join(targets)} |", "|---" * (len(targets) + 1) + "|"]
    for source in sources:
        cells = [
            f"{scores[source, target]:.2f}" if (source, target) in scores else ""
            for target in targets
        ]
        lines.append(f"| {source} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    run_recipe(main)
