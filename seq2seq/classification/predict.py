"""Predict the labels of texts with a network: tokenize, batch, and compute probabilities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from seq2seq.data.batches.plan import plan_batches, round_width
from seq2seq.data.ragged import Ints, RaggedIds
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.data.tokenizers.vocabulary import EOS, SPECIAL_TOKENS
from seq2seq.models.classifier import ClassifierNetwork

BATCH_TOKENS = 4000
"""Maximum number of padded positions of a batch."""


class Predicted(NamedTuple):
    """Predictions for N texts.

    Attributes:
        probabilities: (N, L) probabilities of the labels.
        attention: Weights of each text's tokens and of the end token, if the network has any.
    """

    probabilities: NDArray[np.float64]
    attention: list[list[float]]


def labels_of(tokenizers: TokenizerPair) -> list[str]:
    """Return the labels of a classifier, in the order of its outputs."""
    target = tokenizers.target
    return target.pieces(range(len(SPECIAL_TOKENS), target.vocab_size))


def encode_texts(tokenizers: TokenizerPair, texts: Sequence[str], max_tokens: int) -> RaggedIds:
    """Return the ids of texts, after the text steps; longer texts are cut."""
    prepared = [tokenizers.steps.target(text) for text in texts]
    return RaggedIds([row[:max_tokens] for row in tokenizers.source.encode(prepared)])


@torch.inference_mode()
def predict(network: ClassifierNetwork, ids: RaggedIds) -> Predicted:
    """Return the probabilities of the labels of texts.

    Args:
        network: The network, in eval mode.
        ids: Ids of each text.
    """
    labels = network.output.out_features
    probabilities = np.zeros((len(ids), labels), np.float64)
    attention: list[list[float]] = [[] for _ in range(len(ids))]
    device = network.output.weight.device
    for rows in _batches(ids):
        width = round_width(int(ids.lengths[rows].max()) + 1)
        source = torch.from_numpy(ids.padded(rows, width, last=EOS)).to(device)
        lengths = torch.from_numpy(ids.lengths[rows] + 1).to(device)
        logits, weights = network(source, lengths)
        probabilities[rows] = logits.double().softmax(-1).cpu().numpy()
        if weights is not None:
            for row, length, found in zip(rows, lengths.tolist(), weights.tolist(), strict=True):
                attention[row] = found[:length]
    return Predicted(probabilities, attention)


def _batches(ids: RaggedIds) -> Iterator[Ints]:
    """Yield the rows of batches of texts of similar length."""
    lengths = ids.lengths
    for planned in plan_batches(lengths, lengths, BATCH_TOKENS, 0, 0, shuffle=False):
        yield planned.rows
