"""Trains a first Spanish-English model, in minutes, on the synthetic text beside this file; `make
demo` runs it.

python recipes/sample_es_en/train.py [--output runs/sample_es_en]
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.run import run_recipe
from seq2seq.config.config import Config
from seq2seq.evaluation.evaluate import evaluate
from seq2seq.training.run import train
from seq2seq.translation.translator import Translator

HERE = Path(__file__).parent
UNSEEN = [
    "casa de papel",
    "¿Dónde está el libro de mi hermana?",
    "La mujer no ha visto los gatos negros.",
]


def main(
    data: Annotated[
        Path, typer.Option(help="Directory of train.tsv, dev.tsv and test.tsv.")
    ] = HERE,
    output: Annotated[Path, typer.Option(help="Run directory.")] = Path("runs") / HERE.name,
    settings: Annotated[list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE")] = None,
) -> None:
    """Train (or go on with a stopped training), report BLEU on test.tsv, translate a few unseen
    sentences."""
    files = [f"data.train={data / 'train.tsv'}", f"data.dev={data / 'dev.tsv'}"]
    outcome = train(
        Config.load(HERE / "config.yaml", files + (settings or [])), output=output, resume=True
    )
    if outcome.stopped_by is not None:
        raise SystemExit(f"stopped by {outcome.stopped_by}; run the same command again to go on")
    report = evaluate(output, str(data / "test.tsv"))
    report.write(output / "test")
    print("\n".join(report.summary()))
    translator = Translator.from_pretrained(output)
    print("\nSentences it has not seen:")
    for translation in translator.translate_all(UNSEEN):
        print(f"  {translation.source} -> {translation.text}")
    print(
        f"\nThe model is in {output}, its report in {output}/test/report.html. Try next:\n"
        f'  .venv/bin/translate --model {output} "Mi abuela tiene tres gatos negros."\n'
        f"  .venv/bin/translate --model {output}        # asks for sentences\n"
        "and for a model of real text: recipes/tatoeba_es_en/README.md"
    )


if __name__ == "__main__":
    run_recipe(main)
