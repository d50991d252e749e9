"""PyTorch after `os.fork`: its threads do not exist in the child, which would wait for them."""

from __future__ import annotations

import functools
import os


@functools.cache
def survive_forks() -> None:
    """Let PyTorch compute on one thread in processes that are forked from this one.

    OpenMP hands work to the threads that it has started before, and a child has none of them. A
    child that needs several threads is started anew, as multiprocessing's "spawn" does.
    """
    import torch

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=lambda: torch.set_num_threads(1))
