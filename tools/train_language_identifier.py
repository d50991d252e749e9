"""Train the language identifier, measure it and write seq2seq/text_steps/languages.bin.

    pip install Django==5.2 stopwordsiso==0.7.1 Faker==37.4.0
    python tools/train_language_identifier.py FOLDER
    python tools/train_language_identifier.py FOLDER --measure --split test
    python tools/train_language_identifier.py FOLDER --gru

FOLDER has tatoeba-es-en, tatoeba-fr-en, tatoeba-de-en, es-en-general and es-en-ood. Every run on
the same texts and the same kind of machine writes the same file. `--measure` only prints the table,
and `--gru` prints that of a character GRU of about equal size, which is trained for comparison and
not kept. Texts and licenses are listed in the file and printed.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import torch
import typer
from language_gru import CharacterGru, train_gru
from language_measures import print_table, print_time
from language_samples import NO_CLASS, OTHER, Samples
from language_texts import LANGUAGES, SOURCES, Words, read_texts
from torch import Tensor, nn
from torch.nn import functional as F

from seq2seq import run_recipe
from seq2seq.text_steps import languages
from seq2seq.text_steps.language_weights import Weights, buckets, write_weights

ORDERS = (1, 4)
BITS = 15
SAMPLES = 4_000_000
BATCH = 1024
RATE = 0.02
DECAY = 1e-7
"""Factor of the squared weights in the loss."""

CLIPPED = 0.9995
"""Fraction of weights that lie within the range of int8; larger ones are clipped."""

THRESHOLD = 0.6
"""Probability below which the language is unknown. Names are below it and sentences above."""


class NgramClassifier(nn.Module):
    """Sum of the weights of hashed character n-grams, with one column per class."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1 << BITS, len(LANGUAGES) + 1))
        self.bias = nn.Parameter(torch.zeros(len(LANGUAGES) + 1))
        self.known: dict[str, list[int]] = {}

    def forward(self, texts: Sequence[Words]) -> Tensor:
        """Return the scores (N, classes) of texts."""
        ids: list[int] = []
        starts: list[int] = []
        for text in texts:
            starts.append(len(ids))
            for word in text:
                ids += self._buckets(word)
        sums = F.embedding_bag(torch.tensor(ids), self.weight, torch.tensor(starts), mode="sum")
        return sums + self.bias

    def _buckets(self, word: str) -> list[int]:
        """Return the buckets of a word, computed once."""
        if word not in self.known:
            self.known[word] = buckets(word, orders=ORDERS, bits=BITS)
        return self.known[word]


def targets() -> Tensor:
    """Return the wanted probabilities per class; the last row is for texts without a class."""
    count = len(LANGUAGES) + 1
    assert (count - 1, -1) == (OTHER, NO_CLASS)
    return torch.cat([torch.eye(count), torch.full((1, count), 1 / count)])


def train_ngrams(samples: Samples, count: int) -> NgramClassifier:
    """Train the classifier on a number of samples."""
    model = NgramClassifier()
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE, betas=(0.9, 0.99))
    wanted = targets()
    steps = count // BATCH
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = RATE * (1 - step / steps)
        drawn = [samples.draw() for _ in range(BATCH)]
        scores = model([text for text, _ in drawn])
        loss = F.cross_entropy(scores, wanted[[kind for _, kind in drawn]])
        optimizer.zero_grad()
        (loss + DECAY * model.weight.square().sum()).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        if step % 200 == 199:
            print(f"step {step + 1:,} of {steps:,}: loss {loss.item():.3f}", flush=True)
    return model


def write(model: NgramClassifier, path: Path) -> None:
    """Write a file of weights relative to the class of other languages, as int8."""
    with torch.no_grad():
        relative = model.weight[:, :-1] - model.weight[:, -1:]
        bias = model.bias[:-1] - model.bias[-1]
    rank = int(CLIPPED * relative.numel())
    scale = relative.abs().flatten().kthvalue(rank)[0].item() / 127
    rows = (relative / scale).round().clamp(-127, 127).to(torch.int8)
    weights = Weights(
        languages=LANGUAGES,
        bias=tuple(round(value, 4) for value in bias.tolist()),
        scale=round(scale, 8),
        orders=ORDERS,
        bits=BITS,
        threshold=THRESHOLD,
        sources=SOURCES,
        packed=(),
    )
    write_weights(weights, path, rows=rows.numpy().tobytes())


def named_language(probabilities: Sequence[float]) -> str:
    """Return the most probable class by name, or "und" if its probability is too low."""
    highest = max(probabilities)
    names = (*LANGUAGES, languages.OTHER)
    return names[probabilities.index(highest)] if highest >= THRESHOLD else languages.UNKNOWN


def main(
    data: Annotated[Path, typer.Argument(help="Folder of the folders of text.")],
    split: Annotated[str, typer.Option(help="Text to measure on: dev or test.")] = "dev",
    samples: Annotated[int, typer.Option(min=BATCH, help="Number of training samples.")] = SAMPLES,
    seed: Annotated[int, typer.Option(help="Seed of all random numbers.")] = 1,
    measure: Annotated[bool, typer.Option("--measure", help="Train nothing.")] = False,
    gru: Annotated[bool, typer.Option("--gru", help="Train a character GRU instead.")] = False,
) -> None:
    """Train the language identifier, write its weights, and print a table of measurements."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    network: CharacterGru | None = None
    if not measure:
        rng = random.Random(seed)
        source = Samples(read_texts(data, rng), rng)
        print("Texts and licenses:", *SOURCES, sep="\n  ")
        if gru:
            network = train_gru(source, samples, targets())
        else:
            write(train_ngrams(source, samples), languages.WEIGHTS)

    def identify(texts: Sequence[str]) -> list[str]:
        """Return the languages of texts."""
        if network is None:
            return [languages.identify(text).language for text in texts]
        found = [languages.words(text) for text in texts]
        return [named_language(network.probabilities(one)) for one in found]

    print_table(identify, data, split=split)
    print_time(identify, data)


if __name__ == "__main__":
    run_recipe(main)
