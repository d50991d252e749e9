"""Trains a plain model of 30,000 pairs of Tatoeba, then one for each change of it, and writes what
each change gains.

python recipes/ablation/train.py [--data data/tatoeba_es_en] [--output runs/ablation] [--change
NAME]... [--seed N]..."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import fmean
from typing import Annotated

import typer
import yaml

from seq2seq.cli.run import run_recipe
from seq2seq.config.config import Config
from seq2seq.errors import ConfigError
from seq2seq.evaluation.evaluate import evaluate
from seq2seq.registry import suggestion
from seq2seq.training.run import train

HERE = Path(__file__).parent
HEAD = "| change | seconds | dev BLEU, greedy, by seed | mean | above the baseline |"


def main(
    data: Annotated[Path, typer.Option(help="Tatoeba's train.tsv.gz and dev.tsv.")] = Path(
        "data/tatoeba_es_en"
    ),
    output: Annotated[Path, typer.Option(help="Directory of the runs.")] = Path("runs/ablation"),
    changes: Annotated[
        list[str] | None, typer.Option("--change", help="One to train; all unless given.")
    ] = None,
    seeds: Annotated[list[int] | None, typer.Option("--seed", help="1 unless given.")] = None,
    settings: Annotated[list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE")] = None,
) -> None:
    """Train each change with each seed (or go on where it was stopped), and print the table."""
    known = yaml.safe_load((HERE / "changes.yaml").read_text(encoding="utf-8"))
    files = [f"data.train={data}/train.tsv.gz", f"data.dev={data}/dev.tsv"]
    rows, plain = [HEAD, "|---" * (HEAD.count("|") - 1) + "|"], dict[int, float]()
    for name in dict.fromkeys(
        [next(iter(known)), *(changes or known)]
    ):  # the baseline is always among them
        if name not in known:
            raise ConfigError(f"there is no change {name!r}{suggestion(name, known)}")
        scores, seconds = dict[int, float](), []
        for seed in seeds or [1]:
            run = output / name / str(seed)
            overrides = [*files, *known[name], *(settings or []), f"training.seed={seed}"]
            if (
                stop := train(
                    Config.load(HERE / "config.yaml", overrides), output=run, resume=True
                ).stopped_by
            ) is not None:
                raise SystemExit(f"stopped by {stop}; run the same command again to go on")
            report = evaluate(run, f"{data}/dev.tsv", beam=1)
            report.write(run / "dev")
            scores[seed] = report.score("BLEU").value
            seconds.append(
                json.loads((run / "metrics.jsonl").read_text().splitlines()[-1])["seconds"]
            )
        plain = plain or scores
        each, gain = (
            ", ".join(f"{score:.2f}" for score in scores.values()),
            fmean(scores[s] - plain[s] for s in scores),
        )
        figures = f"{fmean(seconds):.0f} | {each} | {fmean(scores.values()):.2f} | {gain:+.2f} |"
        rows.append(f"| {name} | {figures}")
    (output / "table.md").write_text("\n".join(rows) + "\n", encoding="utf-8")
    print("\n".join(rows))


if __name__ == "__main__":
    run_recipe(main)
