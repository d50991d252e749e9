"""Training text that is read during training, one block of pairs at a time.

A block always has the same pairs in the same order, for any number of processes: each process
tokenizes some of the chunks and receives the ids of the others.
"""

from __future__ import annotations

import hashlib
import itertools
import logging
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pyarrow as pa

from seq2seq.data.batches.epoch_text import (
    CHUNK,
    NO_VARIATION,
    Block,
    Ids,
    Part,
    Variation,
    encode_part,
    encode_varied,
    fitting_rows,
)
from seq2seq.data.corpus.filters import apply_rules
from seq2seq.data.corpus.pair_stream import PairStream, side_by_side
from seq2seq.data.ragged import RaggedIds
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.runtime.ranks import SINGLE_PROCESS, Ranks
from seq2seq.runtime.seeds import block_seed, chunk_seeds

log = logging.getLogger("seq2seq.data")


class StreamedPart(NamedTuple):
    """Pairs of one direction, and the target language if there are several."""

    pairs: PairStream
    to: str = ""


class StreamedText:
    """Pairs of one or more directions, in blocks with the same number of pairs of each direction.

    A direction that ends starts again until all have ended. The ranks share the work of
    tokenization, so all of them must request the same blocks.

    Args:
        parts: Pairs of each direction.
        tokenizers: Tokenizers of both sides.
        block_pairs: Number of pairs per block.
        max_tokens: Maximum number of subwords on a side; longer pairs are left out.
        seed: Random seed for order, augmentation and subword sampling.
        variation: Changes from epoch to epoch.
        ranks: Processes that share the tokenization.

    Raises:
        DataError: If the text cannot be read.
    """

    def __init__(
        self,
        parts: Sequence[StreamedPart],
        tokenizers: TokenizerPair,
        *,
        block_pairs: int,
        max_tokens: int,
        seed: int,
        variation: Variation = NO_VARIATION,
        ranks: Ranks = SINGLE_PROCESS,
    ) -> None:
        self._parts = parts
        self._tokenizers = tokenizers
        self._block_pairs = block_pairs
        self._max_tokens = max_tokens
        self._seed = seed
        self._variation = variation
        self._ranks = ranks
        self.fingerprint = _fingerprint(next(self._texts()))
        self.description = f"training pairs in blocks of {block_pairs:,}"

    def blocks(self, epoch: int, first: int = 0) -> Iterator[Block]:
        """Yield the blocks of an epoch from index `first` on.

        Earlier blocks are read, but not tokenized.
        """
        for number, tables in enumerate(self._texts()):
            if number >= first:
                yield self._block(tables, block_seed(self._seed, block=number), epoch)

    def _texts(self) -> Iterator[list[pa.Table]]:
        return side_by_side([part.pairs for part in self._parts], self._block_pairs)

    def _block(self, tables: list[pa.Table], seed: int, epoch: int) -> Block:
        chunks = []
        for part, table in zip(self._parts, tables, strict=True):
            kept, counts = apply_rules(table, part.pairs.rules)
            log.debug("%s: %s", part.pairs.name, counts)
            chunks += [(kept.slice(at, CHUNK), part.to) for at in range(0, kept.num_rows, CHUNK)]
        own = self._ranks.shard(range(len(chunks)))
        done = self._ranks.gather(
            (number, self._encode(*chunks[number], (seed, epoch, number))) for number in own
        )
        ids: list[Ids] = [pair for _, pair in sorted(done, key=lambda one: one[0])]
        return Block(
            RaggedIds.joined([source for source, _ in ids]),
            RaggedIds.joined([target for _, target in ids]),
            seed,
        )

    def _encode(self, table: pa.Table, to: str, numbers: tuple[int, int, int]) -> Ids:
        """Return the ids of a chunk without the pairs that are too long before any variation."""
        part = Part(table["source"].to_pylist(), table["target"].to_pylist(), to)
        sources, targets = encode_part(part, self._tokenizers)
        rows = fitting_rows(sources, targets, self._max_tokens, self._tokenizers.tags)
        if self._variation.active:
            seed, epoch, number = numbers
            seeds = chunk_seeds(seed, epoch=epoch, chunk=number)
            sources, targets = encode_varied(part, self._tokenizers, self._variation, seeds)
        return sources.take(rows), targets.take(rows)


def _fingerprint(tables: Sequence[pa.Table]) -> str:
    """Return a short digest of a block's text."""
    digest = hashlib.blake2b(digest_size=16)
    for table, column in itertools.product(tables, ("source", "target")):
        for text in table[column].to_pylist():
            digest.update(text.encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()
