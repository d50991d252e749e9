"""Train a first Spanish-English model in minutes on the synthetic text in this directory.

`make demo` runs this recipe.

    python recipes/sample_es_en/train.py [--output runs/sample_es_en]
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seq2seq import Config, Translator, evaluate, run_recipe, train

HERE = Path(__file__).parent
UNSEEN = [
    "casa de papel",
    "¿Dónde está el libro de mi hermana?",
    "La mujer no ha visto los gatos negros.",
]

Data = Annotated[Path, typer.Option(help="Directory of train.tsv, dev.tsv and test.tsv.")]
Output = Annotated[Path, typer.Option(help="Run directory.")]
Settings = Annotated[list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE")]


def main(
    data: Data = HERE,
    output: Output = Path("runs/sample_es_en"),
    settings: Settings = None,
) -> None:
    """Train, or resume a stopped training; report BLEU on test.tsv; translate unseen sentences."""
    overrides = [f"data.train={data}/train.tsv", f"data.dev={data}/dev.tsv"]
    overrides += settings or []
    config = Config.load(HERE / "config.yaml", overrides)
    outcome = train(config, output=output, resume=True)
    if outcome.stopped_by is not None:
        raise SystemExit(f"stopped by {outcome.stopped_by}; run the same command again to continue")

    report = evaluate(output, f"{data}/test.tsv")
    report.write(output / "test")
    print(report.summary())

    translator = Translator.from_pretrained(output)
    print("\nUnseen sentences:")
    for translation in translator.translate_all(UNSEEN):
        print(f"  {translation.source} -> {translation.text}")

    print(f"\nThe model is in {output}, its report in {output}/test/report.html. Try next:")
    print(f'  .venv/bin/translate --model {output} "Mi abuela tiene tres gatos negros."')
    print(f"  .venv/bin/translate --model {output}        # asks for sentences")
    print("For a model of real text, see recipes/tatoeba_es_en/README.md.")


if __name__ == "__main__":
    run_recipe(main)
