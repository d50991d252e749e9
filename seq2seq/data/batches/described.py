"""Vectors with texts, as batches of a description."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from seq2seq.data.batches.epoch_stream import EpochStream
from seq2seq.data.batches.plan import PlannedBatch, plan_batches
from seq2seq.data.batches.stream import Position
from seq2seq.data.corpus.vectors import Vectors
from seq2seq.data.ragged import Ints, RaggedIds
from seq2seq.data.tokenizers.vocabulary import BOS, EOS
from seq2seq.runtime.ranks import SINGLE_PROCESS, Ranks


@dataclass(frozen=True)
class VectorBatch:
    """N vectors with their texts as ids, padded with 0.

    Attributes:
        vectors: (N, D) vectors.
        inputs: (N, T) texts, each beginning with BOS.
        outputs: (N, T) the same texts, each ending with EOS.
    """

    vectors: Tensor
    inputs: Tensor
    outputs: Tensor

    def to(self, device: torch.device) -> VectorBatch:
        """Return the batch on another device."""
        return VectorBatch(
            self.vectors.to(device, non_blocking=True),
            self.inputs.to(device, non_blocking=True),
            self.outputs.to(device, non_blocking=True),
        )


@dataclass(frozen=True)
class DescribedBatch:
    """One rank's part of a global batch.

    Attributes:
        batch: Rows of this rank.
        tokens: Number of tokens of the texts in the global batch, over all ranks.
    """

    batch: VectorBatch
    tokens: int


class DescribedVectors:
    """Vectors with texts in memory.

    Args:
        vectors: (N, D) vectors.
        texts: Ids of their N texts.
        seed: Random seed of the order.

    Attributes:
        fingerprint: Short digest by which a resumed run recognizes its data.
        description: Amount of data, for the log.
    """

    def __init__(self, vectors: Vectors, texts: RaggedIds, *, seed: int = 0) -> None:
        self.vectors = vectors
        self.texts = texts
        self.seed = seed
        content = hashlib.blake2b(vectors.tobytes(), digest_size=8).hexdigest()
        self.fingerprint = f"{content}-{texts.fingerprint()}"
        self.description = f"{len(texts):,} training vectors of {vectors.shape[1]:,} numbers"

    def plan(
        self, epoch: int, batch_tokens: int, batch_sentences: int | None = None
    ) -> list[PlannedBatch]:
        """Return the batches of an epoch, in their order; see `plan_batches`."""
        lengths = self.texts.lengths
        return plan_batches(
            np.zeros_like(lengths),
            lengths,
            batch_tokens,
            self.seed,
            epoch,
            batch_sentences=batch_sentences,
        )

    def batch(self, rows: Ints, width: int) -> VectorBatch:
        """Return a batch, with texts padded to a width.

        Without rows, it is one row of padding, whose loss is zero, so that a rank without rows can
        take part in the step.
        """
        if not len(rows):
            empty = torch.zeros(1, width, dtype=torch.long)
            return VectorBatch(torch.zeros(1, self.vectors.shape[1]), empty, empty)
        return VectorBatch(
            torch.from_numpy(self.vectors[rows]),
            torch.from_numpy(self.texts.padded(rows, width, first=BOS)),
            torch.from_numpy(self.texts.padded(rows, width, last=EOS)),
        )


class DescribedStream(EpochStream[PlannedBatch, DescribedBatch]):
    """Endless iterator over the shuffled batches, epoch after epoch.

    Args:
        text: Training data.
        batch_tokens: Maximum number of padded positions of a global batch.
        batch_sentences: Number of rows of a global batch; it replaces `batch_tokens`.
        ranks: Processes that share the batches.

    Attributes:
        text: Training data.
    """

    def __init__(
        self,
        text: DescribedVectors,
        *,
        batch_tokens: int,
        batch_sentences: int | None = None,
        ranks: Ranks = SINGLE_PROCESS,
    ) -> None:
        self.text = text
        self._batch_tokens = batch_tokens
        self._batch_sentences = batch_sentences
        self._ranks = ranks
        self.seek(Position())

    def batch(self, planned: PlannedBatch) -> DescribedBatch:
        """Return this rank's part of a batch."""
        rows = planned.of_rank(self._ranks.rank, self._ranks.world_size)
        tokens = int(self.text.texts.lengths[planned.rows].sum()) + len(planned.rows)
        return DescribedBatch(self.text.batch(rows, planned.target_width), tokens)

    def planned(self, epoch: int) -> Sequence[PlannedBatch]:
        """Plan the shuffled batches of an epoch."""
        return self.text.plan(epoch, self._batch_tokens, self._batch_sentences)
