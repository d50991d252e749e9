"""Ranks: the processes that a launcher has started for one command, and how they share work.

Each has a number, its rank; the first, 0, is the one that reads, scores and writes. Work is cut
into the same pieces on any number of ranks, so that its results are the same to the last bit. This
file does not know what the work is. It imports neither torch nor accelerate unless there are
several processes."""

from __future__ import annotations

import contextlib
import itertools
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from seq2seq.errors import Seq2SeqError
from seq2seq.runtime.launch import check_launch, world_size

T = TypeVar("T")

PATIENCE = timedelta(hours=6)
"""How long ranks wait for each other: for an input that pauses, or a first rank that trains a
tokenizer."""


@dataclass(frozen=True)
class Ranks:
    """All processes of a command, as rank `rank` of `world_size` sees them; on its own computer its
    number is `local`.

    What they do together, each of them must do, and in the same order. Raises Seq2SeqError when
    another one has ended."""

    rank: int = 0
    world_size: int = 1
    local: int = 0

    @property
    def is_main(self) -> bool:
        """Whether this is the rank that reads, scores and writes."""
        return self.rank == 0

    def device(self, name: str) -> str:
        """The device that is meant: each rank has a GPU of its own, unless one is named."""
        return f"cuda:{self.local}" if name == "cuda" and self.world_size > 1 else name

    def shard(self, items: Sequence[T]) -> Sequence[T]:
        """This rank's share of the items, in their order; together the ranks have each item once.

        They are dealt from the last on, which with batches sorted by length is the dearest; the
        only one is the first rank's."""
        return items[::-1][self.rank :: self.world_size][::-1]

    def gather(self, mine: Iterable[T]) -> Iterator[T]:
        """What all ranks have made of their shares, on each of them; if there is one rank, as it
        makes it."""
        if self.world_size == 1:
            return iter(mine)
        from accelerate.utils import gather_object

        made = [list(mine)]
        with _as_one_line():
            return itertools.chain.from_iterable(gather_object(made))

    def broadcast_result(self, make: Callable[[], T]) -> T:
        """What `make` gives on the first rank, on all of them."""
        found: T = self.broadcast(make()) if self.is_main else self.receive()
        return found

    def broadcast(self, value: T) -> T:
        """On the first rank: give the others a value that they wait for in `receive`."""
        assert self.is_main
        if self.world_size > 1:
            self._broadcast(value)
        return value

    def receive(self) -> Any:
        """On the others: wait for a value from the first."""
        assert not self.is_main
        return self._broadcast(None)

    def _broadcast(self, value: object) -> Any:
        from accelerate.utils import broadcast_object_list

        with _as_one_line():
            return broadcast_object_list([value])[0]


SINGLE_PROCESS = Ranks()


@contextlib.contextmanager
def process_group(environment: Mapping[str, str], command: str) -> Iterator[Ranks]:
    """The processes that a launcher has started, joined while this lasts; the others log warnings
    alone.

    They exchange plain objects, through the processor's memory on a GPU too. Raises ConfigError as
    `check_launch` does, whose `command` it is."""
    check_launch(environment, command)
    if world_size(environment) == 1:
        yield SINGLE_PROCESS
        return
    from accelerate import PartialState

    with _as_one_line():
        state = PartialState(cpu=True, timeout=PATIENCE)
    try:
        if not state.is_main_process:
            logging.getLogger("seq2seq").setLevel(logging.WARNING)
        yield Ranks(state.process_index, state.num_processes, state.local_process_index)
    finally:
        state.destroy_process_group()
        # or whoever comes next in this process would be told that there still is a group
        PartialState._reset_state()


@contextlib.contextmanager
def _as_one_line() -> Iterator[None]:
    """Raise torch's words for a rank that cannot be reached as an error of ours."""
    try:
        yield
    except RuntimeError as error:
        reason = str(error).splitlines()[0]
        raise Seq2SeqError(
            f"another process of this command has ended or cannot be reached: {reason}"
        ) from error
