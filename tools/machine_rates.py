"""Description of a machine, with its measured matrix rate and memory bandwidth."""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch

TORCH_TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


def matrix_rate(dtype: str, device: str = "cpu", size: int = 2048, repeats: int = 7) -> float:
    """Return operations per second of a product of square matrices, the median of several."""
    a, b = (torch.randn(size, size, device=device).to(TORCH_TYPES[dtype]) for _ in range(2))
    return 2 * size**3 / _median_seconds(lambda: a @ b, device, repeats)


def bandwidth(device: str = "cpu", bytes: int = 1 << 28, repeats: int = 7) -> float:
    """Return bytes per second of a sum over more memory than any cache, the median of several."""
    x = torch.ones(bytes // 4, device=device)
    return bytes / _median_seconds(x.sum, device, repeats)


def _median_seconds(work: Callable[[], object], device: str, repeats: int) -> float:
    seconds = []
    for _ in range(repeats + 2):
        began = time.perf_counter()
        work()
        if device != "cpu":
            torch.cuda.synchronize(device)
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds[2:])


def machine(device: str = "cpu") -> str:
    """Return the processor or GPU, its low-precision units, and the torch and Python versions."""
    if device != "cpu":
        name = torch.cuda.get_device_name(device)
    else:
        found = [
            line
            for line in _read("/proc/cpuinfo").splitlines()
            if line.startswith(("model name", "flags"))
        ]
        words = " ".join(found).split()
        units = [
            unit for unit in ("amx_bf16", "avx512_bf16", "avx512_vnni", "avx2") if unit in words
        ]
        model = found[0].partition(":")[2].strip() if found else platform.processor()
        name = f"{model} ({', '.join(units)})"
    return f"{name}; torch {torch.__version__}, Python {platform.python_version()}"


def processor_kind() -> str:
    """Return the processor's maker, family and model, the vectors PyTorch uses, and its version."""
    fields = dict.fromkeys(("vendor_id", "cpu family", "model"), "?")
    for line in reversed(_read("/proc/cpuinfo").splitlines()):
        name, _, value = line.partition(":")
        if name.strip() in fields:
            fields[name.strip()] = value.strip()
    vectors = torch.backends.cpu.get_cpu_capability()
    version = ".".join(torch.__version__.split(".")[:2])
    maker, family, model = fields.values()
    return f"{maker} family {family} model {model}, {vectors}, torch {version}"


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""
