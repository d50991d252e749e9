"""Make a model shipped with the package: train, quantize and score it, and write its card.

    python recipes/tatoeba_es_en/train.py
    python tools/make_shipped_model.py es-en --config recipes/as_typed/config.yaml \
        --run runs/as_typed --elsewhere data/es-en-ood/ted-tst2013.tsv \
        --elsewhere data/es-en-ood/newstest2012.tsv --elsewhere data/es-en-ood/flores-dev.tsv

The model replaces the one in seq2seq/shipped/es-en. The text is that of tools/prepare_tatoeba.py
(Spanish, a tab, English); en-es reads its columns in the other order. The network is that of
--config.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from seq2seq import Config, DataError, __version__, evaluate, quantize, run_recipe, train
from seq2seq.config.settings import ModelConfig, TokenizerConfig
from seq2seq.data.corpus.lines import open_binary
from seq2seq.model_directory.names import CARD, SHORTLIST, WEIGHTS
from seq2seq.model_directory.shipped_models import FIRST, SHIPPED, local_directory
from seq2seq.model_directory.store import load_config
from seq2seq.reports.findings import Findings
from seq2seq.runtime.atomic_file import atomic_write_text

MAX_BYTES = 12_000_000
"""Maximum size of all models in the package together."""

DIRECTIONS = {"es-en": ("Spanish", "English"), "en-es": ("English", "Spanish")}
COLUMNS = {"es-en": ("0", "1"), "en-es": ("1", "0")}


def main(
    direction: Annotated[str, typer.Argument(help="es-en or en-es.")],
    settings: Annotated[
        list[str] | None,
        typer.Argument(metavar="SECTION.KEY=VALUE", help="Settings of the training."),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="YAML file of the training; a stopped training is resumed.")
    ] = None,
    run: Annotated[
        Path | None,
        typer.Option(help="Run directory; without --config, that of a finished training."),
    ] = None,
    data: Annotated[
        Path, typer.Option(help="Directory of train.tsv.gz, dev.tsv and test.tsv.")
    ] = Path("data") / "tatoeba_es_en",
    elsewhere: Annotated[
        list[Path] | None, typer.Option(help="Test set of another domain; repeat it for more.")
    ] = None,
    output: Annotated[Path, typer.Option(help="Directory of the shipped models.")] = SHIPPED,
) -> None:
    """Train a model or use a trained one; quantize, score and install it."""
    if direction not in DIRECTIONS:
        raise DataError(f"{direction}: no such direction; choose one of {', '.join(DIRECTIONS)}")
    if config is None and run is None:
        raise DataError("give the --config of a training, or the --run directory of a finished one")
    place = run or Path("runs") / f"shipped-{direction}"
    if config is not None:
        source, target = COLUMNS[direction]
        files = [f"data.train={data / 'train.tsv.gz'}", f"data.dev={data / 'dev.tsv'}"]
        files += [f"data.source={source}", f"data.target={target}"]
        outcome = train(Config.load(config, files + (settings or [])), output=place, resume=True)
        if outcome.stopped_by is not None:
            raise SystemExit(
                f"stopped by {outcome.stopped_by}; run the same command again to continue"
            )
    _check_paths(place)
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / direction
        quantize(place, output=model)
        # The shortlist is left out because of its size; by default `translate` uses none.
        (model / SHORTLIST).unlink(missing_ok=True)
        source, target = COLUMNS[direction]
        tests = [str(test) for test in (data / "test.tsv", *(elsewhere or []))]
        report = evaluate(model, tests, source=source, target=target)
        print(report.summary())
        pairs = count_pairs(load_config(model))
        atomic_write_text(card(direction, model, report.sets, pairs), model / CARD)
        _put(model, output)
    print(
        f"wrote {output / direction}: {size(output / direction):,} bytes; all models: "
        f"{size(output):,}"
    )


def card(direction: str, model: Path, sets: Sequence[Findings], pairs: int) -> str:
    """Return the README.md of a shipped model."""
    config = load_config(model)
    source, target = DIRECTIONS[direction]
    command = "translate" if direction == FIRST else f"translate --to {direction.partition('-')[2]}"
    first = sets[0]
    again = f"python tools/make_shipped_model.py {direction} --config config.yaml"
    megabytes = (model / WEIGHTS).stat().st_size / 1e6
    scores = "\n".join(
        f"| {Path(found.data).name} | {len(found.sentences):,} | "
        + " | ".join(f"{row.value} ({row.interval})" for row in found.score_rows)
        + " |"
        for found in sets
    )
    names = " | ".join(row.metric for row in first.score_rows)
    signatures = "\n".join(f"- {row.metric}: `{row.signature}`" for row in first.score_rows)
    decoding = ", ".join(
        f"{name.replace('_', ' ')} {value}" for name, value in first.decoding.items()
    )
    return f"""# {source} to {target}, short everyday sentences

The default model of `{command}`, made by `tools/make_shipped_model.py` of seq2seq {__version__}.
It is best at **short everyday sentences** of about eight words. It is poor at news, talks,
encyclopedias and other text with long sentences: it knows few names and no technical terms. Its
translations can be fluent and wrong; do not rely on it where a mistake does harm.

    {command} "…"

## Training data

{pairs:,} sentence pairs ({", ".join(_listed(config.data.train))}): sentences of
[Tatoeba](https://tatoeba.org) in the form published by www.manythings.org/anki, under
[CC BY 2.0](https://creativecommons.org/licenses/by/2.0/) (Tatoeba:
[CC BY 2.0 FR](https://creativecommons.org/licenses/by/2.0/fr/)). Attribution:
www.manythings.org/anki and tatoeba.org. They were cleaned and split by `tools/prepare_tatoeba.py`;
they contain no sentence of dev or test, on either side.

## Scores

Decoded with the defaults of `translate`: {decoding}. In brackets are 95 % bootstrap intervals.
test.tsv is held out from the same text, and many of its sentences differ from a training sentence
in a single word; the other sets show how the model does on other domains.

| test set | sentences | {names} |
|---|---|{"---|" * len(first.score_rows)}
{scores}

{signatures}

## Model

| | |
|---|---|
| network | {_network(config.model)} |
| tokenizer | {_tokenizer(config.tokenizer)} |
| training | {_training(config)} |
| weights | {megabytes:.1f} MB, matrices as int8 (`seq2seq quantize`) |

All settings are in config.yaml: `{again}`
trains with them{_initial_model(config, direction)}.
"""


def _network(model: ModelConfig) -> str:
    parts = [
        f"{model.cell}, {model.encoder_layers} + {model.decoder_layers} layers",
        f"hidden size {model.hidden_size}",
        f"{model.attention} attention",
        f"decoder order {model.decoder_order}",
        f"weight tying {model.weight_tying}",
    ]
    if model.lexical_model:
        parts.append("lexical model")
    return ", ".join(parts)


def _tokenizer(tokenizer: TokenizerConfig) -> str:
    vocabulary = "joint vocabulary" if tokenizer.joint else "vocabularies"
    return f"{tokenizer.type}, {vocabulary} of {tokenizer.vocab_size:,}"


def _initial_model(config: Config, direction: str) -> str:
    """Return a clause about the model that the training started from; "" if there is none."""
    start = config.training.init_from
    if start is None:
        return ""
    if local_directory(start).resolve() == (SHIPPED / direction).resolve():
        return f", starting from the\nmodel that was in {start} before"
    return f", starting from the\nmodel in {start}, which must exist"


_AUGMENTED = {
    "phrases": "of the pairs reduced to one of their phrases",
    "noise": "of the pairs written as people type them",
    "names": "of the pairs with a name on both sides given a made-up one",
}


def _training(config: Config) -> str:
    """Describe the length of the training, the model it started from and its augmentations."""
    training = config.training
    parts = [f"at most {training.max_steps:,} steps, {training.precision}, seed {training.seed}"]
    parts += [f"starting from the model in {training.init_from}"] if training.init_from else []
    parts += [
        f"{fraction:.0%} {_AUGMENTED.get(name, f'of the pairs changed by {name}')}"
        for name, fraction in config.data.augment.items()
        if fraction
    ]
    return "; ".join(parts)


def count_pairs(config: Config) -> int:
    """Count the pairs of the training text; raise DataError if it cannot be read."""
    places = [config.data.train] if isinstance(config.data.train, str) else config.data.train
    count = 0
    for place in places:
        with open_binary(place) as file:
            count += sum(bool(line.strip()) for line in file)
    return count


def size(folder: Path) -> int:
    """Return the size in bytes of all files in a folder; 0 if there is no such folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _check_paths(run: Path) -> None:
    """Raise DataError if the configuration, which is published, has absolute paths."""
    config = load_config(run)
    places = [
        *_listed(config.data.train),
        *_listed(config.data.dev),
        config.training.init_from or "",
    ]
    for place in places:
        if Path(place).is_absolute():
            raise DataError(
                f"{run}: was trained from {place}, which exists on this machine only; train with "
                "relative paths"
            )


def _put(model: Path, output: Path) -> None:
    """Replace the current model; raise DataError if all models together would be too large."""
    others = size(output) - size(output / model.name)
    if others + size(model) > MAX_BYTES:
        raise DataError(
            f"{model.name}: {size(model):,} bytes and {others:,} of others exceed {MAX_BYTES:,}"
        )
    shutil.rmtree(output / model.name, ignore_errors=True)
    shutil.copytree(model, output / model.name)


def _listed(places: str | list[str]) -> list[str]:
    return [places] if isinstance(places, str) else places


if __name__ == "__main__":
    run_recipe(main)
