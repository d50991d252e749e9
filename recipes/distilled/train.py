"""Train three teachers on 3,000 pairs, and a student on their translations of new sentences.

python recipes/distilled/train.py [--data data/tatoeba_es_en] [--output runs/distilled]
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
import yaml

from seq2seq import (
    Config,
    Corpus,
    Translator,
    evaluate,
    recombine_sources,
    run_recipe,
    track,
    train,
)

HERE = Path(__file__).parent
NEW_SOURCES = 24_000
PAIR_COPIES = 3  # number of copies of each original pair in the student's text

Data = Annotated[Path, typer.Option(help="Directory of train.tsv.gz, dev.tsv and test.tsv.")]
Output = Annotated[Path, typer.Option(help="Directory of the runs.")]
Settings = Annotated[list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE")]


def main(
    data: Data = Path("data/tatoeba_es_en"),
    output: Output = Path("runs/distilled"),
    settings: Settings = None,
) -> None:
    """Train or resume the teachers and the student; score all models on test.tsv."""
    teachers = []
    changes_by_teacher = yaml.safe_load((HERE / "teachers.yaml").read_text(encoding="utf-8"))
    for name, changes in changes_by_teacher.items():
        overrides = [f"data.train={data}/train.tsv.gz", f"data.dev={data}/dev.tsv"]
        overrides += changes
        overrides += settings or []
        train_to_end(Config.load(HERE / "config.yaml", overrides), output / name)
        teachers.append(output / name)

    taught = output / "taught.tsv"
    if not taught.exists():
        count = Config.load(HERE / "config.yaml").data.train_pairs
        pairs = Corpus.load(f"{data}/train.tsv.gz").first(count)
        Corpus.from_pairs(teach(teachers, pairs)).write(taught)

    student = output / "student"
    overrides = [f"data.train={taught}", f"data.dev={data}/dev.tsv"]
    overrides += [f"training.init_from={teachers[-1]}"]
    overrides += settings or []
    train_to_end(Config.load(HERE / "student.yaml", overrides), student)

    models = {teacher.name: [teacher] for teacher in teachers}
    models["together"] = teachers
    models["student"] = [student]
    for name, directories in models.items():
        report = evaluate(directories, f"{data}/test.tsv")
        print(name)
        print(report.summary())
        report.write(output / f"test-{name}")


def train_to_end(config: Config, run: Path) -> None:
    """Train, or resume a stopped training; exit if a signal stops it."""
    outcome = train(config, output=run, resume=True)
    if outcome.stopped_by is not None:
        raise SystemExit(f"stopped by {outcome.stopped_by}; run the same command again to continue")


def teach(teachers: list[Path], pairs: Corpus) -> list[tuple[str, str]]:
    """Return the teachers' translations of new and original sources, and copies of the pairs."""
    new = recombine_sources(pairs.sources(), pairs.targets(), count=NEW_SOURCES, seed=1)
    sources = [*new, *pairs.sources()]
    translator = Translator.from_pretrained(teachers, dtype="int8")
    translations = track(translator.stream(sources), "teaching", total=len(sources))
    targets = [translation.text for translation in translations]
    return list(zip(sources, targets, strict=True)) + list(pairs.pairs()) * PAIR_COPIES


if __name__ == "__main__":
    run_recipe(main)
