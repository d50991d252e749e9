"""Training text as blocks of ids, from which a batch stream makes its batches.

`InMemoryText` holds all pairs of one or more directions as one block; `StreamedText`, in
`streamed_text`, holds one block at a time.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np

from seq2seq.data.augmentation.aligner import Aligner
from seq2seq.data.augmentation.augment import LazyAligner, augment
from seq2seq.data.batches.mixture import rows_of_epoch
from seq2seq.data.ragged import Ints, RaggedIds
from seq2seq.data.tokenizers.base import SubwordSampling
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.errors import DataError
from seq2seq.runtime.seeds import epoch_seeds

log = logging.getLogger("seq2seq.data")

CHUNK = 5000
"""Number of pairs to tokenize at a time, because their ids are Python lists at first."""


Ids = tuple[RaggedIds, RaggedIds]
"""Ids of the sources and of the targets."""


class Block(NamedTuple):
    """Pairs as ids.

    Attributes:
        source: Ids of the sources.
        target: Ids of the targets.
        seed: Seed of the shuffling.
        rows: Rows to take, in this order. If None, all rows are taken, shuffled.
    """

    source: RaggedIds
    target: RaggedIds
    seed: int
    rows: Ints | None = None


@dataclass(frozen=True)
class Variation:
    """Changes to the text from epoch to epoch.

    Attributes:
        sampling: Strength of subword sampling; 0 is off.
        augment: Fraction of the pairs that each augmentation changes, by its name.
    """

    sampling: float = 0.0
    augment: Mapping[str, float] = field(default_factory=dict)

    @property
    def active(self) -> bool:
        """True if two epochs differ."""
        return self.sampling > 0 or any(self.augment.values())


NO_VARIATION = Variation()


class TrainingText(Protocol):
    """Contract of a training text: pairs as ids, in blocks that depend only on the epoch.

    Attributes:
        fingerprint: Short digest by which a resumed run recognizes its text.
        description: Amount of text, for the log.
    """

    fingerprint: str
    description: str

    def blocks(self, epoch: int, first: int = 0) -> Iterator[Block]:
        """Yield the blocks of an epoch from index `first` on; both are counted from 0."""


class Part(NamedTuple):
    """Pairs of one direction.

    Attributes:
        sources: Source sentences.
        targets: Their translations.
        to: Language of the targets, if the tokenizers have several.
        name: Name of the direction, for messages.
    """

    sources: Sequence[str]
    targets: Sequence[str]
    to: str = ""
    name: str = ""


class InMemoryText:
    """Pairs of one or more directions in memory; an epoch is a single block.

    Args:
        parts: Pairs of each direction.
        tokenizers: Tokenizers of both sides.
        max_tokens: Maximum number of subwords on a side; longer pairs are left out.
        seed: Random seed for order, augmentation and subword sampling.
        temperature: Sampling temperature over directions (see `mixture`).
        variation: Changes from epoch to epoch. With any, each epoch is tokenized anew.

    Raises:
        DataError: If a direction has no pair left.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        tokenizers: TokenizerPair,
        *,
        max_tokens: int,
        seed: int,
        temperature: float = 1.0,
        variation: Variation = NO_VARIATION,
    ) -> None:
        self._tokenizers = tokenizers
        kept = [_fitting(part, tokenizers, max_tokens) for part in parts]
        self._parts = [part for part, _, _ in kept] if variation.active else []
        self._sizes = [len(sources) for _, sources, _ in kept]
        self._source = RaggedIds.joined([sources for _, sources, _ in kept])
        self._target = RaggedIds.joined([targets for _, _, targets in kept])
        self.fingerprint = f"{self._source.fingerprint()}-{self._target.fingerprint()}"
        self.description = f"{len(self._source):,} training pairs"
        self._temperature = temperature
        self._seed = seed
        self._variation = variation
        self._aligners = [
            LazyAligner(part.sources, part.targets, level=logging.INFO) for part in self._parts
        ]

    def blocks(self, epoch: int, first: int = 0) -> Iterator[Block]:
        """Yield the one block of an epoch."""
        if first == 0:
            source, target = self._vary(epoch) if self._parts else (self._source, self._target)
            rows = rows_of_epoch(self._sizes, self._temperature, self._seed, epoch)
            yield Block(source, target, self._seed, rows)

    def _vary(self, epoch: int) -> Ids:
        """Return the ids of all pairs in an epoch, with its variation."""
        found = []
        for index, (part, aligner) in enumerate(zip(self._parts, self._aligners, strict=True)):
            seeds = epoch_seeds(self._seed, epoch=epoch, parts=len(self._parts), part=index)
            found.append(encode_varied(part, self._tokenizers, self._variation, seeds, aligner))
        return (
            RaggedIds.joined([sources for sources, _ in found]),
            RaggedIds.joined([targets for _, targets in found]),
        )


def encode_part(
    part: Part,
    tokenizers: TokenizerPair,
    samplings: Sequence[SubwordSampling | None] = (None, None),
) -> Ids:
    """Return the ids of the sources, tagged with the target language, and of the targets."""
    sources, targets = tokenizers.encode_pairs(
        part.sources, part.targets, to=[part.to] * len(part.sources), samplings=samplings
    )
    return RaggedIds(sources), RaggedIds(targets)


def encode_varied(
    part: Part,
    tokenizers: TokenizerPair,
    variation: Variation,
    seeds: Sequence[int],
    aligner: Aligner | None = None,
) -> Ids:
    """Augment and tokenize a part, with two seeds. The default aligner learns from the part."""
    sources, targets = augment(
        part.sources, part.targets, fractions=variation.augment, seed=seeds[0], aligner=aligner
    )
    part = part._replace(sources=sources, targets=targets)
    if not variation.sampling:
        return encode_part(part, tokenizers)
    samplings = [SubwordSampling(variation.sampling, seed % (1 << 31)) for seed in seeds]
    return encode_part(part, tokenizers, samplings)


def fitting_rows(sources: RaggedIds, targets: RaggedIds, max_tokens: int, tags: int) -> Ints:
    """Return the rows with at most `max_tokens` subwords on each side, not counting tags."""
    fits = (sources.lengths - tags <= max_tokens) & (targets.lengths <= max_tokens)
    return np.flatnonzero(fits).astype(np.int64)


def _fitting(
    part: Part, tokenizers: TokenizerPair, max_tokens: int
) -> tuple[Part, RaggedIds, RaggedIds]:
    """Drop pairs with more than `max_tokens` subwords on a side; return the rest with their ids."""
    which = f" {part.name}" if part.name else ""
    chunks = [
        encode_part(
            part._replace(
                sources=part.sources[at : at + CHUNK], targets=part.targets[at : at + CHUNK]
            ),
            tokenizers,
        )
        for at in range(0, len(part.sources), CHUNK)
    ]
    sources = RaggedIds.joined([source for source, _ in chunks])
    targets = RaggedIds.joined([target for _, target in chunks])
    keep = fitting_rows(sources, targets, max_tokens, tokenizers.tags)
    if len(keep) < len(sources):
        log.info(
            "training%s: %d pairs longer than %d subwords left out",
            which,
            len(sources) - len(keep),
            max_tokens,
        )
        part = part._replace(
            sources=[part.sources[row] for row in keep.tolist()],
            targets=[part.targets[row] for row in keep.tolist()],
        )
        sources = sources.take(keep)
        targets = targets.take(keep)
    if not len(sources):
        raise DataError(
            f"no training pair{which} has at most data.max_tokens = {max_tokens} subwords per side"
        )
    return part, sources, targets
