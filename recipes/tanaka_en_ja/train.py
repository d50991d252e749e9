"""Train an English-Japanese model on the Tanaka corpus and report its character BLEU.

python recipes/tanaka_en_ja/train.py [--data data/tanaka_en_ja] [--output runs/tanaka_en_ja]
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seq2seq import Config, Corpus, evaluate, run_recipe, train

HERE = Path(__file__).parent

Data = Annotated[Path, typer.Option(help="Directory of train.tsv.gz, dev.tsv and test.tsv.")]
Output = Annotated[Path, typer.Option(help="Run directory.")]
Settings = Annotated[list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE")]


def main(
    data: Data = Path("data/tanaka_en_ja"),
    output: Output = Path("runs/tanaka_en_ja"),
    settings: Settings = None,
) -> None:
    """Train, or resume a stopped training; then score greedy and beam search on the test set."""
    text = output.parent / f"{output.name}-text"  # a new run directory must be empty
    text.mkdir(parents=True, exist_ok=True)
    write_without_spaces(data / "train.tsv.gz", text / "train.tsv")
    write_without_spaces(data / "dev.tsv", text / "dev.tsv")
    write_without_spaces(data / "test.tsv", text / "test.tsv")

    overrides = [f"data.train={text}/train.tsv", f"data.dev={text}/dev.tsv"]
    overrides += settings or []
    config = Config.load(HERE / "config.yaml", overrides)
    outcome = train(config, output=output, resume=True)
    if outcome.stopped_by is not None:
        raise SystemExit(f"stopped by {outcome.stopped_by}; run the same command again to continue")

    for beam in (1, config.decoding.beam):
        report = evaluate(output, f"{text}/test.tsv", decoding={"beam": beam})
        print(report.summary())
        report.write(output / f"test-beam{beam}")


def write_without_spaces(source: Path, target: Path) -> None:
    """Copy the pairs without the spaces between Japanese words."""
    corpus = Corpus.load(source, name=source.name)
    pairs = [(english, japanese.replace(" ", "")) for english, japanese in corpus.pairs()]
    Corpus.from_pairs(pairs).write(target)


if __name__ == "__main__":
    run_recipe(main)
