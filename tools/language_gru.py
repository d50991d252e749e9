"""Character GRU that identifies languages, to compare with the n-grams of the package."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from language_samples import Samples
from language_texts import Words
from torch import Tensor, nn
from torch.nn import functional as F

ALPHABET = "abcdefghijklmnopqrstuvwxyz' ¿¡" + "".join(map(chr, range(0xDF, 0x180)))
EMBEDDING = 24
HIDDEN = 128
BATCH = 256
RATE = 4e-3
MAX_LENGTH = 48
"""Number of characters of a sample that training sees."""

POOL = 60
"""Number of batches that are drawn at a time and sorted by length."""


class CharacterGru(nn.Module):
    """Bidirectional GRU over characters; the classes' scores are summed over all positions."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.ids = {character: index + 1 for index, character in enumerate(ALPHABET)}
        self.embedding = nn.Embedding(len(ALPHABET) + 1, EMBEDDING)
        self.gru = nn.GRU(EMBEDDING, HIDDEN, batch_first=True, bidirectional=True)
        self.output = nn.Linear(2 * HIDDEN, classes)

    def forward(self, ids: Tensor) -> Tensor:
        """Return the scores (N, classes) of texts (N, T) of equal length."""
        states, _ = self.gru(self.embedding(ids))
        scores: Tensor = self.output(states.sum(1) / 8)
        return scores

    def encode(self, words: Words, *, limit: int) -> list[int]:
        """Return the ids of the first characters of a text."""
        text = f" {' '.join(words)} "
        return [self.ids.get(character, 0) for character in text[:limit]]

    def probabilities(self, words: Words) -> list[float]:
        """Return the probability of each class for one text."""
        with torch.no_grad():
            scores = self(torch.tensor([self.encode(words, limit=400)]))
        found: list[float] = scores[0].softmax(0).tolist()
        return found


def train_gru(samples: Samples, count: int, targets: Tensor) -> CharacterGru:
    """Train a GRU on a number of samples, and round its weights to int8 per row.

    Args:
        samples: Source of samples.
        count: Number of samples.
        targets: Wanted probabilities (classes + 1, classes) per class; the last row is for texts
            without a class.

    Returns:
        The network.
    """
    model = CharacterGru(targets.shape[1])
    print(f"{sum(weight.numel() for weight in model.parameters()):,} weights")
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    steps = count // BATCH
    batches = _batches(model, samples)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = RATE * min(1, (step + 1) / 100) * (1 - step / steps)
        ids, classes = next(batches)
        loss = F.cross_entropy(model(ids), targets[classes])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % 200 == 199:
            print(f"step {step + 1:,} of {steps:,}: loss {loss.item():.3f}", flush=True)
    _round(model)
    return model


def _batches(model: CharacterGru, samples: Samples) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield batches of ids (N, T) of equal length, and their classes (N)."""
    while True:
        lengths: dict[int, list[tuple[list[int], int]]] = {}
        for _ in range(BATCH * POOL):
            words, kind = samples.draw()
            ids = model.encode(words, limit=MAX_LENGTH)
            lengths.setdefault(len(ids), []).append((ids, kind))
        batches = [
            rows[start : start + BATCH]
            for rows in lengths.values()
            for start in range(0, len(rows), BATCH)
        ]
        samples.rng.shuffle(batches)
        for batch in batches:
            ids_of = torch.tensor([ids for ids, _ in batch])
            yield ids_of, torch.tensor([kind for _, kind in batch])


def _round(model: nn.Module) -> None:
    """Round each row of each matrix to 255 values."""
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() == 2:
                scale = weight.abs().amax(1, keepdim=True).clamp_min(1e-9) / 127
                weight.copy_((weight / scale).round() * scale)
