"""A guard against `accelerate launch --cpu --num_processes N`, which starts one process and says nothing of it."""

from __future__ import annotations

from collections.abc import Mapping

from seq2seq.errors import ConfigError

_STARTED = ("WORLD_SIZE", "PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MV2_COMM_WORLD_SIZE")


def check_launch(environment: Mapping[str, str]) -> None:
    """Raise ConfigError if several processes were asked for and this is the only one.

    Its launcher then has named a meeting point for them, and no number.
    """
    on_cpu = environment.get("ACCELERATE_USE_CPU", "").lower() in ("true", "1")
    if on_cpu and "MASTER_ADDR" in environment and not any(name in environment for name in _STARTED):
        raise ConfigError(
            "`accelerate launch --cpu` starts one process, whatever --num_processes says; for N of them on a CPU run "
            "python -m torch.distributed.run --nproc_per_node N -m seq2seq train CONFIG --cpu"
        )
