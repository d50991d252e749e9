"""Binding of the C library in `native/`, with ctypes; native/recurrence.h describes it."""

from __future__ import annotations

import ctypes
import functools
import os
from ctypes import Structure, byref, c_double, c_int, c_int32, c_size_t, c_void_p, sizeof
from pathlib import Path

import torch
from torch import Tensor

FILE = Path(__file__).with_name("libkernels.so")
"""Where the installation puts the library."""

VARIABLE = "SEQ2SEQ_KERNEL_LIBRARY"
"""Environment variable that names another library, such as one with sanitizers, or none ("")."""

VERSION = 1
"""Version of the interface in recurrence.h."""

TYPES = {torch.float32: 0, torch.bfloat16: 1, torch.float64: 2}
"""Number of each type in the library."""


THREAD_OPERATIONS = 1 << 22
"""Number of operations that are worth another thread.

Waiting for a thread takes longer than they do, and much longer if another process has the core.
"""

KINDS = {"the forward pass": 0, "the backward pass": 1, "the loss": 2, "attention": 3}
"""Number of each kind of call in the library."""


class Call(Structure):
    """Arguments of a recurrence: `s2s_recurrence`."""

    _fields_ = [
        *((name, c_int32) for name in ("lstm", "normalized", "reverse", "rows", "steps", "hidden")),
        ("block", c_int32),
        *(
            (name, c_void_p)
            for name in (
                "lengths",
                "inputs",
                "start",
                "start_cell",
                "matrix",
                "input_scale",
                "input_shift",
                "state_scale",
                "state_shift",
                "cell_scale",
                "cell_shift",
                "outputs",
                "products",
                "cells",
                "output_gradient",
                "cell_gradient",
                "input_gradient",
                "product_gradient",
                "start_gradient",
                "start_cell_gradient",
                "sums",
            )
        ),
    ]


class LossCall(Structure):
    """Arguments of a cross-entropy: `s2s_loss`."""

    _fields_ = [
        *((name, c_int32) for name in ("rows", "vocabulary", "block", "gradients")),
        ("smoothing", c_double),
        *((name, c_void_p) for name in ("logits", "targets", "losses", "sums")),
    ]


class AttentionCall(Structure):
    """Arguments of additive attention: `s2s_attention`."""

    _fields_ = [
        *((name, c_int32) for name in ("rows", "steps", "sources", "width", "block", "backward")),
        *(
            (name, c_void_p)
            for name in (
                "queries",
                "keys",
                "weight",
                "scores",
                "query_gradient",
                "key_gradient",
                "sums",
            )
        ),
    ]


AnyCall = Call | LossCall | AttentionCall
"""Arguments of any kind of call."""


class KernelLibrary:
    """The compiled library.

    Args:
        path: The shared library.

    Raises:
        OSError: It cannot be loaded, or is of another version.
    """

    def __init__(self, path: Path) -> None:
        self._library = ctypes.CDLL(str(path.resolve()))
        functions = {
            "s2s_kernels_fit": (c_int, (c_int32, *[c_size_t] * 3, c_int32)),
            "s2s_packed_size": (c_size_t, (c_int32, c_size_t, c_size_t)),
            "s2s_pack": (None, (c_int32, c_void_p, c_size_t, c_size_t, c_int32, c_void_p)),
            "s2s_run": (
                c_int,
                (c_int32, c_int32, c_void_p, c_int32, c_int32, c_int32, c_void_p),
            ),
        }
        for name, (result, arguments) in functions.items():
            try:
                function = getattr(self._library, name)
            except AttributeError:
                raise OSError(f"{path}: it lacks {name}") from None
            function.restype = result
            function.argtypes = arguments
        sizes = map(sizeof, (Call, LossCall, AttentionCall))
        if not self._library.s2s_kernels_fit(VERSION, *sizes, TYPES[torch.float64]):
            raise OSError(f"{path}: it is of another version")

    def supports(self, dtype: torch.dtype) -> bool:
        """Return whether there are kernels of a type for this processor and number of threads."""
        fits = self._library.s2s_kernels_fit
        sizes = map(sizeof, (Call, LossCall, AttentionCall))
        has_threads = torch.get_num_threads() == 1 or _parallel() is not None
        return has_threads and dtype in TYPES and bool(fits(VERSION, *sizes, TYPES[dtype]))

    def pack(self, matrix: Tensor, dtype: torch.dtype, *, transposed: bool) -> Tensor:
        """Pack a matrix for products.

        Args:
            matrix: Matrix (outputs, inputs), or (inputs, outputs) if `transposed`.
            dtype: Type of the products.
            transposed: The first dimension is that of the inputs.

        Returns:
            The packed matrix, as bytes.
        """
        outputs, inputs = reversed(matrix.shape) if transposed else matrix.shape
        size = self._library.s2s_packed_size(TYPES[dtype], inputs, outputs)
        packed = torch.empty(size, dtype=torch.uint8)
        self._library.s2s_pack(
            TYPES[dtype],
            matrix.data_ptr(),
            inputs,
            outputs,
            transposed,
            packed.data_ptr(),
        )
        return packed

    def run(self, kind: str, call: AnyCall, dtype: torch.dtype, operations: int) -> None:
        """Compute all rows of a call, on the threads that PyTorch uses if there is enough work.

        Args:
            kind: A name in `KINDS`.
            call: The arguments.
            dtype: Type of inputs and products.
            operations: Number of multiplications, about.

        Raises:
            MemoryError: There is not enough memory.
        """
        done = self._library.s2s_run(
            KINDS[kind],
            TYPES[dtype],
            byref(call),
            call.rows,
            call.block,
            min(torch.get_num_threads(), 1 + operations // THREAD_OPERATIONS),
            _parallel(),
        )
        if not done:
            raise MemoryError(f"not enough memory for {kind}")


@functools.cache
def _parallel() -> int | None:
    """Return the address of GOMP_parallel in PyTorch's OpenMP; None if it has another."""
    for path in sorted((Path(torch.__file__).parent / "lib").glob("libgomp*.so*")):
        try:
            return ctypes.cast(ctypes.CDLL(str(path)).GOMP_parallel, c_void_p).value
        except (OSError, AttributeError):
            continue
    return None


@functools.cache
def load_library() -> KernelLibrary | None:
    """Return the library; None if there is none that this version can use."""
    path = os.environ.get(VARIABLE, str(FILE))
    if not path or not Path(path).is_file():
        return None
    try:
        return KernelLibrary(Path(path))
    except OSError:
        return None
