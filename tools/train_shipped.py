"""Train the shipped models in parts that can be resumed.

    python tools/train_shipped.py text es-en
    python tools/train_shipped.py train es-en --minutes 100     (again and again)
    python tools/train_shipped.py finish es-en --minutes 100
    python tools/train_shipped.py scores es-en
    python tools/train_shipped.py ship es-en

Each part is a run directory, FOLDER/DIRECTION/part-1, part-2 and so on; it goes on from the last
one with the text as it is then. A part that was interrupted is resumed by the same command. The
rate is constant until `finish`, which lets it fall to zero, so that more parts can be added at any
time. `ship` quantizes the last part, scores it and puts it in the package, from where
`train --start es-en` goes on elsewhere. `pack` writes the text in a form to
copy to another machine, such as one with a GPU:

    python tools/train_shipped.py train es-en --device cuda --minutes 9 \
        --config tools/shipped_large.yaml --start es-en

A part on a GPU takes the tokenizers of the last part or of --start, and the weights too if the
network is the same. Its rate falls to zero within its minutes. It leaves no checkpoint, so the next
part begins with a fresh optimizer.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer
from shipped_card import LANGUAGES
from shipped_gpu import GPU, train_on_gpu
from shipped_install import install
from shipped_pack import PACKED, pack, unpack
from shipped_text import (
    DEV_LINES,
    TRAIN,
    Folders,
    dev_pairs,
    final_pairs,
    read_sources,
    write_dev,
    write_mixture,
)

from seq2seq import Config, DataError, Translator, train
from seq2seq.cli.run import run
from seq2seq.metrics.scores import bleu
from seq2seq.model_directory.shipped_models import SHIPPED, local_directory

HERE = Path(__file__).parent
DEV = "dev.tsv"
"""Name of the dev text in the folder of a direction."""

DONE = "done"
"""Name of the file that marks a part as complete."""

app = typer.Typer(
    help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)

Direction = Annotated[str, typer.Argument(help="es-en or en-es.")]
Folder = Annotated[Path, typer.Option(help="Folder of the text and the runs of all directions.")]
General = Annotated[Path, typer.Option(help="Folder of the files of es-en-general.")]
Tatoeba = Annotated[Path, typer.Option(help="Folder of train.tsv.gz, dev.tsv and test.tsv.")]
Elsewhere = Annotated[Path, typer.Option(help="Folder of the test sets of other domains.")]
Device = Annotated[Literal["cpu", "cuda"], typer.Option(help="Where to train.")]
Minutes = Annotated[float, typer.Option(help="Training time of the part in minutes.")]
Settings = Annotated[
    list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE", help="Settings to change.")
]

RUNS = Path("runs") / "shipped"


@app.command()
def text(
    direction: Direction,
    sources: Annotated[
        str, typer.Option(help="all, or permissive: only CC0, CC BY, MIT, BSD, Apache, PSF …")
    ] = "all",
    folder: Folder = RUNS,
    general: General = Folders.general,
    tatoeba: Tatoeba = Folders.tatoeba,
    elsewhere: Elsewhere = Folders.elsewhere,
) -> None:
    """Mix the training text of a direction, and its dev text."""
    if sources not in ("all", "permissive"):
        raise DataError(f"--sources {sources}: choose all or permissive")
    folders = Folders(general, tatoeba, elsewhere)
    place = _place(folder, direction)
    place.mkdir(parents=True, exist_ok=True)
    chosen = read_sources(permissive=sources == "permissive")
    pairs = write_mixture(place, chosen, direction, folders)
    dev = write_dev(place / DEV, direction, folders)
    print(f"{place}: {pairs:,} training pairs of {len(chosen)} sources, {dev} dev pairs")


@app.command(name="pack")
def pack_text(direction: Direction, folder: Folder = RUNS) -> None:
    """Pack the training text of a direction; `train` unpacks it where it has been copied to."""
    place = _place(folder, direction)
    print(f"{place / PACKED}: {pack(place):,} bytes")


@app.command(name="train")
def train_part(
    direction: Direction,
    settings: Settings = None,
    minutes: Minutes = 100,
    config: Annotated[Path, typer.Option(help="Model and training.")] = HERE / "shipped.yaml",
    start: Annotated[
        Path | None, typer.Option(help="Model to start from, for the first part.")
    ] = None,
    folder: Folder = RUNS,
    device: Device = "cpu",
    workers: Annotated[
        int, typer.Option(min=1, help="Number of processes that prepare the text for a GPU.")
    ] = 8,
) -> None:
    """Train for some minutes, from where the last part has ended."""
    if device == "cpu":
        limit = f"training.max_minutes={minutes}"
        _run_part(direction, [limit, *(settings or [])], config=config, start=start, folder=folder)
        return
    part, parts = _next_part(direction, folder)
    if parts:
        start = parts[-1]
    if start is None:
        raise DataError(f"{part.parent}: no part yet, so --start must name a model")
    chosen = Config.load(config, [*_given(direction, part, parts), *(settings or [])])
    text = part.parent / TRAIN
    steps = train_on_gpu(
        chosen,
        text,
        start=local_directory(start),
        output=part,
        minutes=minutes,
        workers=workers,
        device=device,
    )
    (part / DONE).touch()
    print(f"{part}: {steps:,} steps")


@app.command()
def finish(
    direction: Direction,
    settings: Settings = None,
    steps: Annotated[int, typer.Option(help="Number of steps until the rate is zero.")] = 4000,
    config: Annotated[Path, typer.Option(help="Model and training.")] = HERE / "shipped.yaml",
    folder: Folder = RUNS,
) -> None:
    """Train with a rate that falls to zero; the result is what ships."""
    if not _parts(_place(folder, direction)):
        raise DataError(f"{_place(folder, direction)}: no part to finish; use train first")
    falling = [
        "training.init=new-rate",
        "training.schedule=cosine",
        "training.warmup_steps=0",
        f"training.max_steps={steps}",
    ]
    _run_part(direction, [*falling, *(settings or [])], config=config, start=None, folder=folder)


@app.command()
def scores(
    direction: Direction,
    model: Annotated[Path | None, typer.Option(help="Model; by default the last part.")] = None,
    final: Annotated[
        bool, typer.Option("--final", help="Score test and second halves: once, at the end.")
    ] = False,
    every: Annotated[int, typer.Option(help="Score each n-th line.")] = 1,
    folder: Folder = RUNS,
    general: General = Folders.general,
    tatoeba: Tatoeba = Folders.tatoeba,
    elsewhere: Elsewhere = Folders.elsewhere,
) -> None:
    """Print BLEU of each set, as `translate` does by default."""
    folders = Folders(general, tatoeba, elsewhere)
    place = _place(folder, direction)
    translator = Translator.from_pretrained(model or _parts(place)[-1])
    for name in DEV_LINES:
        read = final_pairs if final else dev_pairs
        pairs = read(name, folders)[::every]
        sides = list(zip(*pairs, strict=True))
        source, target = sides if direction == "es-en" else sides[::-1]
        found = [one.text for one in translator.translate_all(list(source))]
        print(f"{name:14} {len(source):5} lines  BLEU {_bleu(found, target):.2f}", flush=True)


@app.command()
def ship(
    direction: Direction,
    name: Annotated[
        str, typer.Option(help="Name of the model, such as es-en-large; default the direction.")
    ] = "",
    final: Annotated[
        bool, typer.Option("--final", help="Score test and second halves: once, at the end.")
    ] = False,
    averaged: Annotated[
        int, typer.Option("--average", min=1, help="Average the weights of the last parts.")
    ] = 1,
    output: Annotated[Path, typer.Option(help="Folder of the shipped models.")] = SHIPPED,
    folder: Folder = RUNS,
    general: General = Folders.general,
    tatoeba: Tatoeba = Folders.tatoeba,
    elsewhere: Elsewhere = Folders.elsewhere,
) -> None:
    """Quantize the last part, calibrate and score it, and put it in the package."""
    place = _place(folder, direction)
    parts = [part for part in _parts(place) if (part / DONE).exists()]
    if not parts:
        raise DataError(f"{place}: no part is done yet")
    lines = (place / DEV).read_text(encoding="utf-8").splitlines()
    dev = [(source, target) for source, target in (line.split("\t") for line in lines)]
    folders = Folders(general, tatoeba, elsewhere)
    model = install(
        name or direction, parts, dev, folders, final=final, averaged=averaged, output=output
    )
    print(f"wrote {model}")


def _bleu(hypotheses: Sequence[str], references: Sequence[str]) -> float:
    return bleu(hypotheses, [[reference] for reference in references]).value


def _run_part(
    direction: str, settings: Sequence[str], *, config: Path, start: Path | None, folder: Path
) -> None:
    """Resume the last part, or begin the next one, which goes on from it."""
    part, parts = _next_part(direction, folder)
    given = _given(direction, part, parts)
    if parts:
        given += [f"training.init_from={parts[-1]}", "training.init=continue"]
    elif start is not None:
        given.append(f"training.init_from={start}")
    fresh = ["training.init=fresh"] if parts and (parts[-1] / GPU).exists() else []
    chosen = Config.load(config, [*given, *settings, *fresh])
    outcome = train(chosen, output=part, resume=True, cpu=True)
    if outcome.stopped_by is not None:
        raise SystemExit(f"stopped by {outcome.stopped_by}; the same command resumes it")
    (part / DONE).touch()
    print(f"{part}: step {outcome.step:,}, dev BLEU {outcome.best_score or 0:.2f}")


def _next_part(direction: str, folder: Path) -> tuple[Path, list[Path]]:
    """Return the part to train, which may be begun, and those before it; unpack the text."""
    place = _place(folder, direction)
    unpack(place)
    parts = _parts(place)
    if parts and not (parts[-1] / DONE).exists():
        return parts.pop(), parts
    return place / f"part-{len(parts) + 1}", parts


def _given(direction: str, part: Path, parts: Sequence[Path]) -> list[str]:
    """Return the settings of a part that do not come from the configuration."""
    source, target = LANGUAGES[direction]
    return [
        f"data.train={part.parent / TRAIN}",
        f"data.dev={part.parent / DEV}",
        f"data.source_language={source}",
        f"data.target_language={target}",
        f"training.seed={len(parts) + 1}",  # each part reads the text in another order
    ]


def _parts(place: Path) -> list[Path]:
    """Return the run directories of a direction, first to last."""
    found = place.glob("part-*")
    return sorted(found, key=lambda path: int(path.name.removeprefix("part-")))


def _place(folder: Path, direction: str) -> Path:
    if direction not in LANGUAGES:
        raise DataError(f"{direction}: no such direction; choose es-en or en-es")
    return folder / direction


if __name__ == "__main__":
    run(app)
