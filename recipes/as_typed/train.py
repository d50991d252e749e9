"""Goes on with a model of tatoeba_es_en on text as people type it, and reports what that gains and
what it costs.

python recipes/as_typed/train.py [--data data/tatoeba_es_en] [--base runs/tatoeba_es_en] [--output
runs/as_typed]"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.run import run_recipe
from seq2seq.config.config import Config
from seq2seq.data.augmentation.augment import augment
from seq2seq.data.corpus.corpus import Corpus
from seq2seq.evaluation.evaluate import evaluate
from seq2seq.training.run import train

HERE = Path(__file__).parent
FIRST = HERE.parent / "tatoeba_es_en" / "config.yaml"


def main(
    data: Annotated[
        Path, typer.Option(help="Directory of train.tsv.gz, dev.tsv and test.tsv.")
    ] = Path("data") / "tatoeba_es_en",
    base: Annotated[
        Path, typer.Option(help="Run of tatoeba_es_en; trained first if it is not there.")
    ] = Path("runs") / "tatoeba_es_en",
    output: Annotated[Path, typer.Option(help="Run directory.")] = Path("runs") / HERE.name,
    settings: Annotated[list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE")] = None,
) -> None:
    """Train (or go on with a stopped training), then score both models on test.tsv, as it is, as
    typed, its phrases."""
    files = [
        f"data.train={data / 'train.tsv.gz'}",
        f"data.dev={data / 'dev.tsv'}",
        *(settings or []),
    ]
    for config, run in ((FIRST, base), (HERE / "config.yaml", output)):
        begun = [] if run == base else [f"training.init_from={base}"]
        if (
            stop := train(Config.load(config, files + begun), output=run, resume=True).stopped_by
        ) is not None:
            raise SystemExit(f"stopped by {stop}; run the same command again to go on")
    test, typed, phrases = (
        data / "test.tsv",
        output / "test-as-typed.tsv",
        output / "test-phrases.tsv",
    )
    pairs = (corpus := Corpus.load(str(test))).sources(), corpus.targets()
    _save(typed, list(zip(*augment(*pairs, fractions={"noise": 1.0}, seed=1), strict=True)))
    parts = zip(*augment(*pairs, fractions={"phrases": 1.0}, seed=1), strict=True)
    _save(phrases, sorted(set(parts).difference(zip(*pairs, strict=True))))
    for place in (test, typed, phrases):
        for model in (base, output):
            report = evaluate(model, str(place))
            print(f"{model} on {place}", *report.summary(), sep="\n")
            report.write(output / place.stem / model.name)


def _save(path: Path, pairs: Sequence[tuple[str, str]]) -> None:
    path.write_text("".join(f"{source}\t{target}\n" for source, target in pairs), encoding="utf-8")


if __name__ == "__main__":
    run_recipe(main)
