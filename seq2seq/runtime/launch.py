"""Rank and number of the processes that a launcher has started.

`accelerate launch`, `torch.distributed.run` and MPI tell them in the environment.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping

from seq2seq.errors import ConfigError

_SIZES = ("WORLD_SIZE", "PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MV2_COMM_WORLD_SIZE")
_RANKS = ("RANK", "PMI_RANK", "OMPI_COMM_WORLD_RANK", "MV2_COMM_WORLD_RANK")

_GRACE = 5.0
"""Seconds that a launcher has to end the other processes after one has failed. It takes a fraction
of a second."""


def world_size(environment: Mapping[str, str]) -> int:
    """Return the number of processes that were started; 1 without a launcher."""
    return max(int(environment.get(name, "1")) for name in _SIZES)


def rank(environment: Mapping[str, str]) -> int:
    """Return the rank of this process, counted from 0."""
    return max(int(environment.get(name, "0")) for name in _RANKS)


def launch_id(environment: Mapping[str, str]) -> str:
    """Return a name of the torchrun that has started this process, "" for none.

    It stays the same when torchrun starts its processes anew after one has died.
    """
    run = environment.get("TORCHELASTIC_RUN_ID")
    return "" if run is None else f"{run} {socket.gethostname()} {os.getppid()}"


def is_restart(environment: Mapping[str, str]) -> bool:
    """Return whether torchrun has started its processes anew (--max-restarts)."""
    return int(environment.get("TORCHELASTIC_RESTART_COUNT", "0")) > 0


def check_launch(environment: Mapping[str, str], command: str) -> None:
    """Check that several processes were started if several were asked for.

    `accelerate launch --cpu --num_processes N` starts one without saying so. It is recognised by an
    environment that names a meeting point for the processes, but not their number.

    Args:
        environment: The environment variables.
        command: What follows the launcher's own options.

    Raises:
        ConfigError: If this is the only one of several processes.
    """
    on_cpu = environment.get("ACCELERATE_USE_CPU", "").lower() in ("true", "1")
    if on_cpu and "MASTER_ADDR" in environment and not any(name in environment for name in _SIZES):
        raise ConfigError(
            "`accelerate launch --cpu` starts one process, whatever --num_processes says; for N "
            "of them on a CPU run "
            f"python -m torch.distributed.run --nproc_per_node N {command}"
        )


def defer_to_main_process(environment: Mapping[str, str]) -> None:
    """Wait, so that rank 0 can report an error that all ranks share.

    When rank 0 fails, the launcher ends all others, and this call with them. It returns at once on
    rank 0, and on another rank after a while if the error is only its own.
    """
    if number := rank(environment):
        time.sleep(_GRACE + number)
