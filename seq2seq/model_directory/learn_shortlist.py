"""Learn the shortlist of a model directory from training text, and measure it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seq2seq.config.config import Config
from seq2seq.config.settings import DataConfig
from seq2seq.data.alignment.shortlist import (
    FREQUENT_TOKENS,
    TRANSLATIONS_PER_TOKEN,
    Shortlist,
)
from seq2seq.data.corpus.corpus import Corpus
from seq2seq.data.corpus.directions import Direction, dev_pairs, directions_of, training_pairs
from seq2seq.data.ragged import RaggedIds
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.data.tokenizers.vocabulary import EOS
from seq2seq.errors import CheckpointError, DataError
from seq2seq.model_directory.description import load_config
from seq2seq.model_directory.manifest import sealing
from seq2seq.model_directory.names import SHORTLIST
from seq2seq.model_directory.shipped_models import local_directory
from seq2seq.model_directory.verify import verify_model
from seq2seq.runtime.directory_lock import directory_lock

log = logging.getLogger("seq2seq.model_directory.learn_shortlist")

BATCH = 64
"""Sentences per batch in the figures."""


@dataclass(frozen=True)
class ShortlistFigures:
    """Effect of a shortlist on sentence pairs.

    Attributes:
        candidates: Target tokens that a sentence may use, on average.
        in_batch: Target tokens that BATCH sentences of similar length may use together, on average;
            a search scores that many at each step.
        covered: Fraction of the references' tokens that are among the candidates.
    """

    candidates: float
    in_batch: float
    covered: float


def shortlist(
    model: str | Path,
    *,
    data: str | None = None,
    per_token: int = TRANSLATIONS_PER_TOKEN,
    frequent: int = FREQUENT_TOKENS,
) -> ShortlistFigures | None:
    """Learn a shortlist for a model directory and write it there.

    Args:
        model: Model directory, or the name of a shipped model.
        data: Training pairs, read and filtered by the settings of the model. Default: those that
            it was trained on.
        per_token: Maximum number of target tokens for each source token.
        frequent: Number of frequent target tokens that every sentence may use.

    Returns:
        Figures on the dev pairs of the model; None if those cannot be read.

    Raises:
        CheckpointError: The model directory is damaged.
        StorageError: The model directory cannot be written, or is being written to.
        DataError: The training pairs cannot be read, or none is left.
    """
    directory = local_directory(model)
    if not directory.is_dir():
        raise CheckpointError(f"{directory}: no such model directory")
    verify_model(directory)
    config = load_config(directory)
    tokenizers = TokenizerPair.load(directory)
    path = directory / SHORTLIST
    with directory_lock(directory):
        source, target = _training_ids(config, tokenizers, data)
        log.info("learning from %s pairs", f"{len(source):,}")
        found = Shortlist.train(
            source,
            target,
            tokenizers.source_size,
            tokenizers.target.vocab_size,
            per_token=per_token,
            frequent=frequent,
        )
        with sealing(directory, SHORTLIST):
            found.save(path, tokenizers.fingerprint())
    log.info("wrote %s", path)
    try:
        dev = _encode(tokenizers, config.data, dev_pairs)
    except DataError as error:
        log.warning("no figures, because there are no dev pairs: %s", error)
        return None
    sources, targets = dev
    return figures(found, RaggedIds(sources), RaggedIds(targets))


def figures(found: Shortlist, source: RaggedIds, target: RaggedIds) -> ShortlistFigures:
    """Count the candidates for these sources, and the targets' tokens that are among them."""
    order = np.argsort(source.lengths, kind="stable")
    batches = [order[first : first + BATCH] for first in range(0, len(order), BATCH)]
    candidates = 0
    in_batch = 0
    covered = 0
    for rows in batches:
        ids, allowed = found.batch(
            source.padded(rows, int(source.lengths[rows].max()) + 1, last=EOS)
        )
        candidates += int(allowed.sum())
        in_batch += len(ids)
        width = int(target.lengths[rows].max()) + 1
        wanted = target.padded(rows, width)
        places = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
        hit = (ids[places] == wanted) & np.take_along_axis(allowed, places, 1)
        covered += int((hit & (np.arange(width) < target.lengths[rows, None])).sum())
    return ShortlistFigures(
        candidates / max(1, len(source)),
        in_batch / max(1, len(batches)),
        covered / max(1, int(target.lengths.sum())),
    )


def _training_ids(
    config: Config, tokenizers: TokenizerPair, data: str | None
) -> tuple[RaggedIds, RaggedIds]:
    """Return the ids of the pairs that a training would use."""
    settings = config.data if data is None else config.data.model_copy(update={"train": data})
    longest = settings.max_tokens
    sources, targets = _encode(tokenizers, settings, training_pairs)
    keep = [
        row for row in range(len(sources)) if max(len(sources[row]), len(targets[row])) <= longest
    ]
    if not keep:
        raise DataError(f"no training pair has at most data.max_tokens = {longest} subwords a side")
    return RaggedIds([sources[row] for row in keep]), RaggedIds([targets[row] for row in keep])


def _encode(
    tokenizers: TokenizerPair, data: DataConfig, read: Callable[[DataConfig, Direction], Corpus]
) -> tuple[list[list[int]], list[list[int]]]:
    """Return the ids of the pairs of all directions."""
    sources: list[list[int]] = []
    targets: list[list[int]] = []
    for direction in directions_of(data):
        pairs = read(data, direction)
        to = direction.target if tokenizers.languages else ""
        encoded = tokenizers.encode_pairs(pairs.sources(), pairs.targets(), to=[to] * len(pairs))
        sources += encoded[0]
        targets += encoded[1]
    return sources, targets
