"""Choice of the device to compute on."""

from __future__ import annotations

import glob
import importlib.util

AUTO = "auto"

_GPU_FILES = ("/dev/nvidia[0-9]*", "/dev/nvidiactl", "/dev/kfd", "/dev/dxg")
"""Paths of devices; a computer with a GPU has at least one of them."""


def resolve_device(name: str) -> str:
    """Return the device that a name means: of "auto", a GPU if there is one, else the CPU.

    PyTorch is only imported if the computer has a GPU.

    Args:
        name: Name of a device, or "auto".
    """
    if name != AUTO:
        return name
    if not any(glob.glob(pattern) for pattern in _GPU_FILES):
        return "cpu"
    if importlib.util.find_spec("torch") is None:
        return "cpu"
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
