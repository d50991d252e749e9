"""Describe two to four handwritten digits in Spanish or English words; tabulate exact matches.

python recipes/describe_digits/train.py [--data data/describe_digits] [--rows 60000]
"""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import pyarrow.parquet as pq
import torch
import typer
from torch import Tensor
from torch.nn import functional as F

from seq2seq import Config, DataError, Describer, run_recipe, train

HERE = Path(__file__).parent
IMAGES = {"train": slice(0, 1200), "dev": slice(1200, 1450), "test": slice(1450, None)}
COUNTS = (2, 3, 4)
SPANISH = "un cero,un uno,un dos,un tres,un cuatro,un cinco,un seis,un siete,un ocho,un nueve"
ENGLISH = "a zero,a one,a two,a three,a four,a five,a six,a seven,an eight,a nine"
LANGUAGES = ((SPANISH.split(","), " y "), (ENGLISH.split(","), " and "))

Data = Annotated[Path, typer.Option(help="Directory of the vectors, which are made if missing.")]
Output = Annotated[Path, typer.Option(help="Run directory.")]
Rows = Annotated[int, typer.Option(help="Number of training vectors to make.")]
Settings = Annotated[list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE")]


def main(
    data: Data = Path("data/describe_digits"),
    output: Output = Path("runs/describe_digits"),
    rows: Rows = 60_000,
    settings: Settings = None,
) -> None:
    """Make the vectors; train or resume; score the vectors of two, three and four test digits."""
    if not (data / "test-4.parquet").exists():
        write_vectors(data, rows)
    places = [f"data.{name}={data / name}.parquet" for name in ("train", "dev")]
    config = Config.load(HERE / "config.yaml", [*places, *(settings or [])])
    outcome = train(config, output=output, resume=True)
    if outcome.stopped_by is not None:
        raise SystemExit(f"stopped by {outcome.stopped_by}; run the same command to continue")
    describer = Describer.from_pretrained(output)
    print("| digits | exact, % | BLEU | chrF2 |\n|---|---|---|---|")
    for count in COUNTS:
        found = describer.score_file(data / f"test-{count}.parquet")
        print(f"| {count} | {found.exact:.1f} | {found.bleu.value:.1f} | {found.chrf.value:.1f} |")


def write_vectors(data: Path, rows: int) -> None:
    """Write vectors with their texts; each image is in one of train, dev and test."""
    try:
        from sklearn.datasets import load_digits
    except ModuleNotFoundError:
        install = "pip install 'seq2seq-translate[recipes]', or '.[recipes]' in a clone"
        raise DataError(f"the images come from scikit-learn, which is missing: {install}") from None
    digits = load_digits()
    order = torch.randperm(len(digits.target), generator=torch.Generator().manual_seed(1))
    images = torch.tensor(digits.images, dtype=torch.float32)[order]
    labels = [int(label) for label in digits.target[order.numpy()]]
    data.mkdir(parents=True, exist_ok=True)
    files: list[tuple[str, str, int, tuple[int, ...]]]
    files = [("train", "train", rows, COUNTS), ("dev", "dev", rows // 40, COUNTS)]
    files += [(f"test-{count}", "test", rows // 30, (count,)) for count in COUNTS]
    for seed, (name, part, number, counts) in enumerate(files):
        draw = random.Random(seed)
        torch.manual_seed(seed)
        chosen = [draw.choices(range(len(labels))[IMAGES[part]], k=4) for _ in range(number)]
        pixels = images[torch.tensor(chosen).flatten()]
        pixels = distorted(pixels) if name == "train" else pixels
        vectors = pixels.round().to(torch.uint8).view(number, 4, 64)
        found = []
        for row, indices in zip(vectors, chosen, strict=True):
            count = draw.choice(counts)
            row[count:] = 0
            language = draw.randrange(2)
            names, last = LANGUAGES[language]
            words = [names[labels[index]] for index in indices[:count]]
            text = f"{', '.join(words[:-1])}{last}{words[-1]}"
            found.append({"vector": [*row.flatten().tolist(), language], "text": text})
        pq.write_table(pa.Table.from_pylist(found), data / f"{name}.parquet")


def distorted(images: Tensor) -> Tensor:
    """Return images (N, 8, 8), each turned, sheared, scaled and moved a little at random."""
    turn, shear, scale, right, down = torch.rand(5, len(images)) * 2 - 1
    turn = turn * math.pi / 18
    scale = 1 + 0.1 * scale
    top = torch.stack([scale * turn.cos(), 0.1 * shear - turn.sin(), right / 8], 1)
    bottom = torch.stack([turn.sin(), scale * turn.cos(), down / 8], 1)
    grid = F.affine_grid(torch.stack([top, bottom], 1), [len(images), 1, 8, 8], align_corners=False)
    return F.grid_sample(images.unsqueeze(1), grid, align_corners=False).squeeze(1)


if __name__ == "__main__":
    run_recipe(main)
