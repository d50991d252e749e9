"""Ranks: the processes that a launcher has started for one command, and how they share work.

Rank 0, the main process, reads, scores and writes. Work is cut into the same pieces on any number
of ranks, so that results are the same to the last bit. Neither torch nor accelerate is imported
unless there are several processes.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import signal
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from seq2seq.errors import Seq2SeqError
from seq2seq.runtime.devices import resolve_device
from seq2seq.runtime.launch import check_launch, is_restart, world_size
from seq2seq.runtime.notes import write_error
from seq2seq.runtime.stopped_process import watch_stopped

T = TypeVar("T")

PATIENCE = timedelta(hours=6)
"""Time that ranks wait for each other: for an input that pauses, or while rank 0 trains a
tokenizer."""


@dataclass(frozen=True)
class Ranks:
    """All processes of a command, as one of them sees them.

    Every rank must make the same calls in the same order. A call raises Seq2SeqError if another
    rank has ended.

    Attributes:
        rank: Number of this process, counted from 0.
        world_size: Number of processes.
        local: Number of this process on its own computer.
    """

    rank: int = 0
    world_size: int = 1
    local: int = 0

    @property
    def is_main(self) -> bool:
        """True if this is the main process, which reads, scores and writes."""
        return self.rank == 0

    def device(self, name: str) -> str:
        """Return the device that a name means.

        Args:
            name: Name of a device. "auto" is a GPU if there is one, and "cuda" a GPU of its own for
                each rank.
        """
        name = resolve_device(name)
        return f"cuda:{self.local}" if name == "cuda" and self.world_size > 1 else name

    def shard(self, items: Sequence[T]) -> Sequence[T]:
        """Return this rank's part of the items, in order; together the ranks have each item once.

        Items are dealt from the last one on, which is the most expensive of batches sorted by
        length. A single item goes to rank 0.
        """
        return items[::-1][self.rank :: self.world_size][::-1]

    def gather(self, mine: Iterable[T]) -> Iterator[T]:
        """Return on every rank what all of them have made; a single rank yields while it works."""
        if self.world_size == 1:
            return iter(mine)
        from accelerate.utils import gather_object

        made = [list(mine)]
        with as_one_line():
            return itertools.chain.from_iterable(gather_object(made))

    def broadcast_result(self, make: Callable[[], T]) -> T:
        """Call `make` on rank 0 and return its result on all ranks."""
        found: T = self.broadcast(make()) if self.is_main else self.receive()
        return found

    def broadcast(self, value: T) -> T:
        """Send a value from rank 0 to the others, which wait for it in `receive`; return it."""
        assert self.is_main
        if self.world_size > 1:
            self._broadcast(value)
        return value

    def receive(self) -> Any:
        """Wait for a value from rank 0, on any other rank."""
        assert not self.is_main
        return self._broadcast(None)

    def _broadcast(self, value: object) -> Any:
        from accelerate.utils import broadcast_object_list

        with as_one_line():
            return broadcast_object_list([value])[0]


SINGLE_PROCESS = Ranks()


@contextlib.contextmanager
def process_group(environment: Mapping[str, str], command: str) -> Iterator[Ranks]:
    """Join the processes that a launcher has started; all but rank 0 log only warnings.

    They exchange Python objects through main memory, also if they compute on GPUs.

    Args:
        environment: The environment variables.
        command: What follows the launcher's own options, for a message.

    Yields:
        The ranks.

    Raises:
        ConfigError: If several processes were asked for and one was started.
        Seq2SeqError: If another process cannot be reached.
    """
    check_launch(environment, command)
    if world_size(environment) == 1:
        yield SINGLE_PROCESS
        return
    from accelerate import PartialState

    with as_one_line():
        state = PartialState(cpu=True, timeout=PATIENCE)
    try:
        if not state.is_main_process:
            logging.getLogger("seq2seq").setLevel(logging.WARNING)
        ranks = Ranks(state.process_index, state.num_processes, state.local_process_index)
        with end_stopped_ranks(ranks):
            yield ranks
    finally:
        state.destroy_process_group()
        # Otherwise the next caller in this process would be told that there still is a group.
        PartialState._reset_state()


@contextlib.contextmanager
def end_stopped_ranks(ranks: Ranks) -> Iterator[None]:
    """End a rank on this computer that stays stopped (SIGSTOP): others would wait for it for hours.

    Each rank watches the next one that runs beside it.

    Args:
        ranks: All processes of the command, which all call this.
    """
    own = (_computer(), ranks.rank, os.getpid())
    beside = [place for place in ranks.gather([own]) if place[0] == own[0]]
    _, rank, pid = beside[(beside.index(own) + 1) % len(beside)]

    def end(pid: int) -> None:
        write_error(
            f"error: rank {rank} (process {pid}) is stopped, and others wait for it: ending it"
        )
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)

    with watch_stopped(lambda: [pid], end):
        yield


def _computer() -> str:
    """Return a name of this computer, and of the container within which process ids are unique."""
    with contextlib.suppress(OSError):
        return f"{socket.gethostname()} {os.readlink('/proc/self/ns/pid')}"
    return socket.gethostname()


def meet_after_restart(environment: Mapping[str, str], *, backend: str) -> None:
    """Form the process group if torchrun has started the processes anew after one has died.

    Its store may still hold the addresses of the dead ones, so these meet under names of their own.

    Args:
        environment: The environment variables.
        backend: Backend of torch.distributed.

    Raises:
        Seq2SeqError: If another process cannot be reached.
    """
    if not is_restart(environment) or world_size(environment) == 1:
        return
    import torch.distributed
    from torch.distributed.distributed_c10d import PrefixStore
    from torch.distributed.rendezvous import rendezvous

    prefix = f"restart {environment['TORCHELASTIC_RESTART_COUNT']}"
    with as_one_line():
        store, rank, size = next(rendezvous("env://"))
        torch.distributed.init_process_group(
            backend,
            store=PrefixStore(prefix, store),
            rank=rank,
            world_size=size,
            timeout=PATIENCE,
        )


@contextlib.contextmanager
def as_one_line() -> Iterator[None]:
    """Turn torch's error for an unreachable rank into a Seq2SeqError."""
    try:
        yield
    except RuntimeError as error:
        reason = str(error).splitlines()[0]
        raise Seq2SeqError(
            f"another process of this command has ended or cannot be reached: {reason}"
        ) from error
