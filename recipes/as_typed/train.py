"""Continue a tatoeba_es_en model on text as people type it; report the gains and the costs.

python recipes/as_typed/train.py [--data data/tatoeba_es_en] [--base runs/tatoeba_es_en]
    [--output runs/as_typed]
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seq2seq import Config, Corpus, augment, evaluate, run_recipe, train

HERE = Path(__file__).parent
BASE_CONFIG = HERE.parent / "tatoeba_es_en" / "config.yaml"

Data = Annotated[Path, typer.Option(help="Directory of train.tsv.gz, dev.tsv and test.tsv.")]
Base = Annotated[Path, typer.Option(help="Run of tatoeba_es_en, trained first if missing.")]
Output = Annotated[Path, typer.Option(help="Run directory.")]
Settings = Annotated[list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE")]


def main(
    data: Data = Path("data/tatoeba_es_en"),
    base: Base = Path("runs/tatoeba_es_en"),
    output: Output = Path("runs/as_typed"),
    settings: Settings = None,
) -> None:
    """Train or resume; score both models on test.tsv, a noisy copy of it, and its phrases."""
    overrides = [f"data.train={data}/train.tsv.gz", f"data.dev={data}/dev.tsv"]
    overrides += settings or []
    train_to_end(Config.load(BASE_CONFIG, overrides), base)
    overrides += [f"training.init_from={base}"]
    train_to_end(Config.load(HERE / "config.yaml", overrides), output)

    test = data / "test.tsv"
    typed = output / "test-as-typed.tsv"
    phrases = output / "test-phrases.tsv"
    corpus = Corpus.load(test)
    Corpus.from_pairs(augmented(corpus, "noise")).write(typed)
    new_pairs = set(augmented(corpus, "phrases")).difference(corpus.pairs())
    Corpus.from_pairs(sorted(new_pairs)).write(phrases)

    for test_set in (test, typed, phrases):
        for model in (base, output):
            report = evaluate(model, str(test_set))
            print(f"{model} on {test_set}")
            print(report.summary())
            report.write(output / test_set.stem / model.name)


def train_to_end(config: Config, run: Path) -> None:
    """Train, or resume a stopped training; exit if a signal stops it."""
    outcome = train(config, output=run, resume=True)
    if outcome.stopped_by is not None:
        raise SystemExit(f"stopped by {outcome.stopped_by}; run the same command again to continue")


def augmented(corpus: Corpus, augmentation: str) -> list[tuple[str, str]]:
    """Return the pairs of a corpus, each changed by an augmentation if it applies."""
    fractions = {augmentation: 1.0}
    sources, targets = augment(corpus.sources(), corpus.targets(), fractions=fractions, seed=1)
    return list(zip(sources, targets, strict=True))


if __name__ == "__main__":
    run_recipe(main)
