"""Recurrence of a GRU or an LSTM over a batch of sequences: one operation for all steps.

A step is

    a = N(inputs[t]),  u = N(W h[t - 1]),  gates of a + u

as in seq2seq/models/cells/gates.py. N is a layer normalization of each gate, or nothing; then u has
a bias. In bfloat16, inputs, outputs and products are rounded, and everything else is in float32.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from seq2seq.kernels.library import Call, KernelLibrary, load_library

WIDTH_MULTIPLE = 16
"""The width of the state must be a multiple of it."""

MOST_ROWS = 64
"""Maximum number of rows that a thread computes together: their state stays in its cache."""

ROW_MULTIPLE = 8
"""Number of rows that a product has together."""


@dataclass(frozen=True)
class Norms:
    """Parameters of layer normalization, for G = gates * H contributions to the gates.

    Attributes:
        input_scale: Scale of the contributions of the input (G,).
        input_shift: Their shift (G,).
        state_scale: Scale of the contributions of the state (G,).
        cell_scale: Scale of the cell of an LSTM (H,).
        cell_shift: Its shift (H,).
    """

    input_scale: Tensor
    input_shift: Tensor
    state_scale: Tensor
    cell_scale: Tensor | None = None
    cell_shift: Tensor | None = None


def supports(dtype: torch.dtype, device: torch.device, hidden_size: int) -> bool:
    """Return whether there is a kernel.

    Args:
        dtype: Type of the inputs.
        device: Device of the inputs.
        hidden_size: Width H of the state.

    Returns:
        True if `recurrence` can be called.
    """
    if device.type != "cpu" or hidden_size % WIDTH_MULTIPLE:
        return False
    library = load_library()
    return library is not None and library.supports(dtype)


def recurrence(
    inputs: Tensor,
    state: tuple[Tensor, ...],
    weight: Tensor,
    *,
    norms: Norms | None = None,
    bias: Tensor | None = None,
    lengths: Tensor | None = None,
    reverse: bool = False,
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Compute all steps of a GRU (a state of one part) or an LSTM (of two parts).

    Args:
        inputs: Contributions of the input to the gates (N, T, G), with G = 3 H for a GRU and 4 H
            for an LSTM, before normalization.
        state: State before the first step, tensors (N, H).
        weight: Recurrent matrix W (G, H).
        norms: Parameters of layer normalization; None for a cell without.
        bias: Bias of the contributions of the state (G,), for a cell without normalization.
        lengths: Number of positions of each row (N,); None if all have T. Outputs after the end of
            a row are 0.
        reverse: Begin each row at its last position; with `lengths`, the state must be 0.

    Returns:
        The outputs (N, T, H) in the type of the inputs, and the state after the last step. With
        `lengths` or `reverse`, that state is meaningless.
    """
    wide = torch.promote_types(inputs.dtype, torch.float32)
    lstm = len(state) > 1
    parameters: list[Tensor | None] = [None, None, None, bias, None, None]
    if norms is not None:
        parameters = [norms.input_scale, norms.input_shift, norms.state_scale, None]
        parameters += [norms.cell_scale, norms.cell_shift]
    outputs, cells, _ = torch.ops.seq2seq.recurrence(
        inputs,
        state[0].to(wide),
        state[1].to(wide) if lstm else None,
        weight.to(wide),
        *(None if part is None else part.to(wide) for part in parameters),
        lengths,
        reverse,
        torch.is_grad_enabled(),
    )
    last = (outputs[:, -1].to(wide), cells[:, -1]) if lstm else (outputs[:, -1].to(wide),)
    return outputs, last


def _library() -> KernelLibrary:
    library = load_library()
    assert library is not None, "there are no kernels; ask `supports` first"
    return library


def _block(rows: int) -> int:
    """Return the number of rows that a thread computes together."""
    share = -(-rows // torch.get_num_threads())
    return min(MOST_ROWS, -(-share // ROW_MULTIPLE) * ROW_MULTIPLE)


def _call(
    inputs: Tensor, hidden: int, *, lstm: bool, normalized: bool, reverse: bool, **tensors: Tensor
) -> Call:
    """Describe a call; `tensors` are its pointers by name, and must be contiguous."""
    rows, steps = inputs.shape[:2]
    call = Call(
        lstm=lstm,
        normalized=normalized,
        reverse=reverse,
        rows=rows,
        steps=steps,
        hidden=hidden,
        block=_block(rows),
    )
    for name, tensor in {"inputs": inputs, **tensors}.items():
        assert tensor.is_contiguous(), name
        setattr(call, name, tensor.data_ptr())
    return call


def _named(
    start: Tensor,
    start_cell: Tensor | None,
    parameters: tuple[Tensor | None, ...],
    lengths: Tensor | None,
) -> dict[str, Tensor]:
    """Return the tensors that a call reads, by name; only those that there are."""
    names = ("input_scale", "input_shift", "state_scale", "state_shift", "cell_scale", "cell_shift")
    found: dict[str, Tensor | None] = {"start": start, "start_cell": start_cell, "lengths": lengths}
    found |= dict(zip(names, parameters, strict=True))
    return {name: part.contiguous() for name, part in found.items() if part is not None}


@torch.library.custom_op("seq2seq::recurrence", mutates_args=(), device_types="cpu")
def _forward(
    inputs: Tensor,
    start: Tensor,
    start_cell: Tensor | None,
    weight: Tensor,
    input_scale: Tensor | None,
    input_shift: Tensor | None,
    state_scale: Tensor | None,
    state_shift: Tensor | None,
    cell_scale: Tensor | None,
    cell_shift: Tensor | None,
    lengths: Tensor | None,
    reverse: bool,
    keep: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    """Return outputs (N, T, H), cells (N, T, H) and, if kept for backward, products (N, T, G)."""
    library = _library()
    rows, steps, width = inputs.shape
    hidden = start.shape[1]
    inputs = inputs.contiguous()
    parameters = (input_scale, input_shift, state_scale, state_shift, cell_scale, cell_shift)
    tensors = _named(start, start_cell, parameters, lengths)
    tensors["matrix"] = library.pack(weight.contiguous(), inputs.dtype, transposed=False)
    outputs = inputs.new_empty(rows, steps, hidden)
    cells = start.new_empty((rows, steps, hidden) if start_cell is not None else 0)
    products = inputs.new_empty((rows, steps, width) if keep else 0)
    tensors["outputs"] = outputs
    if start_cell is not None:
        tensors["cells"] = cells
    if keep:
        tensors["products"] = products
    call = _call(
        inputs,
        hidden,
        lstm=start_cell is not None,
        normalized=input_scale is not None,
        reverse=reverse,
        **tensors,
    )
    library.run("the forward pass", call, inputs.dtype, inputs.numel() * hidden)
    return outputs, cells, products


@_forward.register_fake
def _(
    inputs: Tensor,
    start: Tensor,
    start_cell: Tensor | None,
    *others: object,
) -> tuple[Tensor, Tensor, Tensor]:
    rows, steps, width = inputs.shape
    hidden = start.shape[1]
    keep = others[-1]
    return (
        inputs.new_empty(rows, steps, hidden),
        start.new_empty((rows, steps, hidden) if start_cell is not None else 0),
        inputs.new_empty((rows, steps, width) if keep else 0),
    )


@torch.library.custom_op("seq2seq::recurrence_backward", mutates_args=(), device_types="cpu")
def _backward(
    output_gradient: Tensor,
    cell_gradient: Tensor | None,
    inputs: Tensor,
    start: Tensor,
    start_cell: Tensor | None,
    weight: Tensor,
    input_scale: Tensor | None,
    input_shift: Tensor | None,
    state_scale: Tensor | None,
    state_shift: Tensor | None,
    cell_scale: Tensor | None,
    cell_shift: Tensor | None,
    lengths: Tensor | None,
    outputs: Tensor,
    cells: Tensor,
    products: Tensor,
    reverse: bool,
) -> list[Tensor]:
    """Return the gradients of inputs, start, start_cell, weight and the six parameters."""
    library = _library()
    hidden = start.shape[1]
    width = inputs.shape[2]
    inputs = inputs.contiguous()
    parameters = (input_scale, input_shift, state_scale, state_shift, cell_scale, cell_shift)
    tensors = _named(start, start_cell, parameters, lengths)
    tensors |= {"outputs": outputs, "products": products}
    tensors["matrix"] = library.pack(weight.contiguous(), inputs.dtype, transposed=True)
    tensors["output_gradient"] = output_gradient.contiguous()
    input_gradient = torch.empty_like(inputs)
    product_gradient = torch.empty_like(inputs)
    start_gradient = torch.empty_like(start, memory_format=torch.contiguous_format)
    start_cell_gradient = torch.empty_like(start_gradient)
    tensors |= {"input_gradient": input_gradient, "product_gradient": product_gradient}
    tensors["start_gradient"] = start_gradient
    if start_cell is not None:
        tensors |= {"cells": cells, "start_cell_gradient": start_cell_gradient}
    if cell_gradient is not None:
        tensors["cell_gradient"] = cell_gradient.contiguous()
    blocks = -(-len(inputs) // _block(len(inputs)))
    sums = start.new_zeros(blocks, 3 * width + 2 * hidden)
    call = _call(
        inputs,
        hidden,
        lstm=start_cell is not None,
        normalized=input_scale is not None,
        reverse=reverse,
        sums=sums,
        **tensors,
    )
    library.run("the backward pass", call, inputs.dtype, inputs.numel() * hidden)
    first = start.to(outputs.dtype).unsqueeze(1)
    before = [outputs[:, 1:], first] if reverse else [first, outputs[:, :-1]]
    weight_gradient = product_gradient.flatten(0, 1).t() @ torch.cat(before, 1).flatten(0, 1)
    scales = torch.split(sums.sum(0), [width, width, width, hidden, hidden])
    of_input_scale, of_input_shift, of_state, of_cell_scale, of_cell_shift = scales
    return [
        input_gradient,
        start_gradient,
        start_cell_gradient,
        weight_gradient.to(weight.dtype),
        *(part.clone() for part in (of_input_scale, of_input_shift, of_state)),
        of_state.clone(),
        of_cell_scale.clone(),
        of_cell_shift.clone(),
    ]


@_backward.register_fake
def _(
    output_gradient: Tensor,
    cell_gradient: Tensor | None,
    inputs: Tensor,
    start: Tensor,
    start_cell: Tensor | None,
    weight: Tensor,
    *others: object,
) -> list[Tensor]:
    width = inputs.shape[2]
    hidden = start.shape[1]
    sums = [start.new_empty(size) for size in (width, width, width, width, hidden, hidden)]
    states = [torch.empty_like(start), torch.empty_like(start)]
    return [torch.empty_like(inputs), *states, torch.empty_like(weight), *sums]


def _remember(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor, Tensor]) -> None:
    """Keep what the backward pass reads."""
    *tensors, reverse, _ = inputs
    ctx.reverse = reverse
    ctx.save_for_backward(*tensors, *output)
    ctx.set_materialize_grads(False)


def _gradients(
    ctx: Any, output_gradient: Tensor | None, cell_gradient: Tensor | None, _: Tensor | None
) -> tuple[Tensor | None, ...]:
    """Return a gradient for each argument of the forward operation."""
    tensors = ctx.saved_tensors
    outputs = tensors[-3]
    if output_gradient is None:
        output_gradient = torch.zeros_like(outputs)
    found = torch.ops.seq2seq.recurrence_backward(
        output_gradient, cell_gradient, *tensors, ctx.reverse
    )
    # The tensors before the lengths are the ones that have gradients, in the same order.
    given = [part is not None for part in tensors[: len(found)]]
    gradients = [part if there else None for part, there in zip(found, given, strict=True)]
    return *gradients, None, None, None


_forward.register_autograd(_gradients, setup_context=_remember)
