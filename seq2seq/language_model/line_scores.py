"""Log-probabilities of single lines under a language model, each read from an empty state."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils import parametrize

from seq2seq.data.ragged import Ints, RaggedIds
from seq2seq.data.tokenizers.vocabulary import BOS, EOS
from seq2seq.models.language_model import LanguageModelNetwork

POSITIONS = 4096
"""Maximum number of padded positions per batch; a longer line is a batch of its own."""


@torch.inference_mode()
@parametrize.cached()  # normalized weights are computed once, not for each batch
def line_log_probabilities(network: LanguageModelNetwork, lines: RaggedIds) -> list[float]:
    """Return the log-probability of each line and its end token, in nats.

    Args:
        network: The network, in eval mode.
        lines: Ids of the lines, without special ones.
    """
    found = np.zeros(len(lines))
    for rows in _batches(lines.lengths):
        found[rows] = _scores(network, lines, rows).double().cpu().numpy()
    return [float(one) for one in found]


def _batches(lengths: Ints) -> Iterator[Ints]:
    """Yield the numbers of lines of similar length."""
    batch: list[int] = []
    for row in np.argsort(lengths, kind="stable").tolist():
        if batch and (len(batch) + 1) * (int(lengths[row]) + 1) > POSITIONS:
            yield np.array(batch)
            batch = []
        batch.append(row)
    if batch:
        yield np.array(batch)


def _scores(network: LanguageModelNetwork, lines: RaggedIds, rows: Ints) -> Tensor:
    """Return the log-probabilities (R,) of lines that are read side by side."""
    device = network.output.weight.device
    width = int(lines.lengths[rows].max()) + 1
    inputs = torch.from_numpy(lines.padded(rows, width, first=BOS)).to(device)
    outputs = torch.from_numpy(lines.padded(rows, width, last=EOS)).to(device)
    features, _ = network(inputs, network.start(len(rows)))
    total = torch.zeros(len(rows), device=device)
    step = max(1, POSITIONS // len(rows))
    for start in range(0, width, step):
        logits = network.output(features[:, start : start + step]).float()
        given = outputs[:, start : start + step]
        scores = logits.log_softmax(-1).gather(-1, given.unsqueeze(-1)).squeeze(-1)
        total += torch.where(given > 0, scores, 0.0).sum(1)
    return total
