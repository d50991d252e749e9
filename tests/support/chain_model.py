"""Markov chains as saved models, which every engine reads: their weights are exact in float32.

The next token depends on the last one and on the first token of the source, which selects one of
several chains. The decoder's state holds a 1 at the place of this pair and 0 elsewhere, so that the
logits are the column of the output layer for the pair.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from seq2seq.config.config import Config
from seq2seq.data.alignment.shortlist import Shortlist
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.data.tokenizers.vocabulary import BOS, EOS, PAD, UNK, Vocabulary
from seq2seq.data.tokenizers.words import WordTokenizer
from seq2seq.model_directory.description import describe
from seq2seq.model_directory.names import CONFIG, SHORTLIST, WEIGHTS
from seq2seq.model_directory.store import save_weights
from seq2seq.models.model import build_model

WORDS = (4, 5, 6, 7)
"""Ids of the words."""

CHOICES = (UNK, *WORDS)
"""Ids that a search may choose, besides the end token."""

IDS = 10
"""Number of ids: special tokens, words, and two tags of target languages that are never chosen."""

NEVER = (PAD, BOS, 8, 9)
"""Ids that no search chooses."""

FULL = 20.0
"""Number whose hyperbolic tangent is 1 in float32."""


def random_chains(seed: int) -> Tensor:
    """Return logits (N, V, V) of one chain per word; ids that are never chosen are likely ones."""
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(len(WORDS), IDS, IDS, generator=generator) * 2
    logits[..., list(NEVER)] += 2
    return logits


def exact_chains(seed: int, likely: int = PAD) -> Tensor:
    """Return log-probabilities (N, V, V) of chains in multiples of a quarter, with many ties.

    The token `likely` has all the probability, as far as float32 can tell, so that the logits are
    the log-probabilities. Their sums are exact, and different orders of the same sum are ties.
    After some tokens the end costs as much as another token, so that longer translations may win.
    """
    generator = torch.Generator().manual_seed(seed)
    shape = (len(WORDS), IDS, IDS)
    logits = -20 - torch.randint(8, shape, generator=generator) / 4
    logits[..., EOS] -= 10 * torch.randint(3, shape[:2], generator=generator)
    logits[..., likely] = 0
    return logits


def save_chains(directory: Path, logits: Tensor, reads: Tensor | None = None) -> Path:
    """Write a model.

    Args:
        directory: Where to write it.
        logits: Logits of the next token (N, V, V) by chain and last token.
        reads: Scores (N, V, V) of the attention to a source token, by chain, last token and source
            token; None makes a model without attention.

    Returns:
        The directory.
    """
    directory.mkdir()
    units = len(WORDS) * IDS
    attention = "none" if reads is None else "luong-general"
    config = Config.from_dict(
        {
            "data": {"train": "train.tsv", "dev": "dev.tsv"},
            "tokenizer": {"type": "word", "vocab_size": 8, "joint": True},
            "model": {
                "cell": "elman-relu",
                "attention": attention,
                "embedding_size": IDS,
                "hidden_size": units,
                "readout_size": units,
                "weight_tying": "none",
                "bidirectional": False,
                "residual": False,
                "dropout": 0.0,
            },
        }
    )
    words = WordTokenizer(Vocabulary("abcd"))
    tokenizers = TokenizerPair(words, words, languages=("Spanish", "English"))
    tokenizers.save(directory)
    (directory / CONFIG).write_text(config.to_yaml())
    model = build_model(config.model, tokenizers.source_size, tokenizers.target_size)
    model.load_state_dict(_weights(logits, reads, units))
    save_weights(model, directory / WEIGHTS)
    return directory


def _weights(logits: Tensor, reads: Tensor | None, units: int) -> dict[str, Tensor]:
    """Return the weights; unit s * V + t is that of chain s and last token t."""
    chain = torch.arange(units) // IDS
    last = torch.arange(units) % IDS
    # Encoder: unit t of the first chain says that t is the present token, and unit 0 of chain s
    # adds up how often the word of chain s has occurred.
    counters = torch.arange(len(WORDS)) * IDS
    seen = torch.zeros(units, IDS)
    seen[torch.arange(1, IDS), torch.arange(1, IDS)] = 1
    seen[counters, torch.tensor(WORDS)] = 1
    kept = torch.zeros(units, units)
    kept[counters, counters] = 1
    # Decoder: unit (s, t) is 1 if the last unit was of chain s and the token is t, else 0.
    nothing = torch.zeros(units)
    found = {
        "encoder.embedding.weight": torch.eye(IDS),
        "encoder.forward_cells.0.rnn.weight_ih_l0": seen,
        "encoder.forward_cells.0.rnn.weight_hh_l0": kept,
        "encoder.forward_cells.0.rnn.bias_ih_l0": nothing,
        "encoder.forward_cells.0.rnn.bias_hh_l0": nothing,
        "decoder.embedding.weight": torch.eye(IDS),
        "decoder.cells.0.rnn.weight_ih_l0": (last.unsqueeze(1) == torch.arange(IDS)).float(),
        "decoder.cells.0.rnn.weight_hh_l0": (chain.unsqueeze(1) == chain).float(),
        "decoder.cells.0.rnn.bias_ih_l0": nothing - 1,
        "decoder.cells.0.rnn.bias_hh_l0": nothing,
        "decoder.bridge.weight": FULL * kept,
        "decoder.bridge.bias": nothing,
        "decoder.readout.weight": FULL * torch.eye(units),
        "decoder.readout.bias": nothing,
        "output.weight": logits.reshape(units, IDS).T.contiguous(),
        "output.bias": torch.zeros(IDS),
    }
    if reads is not None:
        keys = torch.zeros(units, units)
        keys[:, 1:IDS] = reads.reshape(units, IDS)[:, 1:]
        found["decoder.attention.key.weight"] = keys
        found["decoder.readout.weight"] = torch.cat([FULL * torch.eye(units), 0 * keys], 1)
    return found


def save_shortlist(directory: Path, listed: Sequence[Sequence[int]]) -> None:
    """Write a shortlist that has these tokens for the word of each chain, and the end token."""
    tokenizers = describe(directory).tokenizers
    counts = [0] * tokenizers.source_size
    for word, tokens in zip(WORDS, listed, strict=True):
        counts[word] = len(tokens)
    Shortlist(
        np.array([0, *itertools.accumulate(counts)], np.int64),
        np.array([token for tokens in listed for token in tokens], np.int32),
        np.array([EOS], np.int32),
        tokenizers.target.vocab_size,
    ).save(directory / SHORTLIST, tokenizers.fingerprint())


def source(chain: int, longest: int) -> list[int]:
    """Return a source for a chain whose maximum length is `longest`, at least 2; see `settings`."""
    return [WORDS[chain], *[UNK] * (longest - 2)]
