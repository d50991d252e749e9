"""Decisions that all ranks must share, such as stopping at the same step."""

from __future__ import annotations

from signal import Signals

import torch
from accelerate import Accelerator


def on_any_rank(accelerator: Accelerator, here: bool) -> bool:
    """Return whether a condition is true on any rank.

    Args:
        accelerator: The processes, each of which must call this.
        here: The condition on this rank.

    Returns:
        The same on all ranks.
    """
    if accelerator.num_processes == 1:
        return here
    flag = torch.tensor(float(here), device=accelerator.device)
    return bool(accelerator.reduce(flag, "sum"))


def signal_on_any_rank(accelerator: Accelerator, signal: Signals | None) -> str | None:
    """Return the name of the signal that a rank has received, at which all stop.

    Args:
        accelerator: The processes, each of which must call this.
        signal: Signal that this rank has received, if any.

    Returns:
        The name, or "a signal" if another rank has received it; None if there was none.
    """
    if not on_any_rank(accelerator, signal is not None):
        return None
    return "a signal" if signal is None else signal.name
