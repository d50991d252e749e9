"""Batches of sentence pairs: padded ids and lengths, the input of the model's loss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from seq2seq.data.ragged import Ints, RaggedIds
from seq2seq.data.tokenizers.vocabulary import BOS, EOS


@dataclass(frozen=True)
class Batch:
    """Sentence pairs as ids, padded with 0.

    Attributes:
        source: (N, S) sources, each ending with EOS.
        source_lengths: (N,) lengths of the sources, EOS included.
        target_inputs: (N, T) targets, each beginning with BOS.
        target_outputs: (N, T) the same targets, each ending with EOS.
    """

    source: Tensor
    source_lengths: Tensor
    target_inputs: Tensor
    target_outputs: Tensor

    def to(self, device: torch.device) -> Batch:
        """Return the batch on another device."""
        return Batch(
            self.source.to(device, non_blocking=True),
            self.source_lengths.to(device, non_blocking=True),
            self.target_inputs.to(device, non_blocking=True),
            self.target_outputs.to(device, non_blocking=True),
        )


def collate(
    sources: RaggedIds, targets: RaggedIds, rows: Ints, source_width: int, target_width: int
) -> Batch:
    """Return the pairs in `rows` as a batch, padded to these widths, special tokens included.

    Without rows, the batch is one row with an empty source and a target of padding only. Its loss
    is zero, so that a rank without sentences can take part in the step.
    """
    if not len(rows):
        source = np.zeros((1, source_width), np.int64)
        source[0, 0] = EOS
        empty = torch.zeros(1, target_width, dtype=torch.long)
        return Batch(torch.from_numpy(source), torch.ones(1, dtype=torch.long), empty, empty)
    return Batch(
        torch.from_numpy(sources.padded(rows, source_width, last=EOS)),
        torch.from_numpy(sources.lengths[rows] + 1),
        torch.from_numpy(targets.padded(rows, target_width, first=BOS)),
        torch.from_numpy(targets.padded(rows, target_width, last=EOS)),
    )
