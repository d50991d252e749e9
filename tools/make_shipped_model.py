"""Make a model that comes with the package: train it, bring it into its compact form, score that,
and write its card.

    python recipes/tatoeba_es_en/train.py
    python tools/make_shipped_model.py es-en --config recipes/as_typed/config.yaml --run
        runs/as_typed \
        --elsewhere data/es-en-ood/ted-tst2013.tsv --elsewhere data/es-en-ood/newstest2012.tsv \
        --elsewhere data/es-en-ood/flores-dev.tsv

It goes to seq2seq/shipped/es-en, in place of the one that is there. Of the text of
tools/prepare_tatoeba.py (Spanish, a tab, English) en-es reads the columns the other way round. It
does not choose the network: that is in --config. """

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.run import run_recipe
from seq2seq.config.config import Config
from seq2seq.data.alignment.shortlist import SHORTLIST
from seq2seq.data.corpus.lines import open_binary
from seq2seq.errors import DataError
from seq2seq.evaluation.evaluate import evaluate
from seq2seq.model_directory.quantize import quantize
from seq2seq.model_directory.shipped_models import FIRST, SHIPPED
from seq2seq.model_directory.store import CARD, WEIGHTS, load_config
from seq2seq.reports.evaluation_report import EvaluationReport
from seq2seq.runtime.atomic_file import atomic_write_text
from seq2seq.training.run import train
from seq2seq.version import __version__

LARGEST = 12_000_000
"""Bytes that all models in the package may have together."""

DIRECTIONS = {"es-en": ("Spanish", "English"), "en-es": ("English", "Spanish")}
COLUMNS = {"es-en": ("0", "1"), "en-es": ("1", "0")}


def main(
    direction: Annotated[str, typer.Argument(help="es-en or en-es.")],
    settings: Annotated[
        list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE", help="Of the training.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="YAML file of the training; goes on with a stopped one.")
    ] = None,
    run: Annotated[
        Path | None, typer.Option(help="Run directory; without --config, of a finished training.")
    ] = None,
    data: Annotated[
        Path, typer.Option(help="Directory of train.tsv.gz, dev.tsv and test.tsv.")
    ] = Path("data") / "tatoeba_es_en",
    elsewhere: Annotated[
        list[Path] | None, typer.Option(help="Test set of another kind of text; again for more.")
    ] = None,
    output: Annotated[Path, typer.Option(help="Directory of the shipped models.")] = SHIPPED,
) -> None:
    """Train a model (or take a trained one), make it small, score it as `translate` runs it, and
    put it in place."""
    if direction not in DIRECTIONS:
        raise DataError(
            f"{direction}: not a direction of this text; there are {', '.join(DIRECTIONS)}"
        )
    if config is None and run is None:
        raise DataError("name the --config of a training, or the --run directory of a finished one")
    place = run or Path("runs") / f"shipped-{direction}"
    if config is not None:
        source, target = COLUMNS[direction]
        files = [f"data.train={data / 'train.tsv.gz'}", f"data.dev={data / 'dev.tsv'}"]
        files += [f"data.source={source}", f"data.target={target}"]
        outcome = train(Config.load(config, files + (settings or [])), output=place, resume=True)
        if outcome.stopped_by is not None:
            raise SystemExit(
                f"stopped by {outcome.stopped_by}; run the same command again to go on"
            )
    _check_paths(place)
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / direction
        quantize(place, model)
        (model / SHORTLIST).unlink(
            missing_ok=True
        )  # for its size; `translate` does not ask for one by default
        reports = []
        for test in (data / "test.tsv", *(elsewhere or [])):
            source, target = COLUMNS[direction]
            reports.append(evaluate(model, str(test), source=source, target=target))
            print("\n".join(reports[-1].summary()))
        atomic_write_text(
            card(direction, model, reports, count_pairs(load_config(model))), model / CARD
        )
        _put(model, output)
    print(
        f"wrote {output / direction}: {size(output / direction):,} bytes; all together "
        f"{size(output):,}"
    )


def card(direction: str, model: Path, reports: Sequence[EvaluationReport], pairs: int) -> str:
    """README.md of a shipped model."""
    config, (source, target) = load_config(model), DIRECTIONS[direction]
    command = "translate" if direction == FIRST else f"translate --to {direction.partition('-')[2]}"
    network, first = config.model, reports[0]
    again = f"python tools/make_shipped_model.py {direction} --config config.yaml"
    scores = "\n".join(
        f"| {Path(report.data).name} | {len(report.sentences):,} | "
        + " | ".join(f"{row.value} ({row.interval})" for row in report.score_rows)
        + " |"
        for report in reports
    )
    names = " | ".join(row.metric for row in first.score_rows)
    signatures = "\n".join(f"- {row.metric}: `{row.signature}`" for row in first.score_rows)
    decoding = ", ".join(
        f"{name.replace('_', ' ')} {value}" for name, value in first.decoding.items()
    )
    return f"""# {source} to {target}, short everyday sentences

The model that `{command}` uses when none is named, made by `tools/make_shipped_model.py` of seq2seq {__version__}.
It knows **short everyday sentences** best, of some eight words. On news, talks, encyclopaedias and whatever has long
sentences it is poor: it knows few names, and the terms of no trade. What it writes may be fluent and wrong; do not rely
on it where a mistake does harm.

    {command} "…"

## Trained on

{pairs:,} sentence pairs ({", ".join(_listed(config.data.train))}): sentences of
[Tatoeba](https://tatoeba.org) in the form published by www.manythings.org/anki, under
[CC BY 2.0](https://creativecommons.org/licenses/by/2.0/) (Tatoeba:
[CC BY 2.0 FR](https://creativecommons.org/licenses/by/2.0/fr/)). Attribution: www.manythings.org/anki and tatoeba.org.
They were cleaned and split by `tools/prepare_tatoeba.py`; no sentence of dev or test is in them, on either side.

## Scores

As `translate` runs it by default: {decoding}. In brackets are 95 % bootstrap
intervals. test.tsv is held out of the same text, and many of its sentences differ from one of the training in a single
word; any other set tells what the model is worth elsewhere.

| test set | sentences | {names} |
|---|---|{"---|" * len(first.score_rows)}
{scores}

{signatures}

## Made of

| | |
|---|---|
| network | {network.cell}, {network.encoder_layers} + {network.decoder_layers} layers of {network.hidden_size}, \
{network.attention} attention{", lexical" if network.lexical_model else ""}, decoder order {network.decoder_order}, weight \
tying {network.weight_tying} |
| tokenizer | {config.tokenizer.type}, {config.tokenizer.vocab_size:,} \
{"for both languages" if config.tokenizer.joint else "a language"} |
| training | {_training(config)} |
| weights | {(model / WEIGHTS).stat().st_size / 1e6:.1f} MB, matrices as int8 (`seq2seq quantize`) |

All settings are in config.yaml: `{again}` trains by them{_begun_from(config, direction)}.
"""


def _begun_from(config: Config, direction: str) -> str:
    """The model it was begun from, and whether that is still to be had; "" if there was none."""
    start = config.training.init_from
    if start is None:
        return ""
    replaced = Path(start).resolve() == (SHIPPED / direction).resolve()
    return f", from a\nmodel in {start}, {'the one that this has replaced' if replaced else 'which must be there'}"


_AUGMENTED = {
    "phrases": "of the pairs shown as one of their phrases",
    "noise": "of the pairs as people type them",
    "names": "of those with a name on both sides with a made-up one",
}


def _training(config: Config) -> str:
    """How long it was trained, and on what beside the pairs as they are."""
    training, data = config.training, config.data
    parts = [f"at most {training.max_steps:,} steps, {training.precision}, seed {training.seed}"]
    parts += [f"begun from the model in {training.init_from}"] if training.init_from else []
    parts += [
        f"{fraction:.0%} {_AUGMENTED.get(name, f'of the pairs changed by {name}')}"
        for name, fraction in data.augment.items()
        if fraction
    ]
    return "; ".join(parts)


def count_pairs(config: Config) -> int:
    """The lines of the training text, each a pair; raises DataError if it is not there."""
    places = [config.data.train] if isinstance(config.data.train, str) else config.data.train
    count = 0
    for place in places:
        with open_binary(place) as file:
            count += sum(bool(line.strip()) for line in file)
    return count


def size(folder: Path) -> int:
    """The bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _check_paths(run: Path) -> None:
    """Raise DataError if the configuration names places of this machine: it goes to everyone."""
    config = load_config(run)
    places = [
        *_listed(config.data.train),
        *_listed(config.data.dev),
        config.training.init_from or "",
    ]
    for place in places:
        if Path(place).is_absolute():
            raise DataError(
                f"{run}: trained from {place}, which is of this machine alone; train with "
                "relative paths"
            )


def _put(model: Path, output: Path) -> None:
    """Let the model take the place of the one there is, if all of them together are small
    enough."""
    others = size(output) - size(output / model.name)  # of folders that are not there, nothing
    if others + size(model) > LARGEST:
        raise DataError(
            f"{model.name}: {size(model):,} bytes and {others:,} of others are over {LARGEST:,}"
        )
    shutil.rmtree(output / model.name, ignore_errors=True)
    shutil.copytree(model, output / model.name)


def _listed(places: str | list[str]) -> list[str]:
    return [places] if isinstance(places, str) else places


if __name__ == "__main__":
    run_recipe(main)
