"""The endless stream of training batches, epoch after epoch, that can say where it stands and go on from there.

With subword sampling each epoch is tokenized afresh and planned after it, from (seed, epoch) alone: the position is two
numbers, and a resumed stream gives what the unbroken one would have given.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from seq2seq.data.batch import Batch, collate
from seq2seq.data.batching import PlannedBatch, plan_batches
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


class TrainingStream:
    """Batches of the pairs (sources[i], targets[i]), shuffled, without end.

    Pairs with a side of more than `max_tokens` subwords are left out. `sampling` is the strength of subword sampling,
    0 for none. Raises DataError if nothing is left.
    """

    def __init__(
        self,
        sources: Sequence[str],
        targets: Sequence[str],
        tokenizers: TokenizerPair,
        *,
        batch_tokens: int,
        max_tokens: int,
        seed: int,
        batch_sentences: int | None = None,
        sampling: float = 0.0,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        source_ids, target_ids = tokenizers.source.encode(sources), tokenizers.target.encode(targets)
        keep = [
            row
            for row, (source, target) in enumerate(zip(source_ids, target_ids, strict=True))
            if max(len(source), len(target)) <= max_tokens
        ]
        if len(keep) < len(sources):
            log.info("training: %d pairs longer than %d subwords left out", len(sources) - len(keep), max_tokens)
        if not keep:
            raise DataError(f"no training pair has at most data.max_tokens = {max_tokens} subwords a side")
        self._texts = ([sources[row] for row in keep], [targets[row] for row in keep]) if sampling else None
        self._source = RaggedIds([source_ids[row] for row in keep])
        self._target = RaggedIds([target_ids[row] for row in keep])
        self.fingerprint = f"{self._source.fingerprint()}-{self._target.fingerprint()}"
        self._tokenizers = tokenizers
        self._batch_tokens = batch_tokens
        self._batch_sentences = batch_sentences
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
        if self._texts is not None:
            self._sample(position.epoch)
        self._plan = plan_batches(
            self._source.lengths,
            self._target.lengths,
            self._batch_tokens,
            self._seed,
            position.epoch,
            batch_sentences=self._batch_sentences,
        )

    def _sample(self, epoch: int) -> None:
        assert self._texts is not None
        for side, (tokenizer, texts) in enumerate(
            zip((self._tokenizers.source, self._tokenizers.target), self._texts, strict=True)
        ):
            seed = (self._seed * 1_000_003 + epoch) * 2 + side
            ids = RaggedIds(tokenizer.encode(texts, Sampling(self._sampling, seed % (1 << 31))))
            if side == 0:
                self._source = ids
            else:
                self._target = ids
