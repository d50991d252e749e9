"""Train one model for all directions between German, French, Czech and English; tabulate BLEU.

python recipes/multi30k_many_to_many/train.py [--data data/multi30k]
    [--output runs/multi30k_many_to_many]
"""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Annotated

import typer

from seq2seq import Config, evaluate, run_recipe, train

HERE = Path(__file__).parent

Data = Annotated[Path, typer.Option(help="Directory of train, val and test_2016_flickr.")]
Output = Annotated[Path, typer.Option(help="Run directory.")]
Settings = Annotated[list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE")]


def main(
    data: Data = Path("data/multi30k"),
    output: Output = Path("runs/multi30k_many_to_many"),
    settings: Settings = None,
) -> None:
    """Train, or resume a stopped training; then score every direction on the test set."""
    overrides = [f"data.train={data}/train.{{lang}}.gz", f"data.dev={data}/val.{{lang}}"]
    overrides += settings or []
    config = Config.load(HERE / "config.yaml", overrides)
    outcome = train(config, output=output, resume=True)
    if outcome.stopped_by is not None:
        raise SystemExit(f"stopped by {outcome.stopped_by}; run the same command again to continue")

    test = f"{data}/test_2016_flickr.{{lang}}"
    bleu: dict[str, float] = {}
    for direction in config.data.directions or []:
        source, target = direction.split("-")
        report = evaluate(output, test, source=source, target=target)
        report.write(output / f"test-{direction}")
        bleu[direction] = report.score("BLEU").value
        print(f"{direction}  BLEU {bleu[direction]:.2f}")

    table = matrix(bleu)
    (output / "table.md").write_text(table + "\n", encoding="utf-8")
    print(table)
    print(f"mean BLEU {statistics.fmean(bleu.values()):.2f}")


def matrix(bleu: dict[str, float]) -> str:
    """Return a Markdown table with a row per source and a column per target language."""
    sources = sorted({direction.split("-")[0] for direction in bleu})
    targets = sorted({direction.split("-")[1] for direction in bleu})
    lines = [
        "| from \\ to | " + " | ".join(targets) + " |",
        "|---" * (len(targets) + 1) + "|",
    ]
    for source in sources:
        cells = []
        for target in targets:
            score = bleu.get(f"{source}-{target}")
            cells.append("" if score is None else f"{score:.2f}")
        lines.append(f"| {source} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    run_recipe(main)
