"""Pairs that are never held whole: read again in each epoch, in blocks of a fixed size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import pyarrow as pa

from seq2seq.data.corpus.corpus import Corpus
from seq2seq.data.corpus.filters import FilterRules


class PairStream:
    """Pairs that can be read again and again.

    Attributes:
        read: Yields the pairs as tables, each time from the first on.
        rules: Which pairs are dropped. Duplicates are found only within a block.
        name: Name in log lines and messages.
    """

    def __init__(
        self, read: Callable[[], Iterator[pa.Table]], rules: FilterRules, name: str = "corpus"
    ) -> None:
        self.read = read
        self.rules = rules
        self.name = name

    def first(self, count: int) -> Corpus:
        """Return the pairs among the first `count` that the filters keep, in memory.

        Raises:
            DataError: The pairs cannot be read, or none is kept.
        """
        tables = first_rows(self.read(), count)
        return Corpus.from_tables(tables, name=self.name).filter(self.rules)


def first_rows(tables: Iterable[pa.Table], rows: int) -> Iterator[pa.Table]:
    """Yield the first `rows` rows of all tables; no more tables are read than hold them."""
    for table in tables:
        yield table.slice(0, rows)
        rows -= table.num_rows
        if rows <= 0:
            return


def in_blocks(tables: Iterable[pa.Table], rows: int) -> Iterator[pa.Table]:
    """Yield all rows in tables of `rows` each; the last one may be shorter, and none is empty."""
    held: list[pa.Table] = []
    missing = rows
    for table in tables:
        while table.num_rows:
            held.append(table.slice(0, missing))
            table = table.slice(held[-1].num_rows)
            missing -= held[-1].num_rows
            if not missing:
                yield pa.concat_tables(held)
                held = []
                missing = rows
    if held:
        yield pa.concat_tables(held)


def side_by_side(streams: Sequence[PairStream], rows: int) -> Iterator[list[pa.Table]]:
    """Yield blocks of about `rows` pairs, the same number from each stream, as one table of each.

    A stream that ends begins again, until the longest has ended too.
    """
    size = -(-rows // len(streams))
    turns = [_Turns(stream, size) for stream in streams]
    while not all(turn.ended for turn in turns):
        yield [turn.take() for turn in turns]


class _Turns:
    """Block after block of one stream, which begins again after its last block.

    Attributes:
        ended: True once the last block has been taken.
    """

    def __init__(self, stream: PairStream, rows: int) -> None:
        self.ended = False
        self._stream = stream
        self._rows = rows
        self._blocks: Iterator[pa.Table] = iter(())
        self._next: pa.Table | None = None

    def take(self) -> pa.Table:
        """Return the next block."""
        if self._next is None:
            self._blocks = in_blocks(self._stream.read(), self._rows)
            self._next = next(self._blocks)
        table = self._next
        self._next = next(self._blocks, None)
        self.ended = self.ended or self._next is None
        return table
