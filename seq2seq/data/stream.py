"""The endless stream of training batches, epoch after epoch, that can say where it stands and go on from there.

With subword sampling each epoch is tokenized afresh and planned after it, from (seed, epoch) alone: the position is two
numbers, and a resumed stream gives what the unbroken one would have given.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from seq2seq.data.batch import Batch, collate
from seq2seq.data.batching import PlannedBatch, plan_batches
from seq2seq.data.mixture import rows_of_epoch
from seq2seq.data.ragged import RaggedIds
from seq2seq.data.tokenizer import Sampling, TokenizerPair
from seq2seq.errors import DataError

log = logging.getLogger("seq2seq.data")


@dataclass(frozen=True)
class Position:
    """Where a stream stands: the epoch, counted from 0, and how many of its batches have been given."""

    epoch: int = 0
    batch: int = 0


@dataclass(frozen=True)
class StreamBatch:
    """This rank's part of a global batch, and the number of target tokens of the whole."""

    batch: Batch
    tokens: int


class Part(NamedTuple):
    """The pairs (sources[i], targets[i]) of a direction, the language that it goes into, if there are several, and its
    name."""

    sources: Sequence[str]
    targets: Sequence[str]
    to: str = ""
    name: str = ""


class TrainingStream:
    """Batches of the pairs of one or more directions, shuffled, without end.

    Pairs with a side of more than `max_tokens` subwords are left out. Directions come by their size and `temperature`,
    as in `mixture`. `sampling` is the strength of subword sampling, 0 for none. Raises DataError if nothing is left of
    a direction.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        tokenizers: TokenizerPair,
        *,
        batch_tokens: int,
        max_tokens: int,
        seed: int,
        temperature: float = 1.0,
        batch_sentences: int | None = None,
        sampling: float = 0.0,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        self._tokenizers = tokenizers
        encoded = [_encode(part, tokenizers, max_tokens) for part in parts]
        self._parts = [part for part, _, _ in encoded] if sampling else []
        self._sizes = [len(part.sources) for part, _, _ in encoded]
        self._source = RaggedIds([row for _, sources, _ in encoded for row in sources])
        self._target = RaggedIds([row for _, _, targets in encoded for row in targets])
        self.fingerprint = f"{self._source.fingerprint()}-{self._target.fingerprint()}"
        self._batch_tokens = batch_tokens
        self._batch_sentences = batch_sentences
        self._temperature = temperature
        self._seed = seed
        self._sampling = sampling
        self._rank = rank
        self._world = world
        self.position = Position()
        self._plan: list[PlannedBatch] = []
        self.seek(self.position)

    def __len__(self) -> int:
        """The number of pairs in an epoch."""
        return len(self._source)

    def __iter__(self) -> Iterator[StreamBatch]:
        return self

    def __next__(self) -> StreamBatch:
        if self.position.batch == len(self._plan):
            self.seek(Position(self.position.epoch + 1))
        planned = self._plan[self.position.batch]
        self.position = Position(self.position.epoch, self.position.batch + 1)
        rows = planned.of_rank(self._rank, self._world)
        batch = collate(self._source, self._target, rows, planned.source_width, planned.target_width)
        tokens = int(self._target.lengths[planned.rows].sum()) + len(planned.rows)
        return StreamBatch(batch, tokens)

    def seek(self, position: Position) -> None:
        """Go to a position; what follows is what an unbroken stream would give there."""
        self.position = position
        if self._sampling:
            self._source, self._target = self._sampled(position.epoch)
        self._plan = plan_batches(
            self._source.lengths,
            self._target.lengths,
            self._batch_tokens,
            self._seed,
            position.epoch,
            batch_sentences=self._batch_sentences,
            rows=rows_of_epoch(self._sizes, self._temperature, self._seed, position.epoch),
        )

    def _sampled(self, epoch: int) -> tuple[RaggedIds, RaggedIds]:
        """The ids of all pairs as they are segmented in an epoch."""
        sides: tuple[list[list[int]], list[list[int]]] = ([], [])
        for index, part in enumerate(self._parts):
            first = ((self._seed * 1_000_003 + epoch) * len(self._parts) + index) * 2
            samplings = [Sampling(self._sampling, (first + side) % (1 << 31)) for side in (0, 1)]
            tag = self._tokenizers.tag(part.to)
            sides[0].extend([*tag, *row] for row in self._tokenizers.source.encode(part.sources, samplings[0]))
            sides[1].extend(self._tokenizers.target.encode(part.targets, samplings[1]))
        return RaggedIds(sides[0]), RaggedIds(sides[1])


def _encode(part: Part, tokenizers: TokenizerPair, max_tokens: int) -> tuple[Part, list[list[int]], list[list[int]]]:
    """The pairs of which no side has more subwords than that, and the ids of their sides."""
    tag, which = tokenizers.tag(part.to), f" {part.name}" if part.name else ""
    sources, targets = tokenizers.source.encode(part.sources), tokenizers.target.encode(part.targets)
    keep = [row for row in range(len(sources)) if max(len(sources[row]), len(targets[row])) <= max_tokens]
    if len(keep) < len(sources):
        log.info("training%s: %d pairs longer than %d subwords left out", which, len(sources) - len(keep), max_tokens)
    if not keep:
        raise DataError(f"no training pair{which} has at most data.max_tokens = {max_tokens} subwords a side")
    kept = Part([part.sources[row] for row in keep], [part.targets[row] for row in keep], part.to, part.name)
    return kept, [[*tag, *sources[row]] for row in keep], [targets[row] for row in keep]
