"""The endless stream of training batches, epoch after epoch, that can say where it stands and go on
from there.

What an epoch holds, in which blocks, is decided by (seed, epoch, block) alone, and so is the plan
of a block's batches: the position is three numbers, and a resumed stream gives what the unbroken
one would have given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from seq2seq.data.batches.batch import Batch, collate
from seq2seq.data.batches.epoch_text import Block, TrainingText
from seq2seq.data.batches.plan import PlannedBatch, plan_batches
from seq2seq.errors import DataError
from seq2seq.runtime.ranks import SINGLE_PROCESS, Ranks


@dataclass(frozen=True)
class Position:
    """Where a stream stands: the epoch, its block, both counted from 0, and how many of the block's
    batches have been given."""

    epoch: int = 0
    block: int = 0
    batch: int = 0


@dataclass(frozen=True)
class StreamBatch:
    """This rank's part of a global batch, and the number of target tokens of the whole."""

    batch: Batch
    tokens: int


class BatchStream:
    """Batches of a text, shuffled, without end; of several `ranks`, this one's part of them.

    A batch raises DataError if the text for it cannot be read.
    """

    def __init__(
        self,
        text: TrainingText,
        *,
        batch_tokens: int,
        batch_sentences: int | None = None,
        ranks: Ranks = SINGLE_PROCESS,
    ) -> None:
        self.text = text
        self._batch_tokens = batch_tokens
        self._batch_sentences = batch_sentences
        self._ranks = ranks
        self.position = Position()
        self.seek(self.position)

    def __iter__(self) -> Iterator[StreamBatch]:
        return self

    def __next__(self) -> StreamBatch:
        while self._block is None or self.position.batch >= len(self._plan):
            self._next_block()
        planned = self._plan[self.position.batch]
        self.position = Position(self.position.epoch, self.position.block, self.position.batch + 1)
        self._barren = False
        source, target = self._block.source, self._block.target
        rows = planned.of_rank(self._ranks.rank, self._ranks.world_size)
        batch = collate(source, target, rows, planned.source_width, planned.target_width)
        return StreamBatch(batch, int(target.lengths[planned.rows].sum()) + len(planned.rows))

    def seek(self, position: Position) -> None:
        """Go to a position; what follows is what an unbroken stream would give there."""
        self.position = position
        self._blocks = self.text.blocks(position.epoch, position.block)
        self._block: Block | None = None
        self._plan: list[PlannedBatch] = []
        self._barren = position.block == position.batch == 0  # whether this epoch has given nothing

    def _next_block(self) -> None:
        """Take the next block of the epoch, or begin the next epoch."""
        epoch, number = self.position.epoch, self.position.block
        after_seek, self._block = self._block is None, None
        block = next(self._blocks, None)
        if block is None:
            if self._barren:
                raise DataError(
                    "the training text holds no pair that data.max_tokens and the other filters "
                    "keep"
                )
            self.seek(Position(epoch + 1))
            return
        self._block = block
        if not after_seek:
            self.position = Position(epoch, number + 1)
        self._plan = plan_batches(
            block.source.lengths,
            block.target.lengths,
            self._batch_tokens,
            block.seed,
            epoch,
            batch_sentences=self._batch_sentences,
            rows=block.rows,
        )
