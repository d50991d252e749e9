"""Average gradients over two processes on one device, for tools/gpu_check.py.

    python -m torch.distributed.run --nproc_per_node 2 tools/gpu_ranks.py DEVICE FILE

NCCL allows one process per GPU, so the gradients travel with gloo. The file receives the largest
difference to the gradients of one process, relative to the largest gradient.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
import torch._dynamo  # before there is a process group, as in seq2seq/training/prepare.py
import torch.distributed as dist
from gpu_throughput import SMALL, default_network, objective_of, random_batch
from torch import nn

from seq2seq.data.batches.batch import Batch


def gradients(objective: nn.Module, batch: Batch, factor: float) -> list[torch.Tensor]:
    """Return the gradients of the loss times a factor."""
    parameters = list(objective.parameters())
    (objective(batch, 1.0) * factor).backward()
    found = [weight.grad.clone() for weight in parameters if weight.grad is not None]
    objective.zero_grad()
    return found


def main(device: str, file: Path) -> None:
    """Compare the gradients of half a batch on each of two ranks with those of the whole batch."""
    dist.init_process_group("gloo")
    try:
        rank = dist.get_rank()
        model = default_network(SMALL, device).double().eval()  # without dropout
        objective = objective_of(model)
        batch = random_batch(SMALL, device)
        half = Batch(
            batch.source[rank::2],
            batch.source_lengths[rank::2],
            batch.target_inputs[rank::2],
            batch.target_outputs[rank::2],
        )
        whole = gradients(objective, batch, 1.0)
        # The wrapper averages over the ranks; times their number, that is the sum.
        averaged = gradients(nn.parallel.DistributedDataParallel(objective), half, 2.0)
        assert len(whole) == len(averaged)
        largest = max(float(one.abs().max()) for one in whole)
        pairs = zip(whole, averaged, strict=True)
        error = max(float((one - other).abs().max()) for one, other in pairs) / largest
        if rank == 0:
            file.write_text(str(error), encoding="utf-8")
    finally:
        dist.destroy_process_group()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
