"""Goes on with a model of tatoeba_es_en on text as people type it, and reports what that gains and what it costs.

python recipes/as_typed/train.py [--data data/tatoeba_es_en] [--base runs/tatoeba_es_en] [--output runs/as_typed]
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli import run_recipe
from seq2seq.config import Config
from seq2seq.data.corpus import Corpus
from seq2seq.data.untidy import untidied
from seq2seq.evaluator import evaluate
from seq2seq.training.run import train

HERE = Path(__file__).parent
FIRST = HERE.parent / "tatoeba_es_en" / "config.yaml"


def main(
    data: Annotated[Path, typer.Option(help="Directory of train.tsv.gz, dev.tsv and test.tsv.")] = Path("data")
    / "tatoeba_es_en",
    base: Annotated[Path, typer.Option(help="Run of tatoeba_es_en; trained first if it is not there.")] = Path("runs")
    / "tatoeba_es_en",
    output: Annotated[Path, typer.Option(help="Run directory.")] = Path("runs") / HERE.name,
    settings: Annotated[list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE")] = None,
) -> None:
    """Train (or go on with a stopped training), then score both models on test.tsv, as it is and as people type it."""
    files = [f"data.train={data / 'train.tsv.gz'}", f"data.dev={data / 'dev.tsv'}", *(settings or [])]
    for config, run in ((FIRST, base), (HERE / "config.yaml", output)):
        begun = [] if run == base else [f"training.init_from={base}"]
        if (stop := train(Config.load(config, files + begun), run, resume=True).stopped_by) is not None:
            raise SystemExit(f"stopped by {stop}; run the same command again to go on")
    test, typed = data / "test.tsv", output / "test-as-typed.tsv"
    pairs = Corpus.load(str(test))
    lines = zip(*untidied(pairs.sources(), pairs.targets(), share=1.0, seed=1), strict=True)
    typed.write_text("".join(f"{source}\t{target}\n" for source, target in lines), encoding="utf-8")
    for place in (test, typed):
        for model in (base, output):
            report = evaluate(model, str(place))
            print(f"{model} on {place}", *report.summary(), sep="\n")
            report.write(output / place.stem / model.name)


if __name__ == "__main__":
    run_recipe(main)
