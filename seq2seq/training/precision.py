"""Numerical precision of a training, resolved for its device."""

from __future__ import annotations

import torch

from seq2seq.errors import ConfigError


def resolve_precision(name: str, device: torch.device) -> str:
    """Return fp32, bf16, fp16 or fp64; `auto` is bf16 if the hardware supports it, else fp32.

    Raises:
        ConfigError: If fp16 is asked for on a CPU, which has no fast fp16 products.
    """
    if name == "fp16" and device.type == "cpu":
        raise ConfigError("training.precision fp16 needs a GPU; use bf16, fp32 or auto on a CPU")
    if name != "auto":
        return name
    return "bf16" if _has_bf16(device) else "fp32"


def _has_bf16(device: torch.device) -> bool:
    """Return whether the hardware multiplies matrices in bf16."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type != "cpu":
        return False
    # These functions are private, so a later torch may lack them.
    probes = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
    return any(getattr(torch.cpu, probe, bool)() for probe in probes)
