"""Sums of gradients over ranks that are the same however they are packed.

DistributedDataParallel packs gradients into buckets, and packs them anew after the first step. A
sum over more than two ranks is rounded according to a gradient's place in its bucket, so a resumed
run would differ from an unbroken one in the last bits.
"""

# No `from __future__ import annotations`: torch checks the annotations of a hook, not as strings.

import functools

import torch
import torch.distributed
from torch import Tensor, nn
from torch.distributed import GradBucket  # type: ignore[attr-defined]
from torch.futures import Future
from torch.nn.parallel import DistributedDataParallel


def add_in_rank_order(model: nn.Module) -> None:
    """Let a model average its gradients over ranks one rank after another.

    This takes more traffic than the usual way. It changes nothing for one or two ranks, whose sums
    are rounded once, nor on GPUs, which do not repeat a sum to the last bit anyway.

    Args:
        model: Model that Accelerate has prepared.
    """
    if not isinstance(model, DistributedDataParallel) or model.device_type != "cpu":
        return
    if torch.distributed.get_world_size() > 2:
        model.register_comm_hook(None, _average)


def _average(_: None, bucket: GradBucket) -> Future[Tensor]:
    """Return the mean of a bucket over all ranks."""
    mine = bucket.buffer()
    parts = [torch.empty_like(mine) for _ in range(torch.distributed.get_world_size())]
    work = torch.distributed.all_gather(parts, mine, async_op=True)
    work.wait()
    mean: Future[Tensor] = Future()
    mean.set_result(functools.reduce(Tensor.add_, parts).div_(len(parts)))
    return mean
