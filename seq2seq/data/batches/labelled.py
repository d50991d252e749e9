"""Texts with labels, as batches: a label takes the place of a target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from seq2seq.data.batches.epoch_text import Block
from seq2seq.data.batches.plan import PlannedBatch
from seq2seq.data.batches.stream import BatchStream, StreamBatch
from seq2seq.data.ragged import RaggedIds


class LabelledText:
    """Texts with labels in memory; an epoch is a single block.

    Args:
        texts: Ids of each text.
        labels: Id of each text's label.
        seed: Random seed of the order.

    Attributes:
        fingerprint: Short digest by which a resumed run recognizes its text.
        description: Amount of text, for the log.
    """

    def __init__(self, texts: RaggedIds, labels: Sequence[int], *, seed: int) -> None:
        self._texts = texts
        self._labels = RaggedIds([[label] for label in labels])
        self._seed = seed
        self.fingerprint = f"{texts.fingerprint()}-{self._labels.fingerprint()}"
        self.description = f"{len(texts):,} training texts"

    def blocks(self, epoch: int, first: int = 0) -> Iterator[Block]:
        """Yield the one block of an epoch."""
        if first == 0:
            yield Block(self._texts, self._labels, self._seed)


class LabelStream(BatchStream):
    """Stream of batches whose loss is a mean over texts, not over tokens of targets."""

    def batch(self, planned: PlannedBatch) -> StreamBatch:
        """Return this rank's part of a batch of the current block."""
        found = super().batch(planned)
        return StreamBatch(found.batch, len(planned.rows))
