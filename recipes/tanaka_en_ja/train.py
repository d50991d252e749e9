"""Trains an English-Japanese model on sentences of the Tanaka corpus and reports its BLEU by
characters.

python recipes/tanaka_en_ja/train.py [--data data/tanaka_en_ja] [--output runs/tanaka_en_ja]
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.run import run_recipe
from seq2seq.config.config import Config
from seq2seq.data.corpus.corpus import Corpus
from seq2seq.evaluation.evaluate import evaluate
from seq2seq.training.run import train

HERE = Path(__file__).parent


def main(
    data: Annotated[Path, typer.Option(help="train.tsv.gz, dev.tsv and test.tsv.")] = Path("data")
    / HERE.name,
    output: Annotated[Path, typer.Option(help="Run directory.")] = Path("runs") / HERE.name,
    settings: Annotated[list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE")] = None,
) -> None:
    """Train (or go on with a stopped training), then score greedy and beam search on the test
    set."""
    text = output / "text"
    text.mkdir(parents=True, exist_ok=True)
    for name in ("train.tsv.gz", "dev.tsv", "test.tsv"):
        write_as_written(data / name, text / name.removesuffix(".gz"))
    files = [f"data.train={text / 'train.tsv'}", f"data.dev={text / 'dev.tsv'}"]
    config = Config.load(HERE / "config.yaml", files + (settings or []))
    outcome = train(config, output=output, resume=True)
    if outcome.stopped_by is not None:
        raise SystemExit(f"stopped by {outcome.stopped_by}; run the same command again to go on")
    for beam in (1, config.decoding.beam):
        report = evaluate(output, str(text / "test.tsv"), beam=beam)
        print("\n".join(report.summary()))
        report.write(output / f"test-beam{beam}")


def write_as_written(source: Path, target: Path) -> None:
    """Copy pairs, with the Japanese side as Japanese is written: the corpus has blanks between its
    words."""
    pairs = Corpus.load(source, name=source.name).pairs()
    target.write_text("".join(f"{a}\t{b.replace(' ', '')}\n" for a, b in pairs), encoding="utf-8")


if __name__ == "__main__":
    run_recipe(main)
