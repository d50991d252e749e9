"""Endless iterator over batches that are planned an epoch at a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar

from seq2seq.data.batches.stream import Position

Planned = TypeVar("Planned")
Made = TypeVar("Made")


class EpochStream(ABC, Generic[Planned, Made]):
    """Endless iterator over the batches of a text, epoch after epoch.

    Attributes:
        position: Position of the next batch.
        plan: Batches of the current epoch, in their order.
    """

    position: Position
    plan: Sequence[Planned]

    def __iter__(self) -> Iterator[Made]:
        return self

    def __next__(self) -> Made:
        if self.position.batch >= len(self.plan):
            self.seek(Position(self.position.epoch + 1))
        planned = self.plan[self.position.batch]
        self.position = Position(self.position.epoch, 0, self.position.batch + 1)
        return self.batch(planned)

    def seek(self, position: Position) -> None:
        """Move to a position; the batches from there on are those of an uninterrupted stream."""
        self.position = position
        self.plan = self.planned(position.epoch)

    @abstractmethod
    def planned(self, epoch: int) -> Sequence[Planned]:
        """Plan the batches of an epoch."""

    @abstractmethod
    def batch(self, planned: Planned) -> Made:
        """Return a batch of the current epoch; of several ranks, the part of this one."""
