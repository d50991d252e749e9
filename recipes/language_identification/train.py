"""Train a classifier that tells English, French, German and Spanish apart; tabulate its accuracy.

python recipes/language_identification/train.py [--data data] [--output DIR]
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seq2seq import Classifier, Config, Corpus, report, run_recipe, train

HERE = Path(__file__).parent
LANGUAGES = ["de", "es", "fr"]
"""Languages with a directory of pairs with English, tatoeba-de-en and so on."""

LENGTHS = [("1 to 2", 1, 2), ("3 to 4", 3, 4), ("5 to 9", 5, 9), ("10 or more", 10, 1000)]
"""Rows of the table, with the least and largest number of words of their texts."""

Pairs = list[tuple[str, str]]
Data = Annotated[Path, typer.Option(help="Directory with tatoeba-de-en, -es-en and -fr-en.")]
Output = Annotated[Path, typer.Option(help="Run directory.")]
Settings = Annotated[list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE")]


def main(
    data: Data = Path("data"),
    output: Output = Path("runs/language_identification"),
    settings: Settings = None,
) -> None:
    """Write the labelled texts, train or resume, and score the test texts by their length."""
    texts = output.parent / f"{output.name}-texts"
    texts.mkdir(parents=True, exist_ok=True)
    for part in ("train", "dev", "test"):
        lines = [f"{text}\t{label}\n" for text, label in labelled(data, part)]
        (texts / f"{part}.tsv").write_text("".join(lines), encoding="utf-8")
    overrides = [f"data.{part}={texts}/{part}.tsv" for part in ("train", "dev")]
    config = Config.load(HERE / "config.yaml", overrides + (settings or []))
    outcome = train(config, output=output, resume=True)
    if outcome.stopped_by is not None:
        raise SystemExit(f"stopped by {outcome.stopped_by}; run the same command again to continue")

    classifier = Classifier.from_pretrained(output)
    tested = classifier.report_data(f"{texts}/test.tsv")
    tested.write(output / "test", training=report([output]))
    rows = ["| words | texts | accuracy |", "|---|---|---|"]
    pairs = labelled(data, "test")
    for name, low, high in LENGTHS:
        chosen = [pair for pair in pairs if low <= len(pair[0].split()) <= high]
        if chosen:
            rows.append(row(name, chosen, classifier))
    rows.append(row("all", pairs, classifier))
    table = "\n".join(rows) + "\n"
    (output / "table.md").write_text(table, encoding="utf-8")
    print(tested.scores.to_markdown(), table, sep="\n\n", end="")


def row(name: str, pairs: Pairs, classifier: Classifier) -> str:
    """Return a row of the table."""
    return f"| {name} | {len(pairs):,} | {classifier.score(pairs).accuracy:.2f} % |"


def labelled(data: Path, part: str) -> Pairs:
    """Return the different texts of a part, each with the code of its language."""
    found: Pairs = []
    for language in LANGUAGES:
        name = f"{part}.tsv.gz" if part == "train" else f"{part}.tsv"
        corpus = Corpus.load(f"{data}/tatoeba-{language}-en/{name}")
        found += [(text, language) for text in corpus.sources()]
        if language == "es":  # the English side of one directory is as large as the others
            found += [(text, "en") for text in corpus.targets()]
    return list(dict.fromkeys(pair for pair in found if "\t" not in pair[0]))


if __name__ == "__main__":
    run_recipe(main)
