"""What a training stream takes its batches from: blocks of pairs as ids. It knows no batches.

`InMemoryText` has all pairs of one or more directions in memory, as one block; `StreamedText`, in a
file of its own, has a block of them at a time."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from seq2seq.data.alignment.word_alignment import WordAligner
from seq2seq.data.augmentation.names import renamed
from seq2seq.data.augmentation.noise import untidied
from seq2seq.data.augmentation.phrases import extract_phrases
from seq2seq.data.augmentation.recombine import recombined
from seq2seq.data.batches.mixture import rows_of_epoch
from seq2seq.data.ragged import Ints, RaggedIds
from seq2seq.data.tokenizers.pair import Sampling, TokenizerPair
from seq2seq.errors import DataError

log = logging.getLogger("seq2seq.data")

CHUNK = 5000
"""Pairs to be tokenized at a time: their ids are Python lists before they become arrays."""


Ids = tuple[RaggedIds, RaggedIds]
"""Those of the sources and of the targets."""


class Block(NamedTuple):
    """Pairs as ids; the rows that come, in their order, if not all of them shuffled; the seed of
    what is shuffled."""

    source: RaggedIds
    target: RaggedIds
    seed: int
    rows: Ints | None = None


class Augmentation(NamedTuple):
    """What is made anew of the text in each epoch: its segmentation, by subword sampling of this
    strength, the names in such a share of the pairs that have some (see `renamed`), the writing of
    such a share of all (see `untidied`); and such a share of all is one of its phrases (see
    `extract_phrases`), or has one of another pair (see `recombined`)."""

    sampling: float = 0.0
    renamed: float = 0.0
    untidy: float = 0.0
    phrases: float = 0.0
    recombined: float = 0.0


NO_AUGMENTATION = Augmentation()


class TrainingText(Protocol):
    """Pairs as ids, block by block, the same ones for the same epoch.

    Attributes:
        fingerprint: a short digest, by which a resumed training knows its text again.
        description: how much of it there is, for the log.
    """

    fingerprint: str
    description: str

    def blocks(self, epoch: int, first: int = 0) -> Iterator[Block]:
        """The blocks of an epoch, both counted from 0, from number `first` on."""


class Part(NamedTuple):
    """The pairs (sources[i], targets[i]) of a direction, the language that it goes into, if there
    are several, and its name."""

    sources: Sequence[str]
    targets: Sequence[str]
    to: str = ""
    name: str = ""


class InMemoryText:
    """The pairs of one or more directions, in memory; an epoch is a single block.

    Pairs with a side of more than `max_tokens` subwords are left out. Directions come by their size
    and `temperature`, as in `mixture`. With a `variation` each epoch is tokenized afresh. Raises
    DataError if nothing is left of a direction."""

    def __init__(
        self,
        parts: Sequence[Part],
        tokenizers: TokenizerPair,
        *,
        max_tokens: int,
        seed: int,
        temperature: float = 1.0,
        variation: Augmentation = NO_AUGMENTATION,
    ) -> None:
        self._tokenizers = tokenizers
        kept = [_fitting(part, tokenizers, max_tokens) for part in parts]
        self._parts = [part for part, _, _ in kept] if any(variation) else []
        self._sizes = [len(sources) for _, sources, _ in kept]
        self._source = RaggedIds.joined([sources for _, sources, _ in kept])
        self._target = RaggedIds.joined([targets for _, _, targets in kept])
        self.fingerprint = f"{self._source.fingerprint()}-{self._target.fingerprint()}"
        self.description = f"{len(self._source):,} training pairs"
        self._temperature = temperature
        self._seed = seed
        self._variation = variation
        if variation.phrases or variation.recombined:
            log.info("aligning the words of %s training pairs", f"{len(self._source):,}")
        self._aligners = [_aligner(part, variation) for part in self._parts]

    def blocks(self, epoch: int, first: int = 0) -> Iterator[Block]:
        """The one block of an epoch."""
        if first == 0:
            source, target = self._varied(epoch) if self._parts else (self._source, self._target)
            rows = rows_of_epoch(self._sizes, self._temperature, self._seed, epoch)
            yield Block(source, target, self._seed, rows)

    def _varied(self, epoch: int) -> tuple[RaggedIds, RaggedIds]:
        """The ids of all pairs as they are in an epoch."""
        found = []
        for index, (part, aligner) in enumerate(zip(self._parts, self._aligners, strict=True)):
            first = ((self._seed * 1_000_003 + epoch) * len(self._parts) + index) * 2
            found.append(
                varied(part, self._tokenizers, self._variation, (first, first + 1), aligner)
            )
        return RaggedIds.joined([sources for sources, _ in found]), RaggedIds.joined(
            [targets for _, targets in found]
        )


def encode_part(
    part: Part, tokenizers: TokenizerPair, samplings: Sequence[Sampling | None] = (None, None)
) -> Ids:
    """The ids of the sources, with the tag of the language they go into, and of the targets."""
    tag = tokenizers.tag(part.to)
    sources = [[*tag, *row] for row in tokenizers.source.encode(part.sources, samplings[0])]
    return RaggedIds(sources), RaggedIds(tokenizers.target.encode(part.targets, samplings[1]))


def varied(
    part: Part,
    tokenizers: TokenizerPair,
    variation: Augmentation,
    seeds: Sequence[int],
    aligner: WordAligner | None = None,
) -> Ids:
    """The ids of a part as it is this time, which two seeds decide; without an aligner one learns
    from this part."""
    if aligner := aligner or _aligner(part, variation):
        for aligned, share in (
            (recombined, variation.recombined),
            (extract_phrases, variation.phrases),
        ):
            if share:
                sources, targets = aligned(part.sources, part.targets, share, seeds[0], aligner)
                part = part._replace(sources=sources, targets=targets)
    for change, share in ((renamed, variation.renamed), (untidied, variation.untidy)):
        if share:
            sources, targets = change(part.sources, part.targets, share, seeds[0])
            part = part._replace(sources=sources, targets=targets)
    if not variation.sampling:
        return encode_part(part, tokenizers)
    return encode_part(
        part, tokenizers, [Sampling(variation.sampling, seed % (1 << 31)) for seed in seeds]
    )


def _aligner(part: Part, variation: Augmentation) -> WordAligner | None:
    """One that has learnt from a part, if a variation needs one."""
    return (
        WordAligner.train(part.sources, part.targets)
        if variation.phrases or variation.recombined
        else None
    )


def fitting_rows(sources: RaggedIds, targets: RaggedIds, max_tokens: int, tags: int) -> Ints:
    """The rows of which no side has more subwords than that, tags not counted."""
    fits = (sources.lengths - tags <= max_tokens) & (targets.lengths <= max_tokens)
    return np.flatnonzero(fits).astype(np.int64)


def _fitting(
    part: Part, tokenizers: TokenizerPair, max_tokens: int
) -> tuple[Part, RaggedIds, RaggedIds]:
    """The pairs of which no side has more subwords than that, and the ids of their sides."""
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
        sources, targets = sources.take(keep), targets.take(keep)
    if not len(sources):
        raise DataError(
            f"no training pair{which} has at most data.max_tokens = {max_tokens} subwords a side"
        )
    return part, sources, targets
