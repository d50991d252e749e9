"""Trains three models on 3,000 pairs, and a fourth on what they say together of sentences made of
those pairs.

python recipes/distilled/train.py [--data data/tatoeba_es_en] [--output runs/distilled]
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
import yaml

from seq2seq.cli.run import run_recipe
from seq2seq.config.config import Config
from seq2seq.data.augmentation.recombine import recombine_sources
from seq2seq.data.corpus.corpus import Corpus
from seq2seq.evaluation.evaluate import evaluate
from seq2seq.runtime.progress import track
from seq2seq.training.run import train
from seq2seq.translation.translator import Translator

HERE = Path(__file__).parent
MADE, TIMES = 24_000, 3  # new sources, and how often the pairs themselves come beside their answers


def main(
    data: Annotated[Path, typer.Option(help="Tatoeba's files.")] = Path("data/tatoeba_es_en"),
    output: Annotated[Path, typer.Option(help="Directory of the runs.")] = Path("runs") / HERE.name,
    settings: Annotated[list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE")] = None,
) -> None:
    """Train the teachers, let them translate, train the student (or go on where it was stopped);
    score test.tsv."""
    files, given = [f"data.train={data}/train.tsv.gz", f"data.dev={data}/dev.tsv"], settings or []
    teachers = yaml.safe_load((HERE / "teachers.yaml").read_text(encoding="utf-8"))
    models, taught, student = (
        [output / name for name in teachers],
        output / "taught.tsv",
        output / "student",
    )
    for model, changes in zip(models, teachers.values(), strict=True):
        _train(Config.load(HERE / "config.yaml", [*files, *changes, *given]), model)
    if not taught.exists():
        pairs = Corpus.load(f"{data}/train.tsv.gz").first(
            Config.load(HERE / "config.yaml").data.train_pairs
        )
        own = pairs.sources(), pairs.targets()
        sources = [*recombine_sources(*own, count=MADE, seed=1), *own[0]]
        said = track(
            Translator.from_pretrained(models, dtype="int8").stream(sources),
            "teaching",
            len(sources),
        )
        answers = [
            (source, translation.text) for source, translation in zip(sources, said, strict=True)
        ]
        Corpus.from_pairs([*answers, *[*zip(*own, strict=True)] * TIMES]).write(taught)
    files = [f"data.train={taught}", f"data.dev={data}/dev.tsv", f"training.init_from={models[-1]}"]
    _train(Config.load(HERE / "student.yaml", [*files, *given]), student)
    for name, scored in {
        **{m.name: [m] for m in models},
        "together": models,
        "student": [student],
    }.items():
        report = evaluate(scored, f"{data}/test.tsv")
        print(name, *report.summary(), sep="\n")
        report.write(output / f"test-{name}")


def _train(config: Config, run: Path) -> None:
    if (stop := train(config, output=run, resume=True).stopped_by) is not None:
        raise SystemExit(f"stopped by {stop}; run the same command again to go on")


if __name__ == "__main__":
    run_recipe(main)
