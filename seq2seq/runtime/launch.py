"""What a launcher says to the processes it starts: which of how many this is. `accelerate launch`,
`torch.distributed.run` and MPI say it in the environment. This file knows nothing of what processes
do together."""

from __future__ import annotations

import time
from collections.abc import Mapping

from seq2seq.errors import ConfigError

_SIZES = ("WORLD_SIZE", "PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MV2_COMM_WORLD_SIZE")
_RANKS = ("RANK", "PMI_RANK", "OMPI_COMM_WORLD_RANK", "MV2_COMM_WORLD_RANK")

_GRACE = 5.0
"""Seconds that a launcher has for ending the other processes after one has failed; it takes a
fraction of one."""


def world_size(environment: Mapping[str, str]) -> int:
    """How many processes were started; 1 without a launcher."""
    return max(int(environment.get(name, "1")) for name in _SIZES)


def rank(environment: Mapping[str, str]) -> int:
    """Which of them this is, counted from 0."""
    return max(int(environment.get(name, "0")) for name in _RANKS)


def check_launch(environment: Mapping[str, str], command: str) -> None:
    """Raise ConfigError if several processes were asked for and this is the only one.

    `accelerate launch --cpu --num_processes N` does that and says nothing of it, but it names a
    meeting point for the processes, and no number. `command` is what follows the launcher's own
    options."""
    on_cpu = environment.get("ACCELERATE_USE_CPU", "").lower() in ("true", "1")
    if on_cpu and "MASTER_ADDR" in environment and not any(name in environment for name in _SIZES):
        raise ConfigError(
            "`accelerate launch --cpu` starts one process, whatever --num_processes says; for N "
            "of them on a CPU run "
            f"python -m torch.distributed.run --nproc_per_node N {command}"
        )


def defer_to_main_process(environment: Mapping[str, str]) -> None:
    """Give the first process the time to say the error that this one has: most errors are those of
    all of them.

    When the first one fails a launcher ends all others, and so this call too. It returns in the
    first process at once, and in another, after its turn, where the error is this one's own."""
    if number := rank(environment):
        time.sleep(_GRACE + number)
