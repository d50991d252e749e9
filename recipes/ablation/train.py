"""Train a baseline on 30,000 pairs of Tatoeba and one model per change; tabulate the gains.

python recipes/ablation/train.py [--data data/tatoeba_es_en] [--output runs/ablation]
    [--change NAME]... [--seed N]...
"""

from __future__ import annotations

import json
from pathlib import Path
from statistics import fmean
from typing import Annotated

import typer
import yaml

from seq2seq import Config, ConfigError, evaluate, run_recipe, train

HERE = Path(__file__).parent
TABLE_HEADER = [
    "| change | seconds | dev BLEU, greedy, by seed | mean | above the baseline |",
    "|---|---|---|---|---|",
]

Data = Annotated[Path, typer.Option(help="Directory of train.tsv.gz and dev.tsv.")]
Output = Annotated[Path, typer.Option(help="Directory of the runs.")]
Changes = Annotated[list[str] | None, typer.Option("--change", help="Change; by default, all.")]
Seeds = Annotated[list[int] | None, typer.Option("--seed", help="Seed; by default, 1.")]
Settings = Annotated[list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE")]


def main(
    data: Data = Path("data/tatoeba_es_en"),
    output: Output = Path("runs/ablation"),
    changes: Changes = None,
    seeds: Seeds = None,
    settings: Settings = None,
) -> None:
    """Train or resume the baseline and each change with each seed; print and write the table."""
    known = yaml.safe_load((HERE / "changes.yaml").read_text(encoding="utf-8"))
    for name in changes or []:
        if name not in known:
            raise ConfigError(f"there is no change {name!r}; there are: {', '.join(known)}")
    baseline = next(iter(known))
    names = list(dict.fromkeys([baseline, *(changes or known)]))  # baseline first, no duplicates

    rows = []
    baseline_scores: dict[int, float] = {}
    for name in names:
        scores: dict[int, float] = {}
        seconds = []
        for seed in seeds or [1]:
            run = output / name / str(seed)
            overrides = [f"data.train={data}/train.tsv.gz", f"data.dev={data}/dev.tsv"]
            overrides += known[name]
            overrides += settings or []
            overrides += [f"training.seed={seed}"]
            train_to_end(Config.load(HERE / "config.yaml", overrides), run)
            report = evaluate(run, f"{data}/dev.tsv", decoding={"beam": 1})
            report.write(run / "dev")
            scores[seed] = report.score("BLEU").value
            last_line = (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()[-1]
            seconds.append(json.loads(last_line)["seconds"])

        if name == baseline:
            baseline_scores = scores
        gain = fmean(scores[seed] - baseline_scores[seed] for seed in scores)
        by_seed = ", ".join(f"{score:.2f}" for score in scores.values())
        mean = fmean(scores.values())
        rows.append(f"| {name} | {fmean(seconds):.0f} | {by_seed} | {mean:.2f} | {gain:+.2f} |")

    table = "\n".join(TABLE_HEADER + rows)
    (output / "table.md").write_text(table + "\n", encoding="utf-8")
    print(table)


def train_to_end(config: Config, run: Path) -> None:
    """Train, or resume a stopped training; exit if a signal stops it."""
    outcome = train(config, output=run, resume=True)
    if outcome.stopped_by is not None:
        raise SystemExit(f"stopped by {outcome.stopped_by}; run the same command again to continue")


if __name__ == "__main__":
    run_recipe(main)
