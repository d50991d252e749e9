"""Endless stream of training batches over all epochs, which can be resumed at any batch.

The blocks of an epoch and their batch plans depend only on seed, epoch and block. A position is
therefore three numbers, and a resumed stream gives the same batches as an uninterrupted one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from seq2seq.data.batches.batch import Batch, collate
from seq2seq.data.batches.epoch_text import Block, TrainingText
from seq2seq.data.batches.plan import PlannedBatch, plan_batches
from seq2seq.errors import DataError
from seq2seq.runtime.ranks import SINGLE_PROCESS, Ranks


@dataclass(frozen=True)
class Position:
    """Position in a stream.

    Attributes:
        epoch: Index of the epoch, from 0.
        block: Index of the block in the epoch, from 0.
        batch: Number of batches already taken from the block.
    """

    epoch: int = 0
    block: int = 0
    batch: int = 0


class TrainingStream(Protocol):
    """Contract of an endless iterator over the training batches of a rank.

    A task whose batches are not pairs has a stream of its own; the trainer only passes its batches
    on to the objective of the task.
    """

    @property
    def text(self) -> StreamText:
        """Training text."""

    @property
    def position(self) -> Position:
        """Position of the next batch."""

    @property
    def plan(self) -> Sequence[Any]:
        """Batches of the current block, in their order."""

    def __next__(self) -> Any:
        """Return the next batch: its `batch`, which has `to`, and its number of `tokens`."""

    def batch(self, planned: Any, /) -> Any:
        """Return a batch of the plan."""

    def seek(self, position: Position) -> None:
        """Move to a position."""


class StreamText(Protocol):
    """Facts about the text of a stream."""

    @property
    def fingerprint(self) -> str:
        """Short digest by which a resumed run recognizes its text."""

    @property
    def description(self) -> str:
        """Amount of text, for the log."""


@dataclass(frozen=True)
class StreamBatch:
    """One rank's part of a global batch.

    Attributes:
        batch: Rows of this rank.
        tokens: Number of target tokens in the global batch, over all ranks.
    """

    batch: Batch
    tokens: int


class BatchStream:
    """Endless iterator over the shuffled batches of a text; each rank gets its part of a batch.

    Args:
        text: Training text.
        batch_tokens: Maximum number of padded positions of a global batch on its longer side.
        batch_sentences: Number of pairs per global batch, whatever their lengths. It replaces
            `batch_tokens`.
        ranks: Processes that share the batches.

    Raises:
        DataError: If the text of a batch cannot be read; raised when the batch is reached.
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
        return self.batch(planned)

    @property
    def plan(self) -> Sequence[PlannedBatch]:
        """Batches of the current block, in their order; none before the first batch is taken."""
        return self._plan

    def batch(self, planned: PlannedBatch) -> StreamBatch:
        """Return this rank's part of a batch of the current block."""
        assert self._block is not None
        source = self._block.source
        target = self._block.target
        rows = planned.of_rank(self._ranks.rank, self._ranks.world_size)
        batch = collate(source, target, rows, planned.source_width, planned.target_width)
        return StreamBatch(batch, int(target.lengths[planned.rows].sum()) + len(planned.rows))

    def seek(self, position: Position) -> None:
        """Move to a position; the batches from there on are those of an uninterrupted stream."""
        self.position = position
        self._blocks = self.text.blocks(position.epoch, position.block)
        self._block: Block | None = None
        self._plan: list[PlannedBatch] = []
        self._barren = position.block == position.batch == 0  # no batch in this epoch so far

    def _next_block(self) -> None:
        """Take the next block of the epoch, or begin the next epoch."""
        position = self.position
        after_seek = self._block is None
        self._block = None
        block = next(self._blocks, None)
        if block is None:
            if self._barren:
                raise DataError(
                    "the training text holds no pair that data.max_tokens and the other filters "
                    "keep; raise data.max_tokens or relax the filters"
                )
            self.seek(Position(position.epoch + 1))
            return
        self._block = block
        if not after_seek:
            self.position = Position(position.epoch, position.block + 1)
        self._plan = plan_batches(
            block.source.lengths,
            block.target.lengths,
            self._batch_tokens,
            block.seed,
            position.epoch,
            batch_sentences=self._batch_sentences,
            rows=block.rows,
        )
