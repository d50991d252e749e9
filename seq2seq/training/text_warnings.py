"""Warnings about the text of a training: dev sentences in it, words that the vocabulary lacks."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from seq2seq.data.corpus.corpus import Corpus
from seq2seq.data.tokenizers.pair import TokenizerPair

log = logging.getLogger("seq2seq.training")

SAMPLE = 1000
"""Number of training pairs whose words are looked up."""

MAX_UNKNOWN = 0.2
"""Part of the tokens of a side that may be unknown without a warning."""


def warn_of_leaks(train: Corpus, dev: Corpus) -> None:
    """Warn of dev pairs with a sentence that is in the training text, on either side.

    Args:
        train: Training pairs.
        dev: Dev pairs of the same direction.
    """
    sources = set(dev.sources())
    targets = set(dev.targets())
    seen_sources = sources.intersection(train.sources())
    seen_targets = targets.intersection(train.targets())
    shared = sum(source in seen_sources or target in seen_targets for source, target in dev.pairs())
    if shared:
        log.warning(
            "%s: %s of %s pairs have a sentence that is in the training text; dev BLEU will be too "
            "high (`seq2seq data` splits without)",
            dev.name,
            f"{shared:,}",
            f"{len(dev):,}",
        )


def warn_of_unknown_words(
    tokenizers: TokenizerPair, sources: Sequence[str], targets: Sequence[str], *, to: str
) -> None:
    """Warn if the vocabulary lacks many of the words of the training text.

    Args:
        tokenizers: Tokenizers of the run.
        sources: Training sources.
        targets: Training targets.
        to: Target language of the sources; "" for a model with one direction.
    """
    count = min(SAMPLE, len(sources))
    encoded = tokenizers.encode_pairs(sources[:count], targets[:count], to=[to] * count)
    unknown = (tokenizers.unknown_pieces, tokenizers.unknown_target_pieces)
    for side, rows, missing in zip(("source", "target"), encoded, unknown, strict=True):
        tokens = [token for row in rows for token in row]
        part = sum(token in missing for token in tokens) / max(1, len(tokens))
        if part > MAX_UNKNOWN:
            log.warning(
                "%.0f%% of the tokens on the %s side are not in the vocabulary; train a model with "
                "tokenizers of its own (without training.init_from and tokenizers_from)",
                100 * part,
                side,
            )
