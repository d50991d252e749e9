"""Perplexity of texts under a language model, per token, per word and per character."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from seq2seq.data.batches.stream import Position
from seq2seq.data.batches.windows import LineText, WindowStream
from seq2seq.data.ragged import RaggedIds
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.errors import DataError
from seq2seq.models.language_model import LanguageModelNetwork

STREAMS = 16
"""Maximum number of streams that a text is read in, side by side. Each begins with an empty state,
so that more of them cost a little accuracy."""

WIDTH = 128
"""Number of steps that are read at a time."""

CHUNK = 5000
"""Number of lines to tokenize at a time, because their ids are Python lists at first."""

MAX_LOG = 100.0
"""Maximum loss per token in a perplexity, which keeps `exp` finite."""


@dataclass(frozen=True)
class Perplexity:
    """Perplexity of lines of text.

    The end of each line counts as a word and as a character, since it is predicted too. Words are
    what white space separates, before any tokenizer, so that models with different vocabularies can
    be compared if none of them has unknown words.

    Attributes:
        nats: Negative log-probability of all lines.
        tokens: Number of tokens of the model.
        words: Number of words.
        characters: Number of characters.
    """

    nats: float
    tokens: int
    words: int
    characters: int

    @property
    def per_token(self) -> float:
        """Perplexity per token."""
        return self._per(self.tokens)

    @property
    def per_word(self) -> float:
        """Perplexity per word."""
        return self._per(self.words)

    @property
    def per_character(self) -> float:
        """Perplexity per character."""
        return self._per(self.characters)

    def _per(self, count: int) -> float:
        return math.exp(min(self.nats / count, MAX_LOG))


def encode_lines(tokenizers: TokenizerPair, lines: Sequence[str]) -> RaggedIds:
    """Return the ids of lines of text, after the text steps."""
    chunks = [lines[at : at + CHUNK] for at in range(0, len(lines), CHUNK)]
    return RaggedIds.joined(
        [
            RaggedIds(tokenizers.target.encode([tokenizers.steps.target(one) for one in chunk]))
            for chunk in chunks
        ]
    )


def perplexity(
    network: LanguageModelNetwork, tokenizers: TokenizerPair, lines: Sequence[str]
) -> Perplexity:
    """Return the perplexity of lines of text, read one after the other.

    Args:
        network: The network, in eval mode.
        tokenizers: Its tokenizers.
        lines: Lines of text; blank ones are left out.

    Raises:
        DataError: There is no text.
    """
    kept = [line for line in lines if line.strip()]
    if not kept:
        raise DataError("there is no text to compute a perplexity of")
    ids = encode_lines(tokenizers, kept)
    return Perplexity(
        nats=_nats(network, ids),
        tokens=int(ids.lengths.sum()) + len(kept),
        words=sum(len(line.split()) + 1 for line in kept),
        characters=sum(len(line.strip()) + 1 for line in kept),
    )


@torch.inference_mode()
def _nats(network: LanguageModelNetwork, ids: RaggedIds) -> float:
    """Return the negative log-probability of lines as ids."""
    stream = WindowStream(LineText(ids), streams=min(STREAMS, len(ids)), width=WIDTH)
    stream.seek(Position())
    device = network.output.weight.device
    state = network.start(len(stream.plan[0].rows))
    losses = []
    for planned in stream.plan:
        window = stream.batch(planned).batch.to(device)
        loss, state = network.loss_after(window, state)
        losses.append(float(loss))
    return float(np.sum(losses))
