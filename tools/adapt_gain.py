"""Measure what the preset adapt gains over training from nothing, on little text of one kind.

    python tools/adapt_gain.py --general data/es-en-general

A model that comes with the package is fine-tuned on some pairs of one source, and a model with the
preset tiny is trained on the same pairs. Both are scored on pairs of that source which none of them
was trained on (tools/shipped_text.py holds them out).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from shipped_text import ADAPTED, Folders, Pair, read_pairs, split_adapted

from seq2seq import Config, evaluate, run_recipe, train

DEV_PAIRS = 300


def write(path: Path, pairs: Sequence[Pair]) -> Path:
    """Write pairs as lines of a source, a tab and a target, and return the path."""
    path.write_text("".join(f"{source}\t{target}\n" for source, target in pairs), encoding="utf-8")
    return path


def configuration(preset: str, files: dict[str, Path], start: str) -> Config:
    """Return the configuration of a training with a preset."""
    content = {
        "preset": preset,
        "data": {
            **{name: str(files[name]) for name in ("train", "dev")},
            "source_language": "Spanish",
            "target_language": "English",
        },
        "training": {"init_from": start} if preset == "adapt" else {},
    }
    return Config.from_dict(content)


def bleu(model: str | Path, test: Path) -> str:
    """Return the BLEU of a model with its interval."""
    score = evaluate(str(model), str(test)).score("BLEU")
    assert score.interval is not None
    low, high = score.interval
    return f"{score.value:.2f} ({low:.2f} to {high:.2f})  {score.signature}"


def main(
    general: Annotated[Path, typer.Option(help="Folder of the sources.")] = Folders.general,
    model: Annotated[str, typer.Option(help="Model to fine-tune.")] = "es-en",
    pairs: Annotated[int, typer.Option(min=1, help="Number of training pairs.")] = 3000,
    output: Annotated[Path, typer.Option(help="Directory of the runs.")] = Path("runs/adapt_gain"),
) -> None:
    """Train both models, or resume them, and print the BLEU of all three."""
    usable, test = split_adapted(list(read_pairs(general / f"{ADAPTED}.tsv.gz")))
    output.mkdir(parents=True, exist_ok=True)
    files = {
        "train": write(output / "train.tsv", usable[:pairs]),
        "dev": write(output / "dev.tsv", usable[pairs : pairs + DEV_PAIRS]),
        "test": write(output / "test.tsv", test),
    }
    print(f"{model}, as it comes: {bleu(model, files['test'])}", flush=True)
    for preset in ("adapt", "tiny"):
        run = output / preset
        train(configuration(preset, files, model), output=run, resume=True, cpu=True)
        print(f"{preset}, {pairs:,} pairs: {bleu(run, files['test'])}", flush=True)


if __name__ == "__main__":
    run_recipe(main)
