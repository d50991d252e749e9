"""Linear maps with weights in int8 or bfloat16, for decoding.

A decoder step loads each of its weights once, so fewer bytes mean more speed. On processors with an
instruction for int8 products (VNNI), these are also several times as fast. Everything other than
products stays in float32.

`quantize_modules` replaces the linear maps of a module. `to_int8`, `from_int8` and `matrices` are
for weights that are stored in int8.

In plain code: `int8_linear` in docs/learn/plain.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrize import ParametrizationList, type_before_parametrizations

MakeLinear = Callable[[Tensor, Tensor | None], nn.Module]
"""Function that creates a linear map from a weight (N, K) and a bias (N,) or None."""


class OutputLayer(Protocol):
    """Linear map that can be restricted to some of its outputs."""

    def __call__(self, x: Tensor) -> Tensor: ...

    def rows(self, ids: Tensor) -> OutputLayer:
        """Return the map restricted to the outputs `ids` (K,)."""
        ...


@runtime_checkable
class QuantizesItself(Protocol):
    """Module that replaces its linear maps itself.

    This is needed if weights do not belong to an `nn.Linear`, or if `forward` uses the weights of
    an `nn.Linear` without calling it.
    """

    def quantize_weights(self, make: MakeLinear) -> None:
        """Replace the linear maps of this module and its children.

        Args:
            make: Creates a map from a weight and a bias; see `DTYPES`.
        """
        ...


class Linear(nn.Linear):
    """`nn.Linear` as an OutputLayer."""

    def rows(self, ids: Tensor) -> Linear:
        """Return the map restricted to the outputs `ids` (K,), for decoding."""
        part = Linear(1, 1, device="meta")
        part.weight = nn.Parameter(self.weight[ids], requires_grad=False)
        part.bias = nn.Parameter(self.bias[ids], requires_grad=False)
        return part


class BFloat16Linear(nn.Module):
    """Linear map with weight (N, K), input (…, K) and product in bfloat16, and bias in float32.

    Rounding depends on the tiling of the product, so results may vary with the batch.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        # Plain attributes instead of buffers: torch finds them sooner.
        self.weight = weight.detach().to(torch.bfloat16)
        self.bias = None if bias is None else bias.detach().float()

    def forward(self, x: Tensor) -> Tensor:
        y = F.linear(x.to(torch.bfloat16), self.weight).float()
        return y if self.bias is None else y.add_(self.bias)

    def rows(self, ids: Tensor) -> BFloat16Linear:
        """Return the map restricted to the outputs `ids` (K,)."""
        return BFloat16Linear(self.weight[ids], None if self.bias is None else self.bias[ids])


class Int8Linear(nn.Module):
    """Linear map in int8: weight (N, K) with a scale per output, input (…, K) with a scale per row.

    Sums of integers are exact, and the scale of a row does not depend on other rows, so the result
    for a row does not depend on its batch.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        assert weight.shape[1] > 1, "torch's int8 product is wrong for a single column"
        integers, absmax = to_int8(weight)
        bias = absmax.new_zeros(len(absmax)) if bias is None else bias.detach().float()
        self._set(integers, absmax / 127 / 127, bias)

    def _set(self, weight: Tensor, scale: Tensor, bias: Tensor) -> None:
        # Plain attributes instead of buffers: torch finds them sooner.
        self.weight = weight
        self.matrix = weight.t()
        self.scale = scale  # per output, for an input row with a maximum of 1
        self.bias = bias

    def forward(self, x: Tensor) -> Tensor:
        flat = x if x.dim() == 2 else x.reshape(-1, x.shape[-1])
        absmax = flat.abs().amax(1, keepdim=True).clamp_min_(1e-30)
        integers = flat.div(absmax).mul_(127).round_().to(torch.int8)
        y = torch.addcmul(self.bias, torch._int_mm(integers, self.matrix) * absmax, self.scale)
        return y if x.dim() == 2 else y.view(*x.shape[:-1], -1)

    def rows(self, ids: Tensor) -> Int8Linear:
        """Return the map restricted to the outputs `ids` (K,)."""
        part = object.__new__(Int8Linear)
        nn.Module.__init__(part)
        part._set(self.weight.index_select(0, ids), self.scale[ids], self.bias[ids])
        return part


DTYPES: dict[str, MakeLinear] = {"bf16": BFloat16Linear, "int8": Int8Linear}
"""Quantized linear maps by dtype. "fp32" needs none."""


def quantize_modules(module: nn.Module, make: MakeLinear) -> None:
    """Replace every linear map within a module, for decoding.

    A module with its own method (`QuantizesItself`) is quantized by that method.

    Args:
        module: Any module that is not itself a linear map; changed in place.
        make: Creates a map from a weight and a bias; see `DTYPES`.
    """
    if isinstance(module, QuantizesItself):
        module.quantize_weights(make)
    else:
        quantize_children(module, make)


def quantize_children(module: nn.Module, make: MakeLinear) -> None:
    """Replace every linear map within a module, ignoring its own `quantize_weights`.

    A subclass of `nn.Linear` is not replaced, because it may compute something else.
    """
    for name, child in list(module.named_children()):
        if type_before_parametrizations(child) is nn.Linear:
            assert isinstance(child, nn.Linear)
            setattr(module, name, quantized_map(child.weight, child.bias, make))
        else:
            quantize_modules(child, make)


def quantized_map(weight: Tensor, bias: Tensor | None, make: MakeLinear) -> nn.Module:
    """Create a quantized map, or an `nn.Linear` if the weight has a single row or column.

    So few weights are not worth rounding, and torch's int8 product is wrong for a single column.
    """
    if min(weight.shape) > 1:
        return make(weight, bias)
    linear = nn.Linear(1, 1, bias=bias is not None, device="meta")
    linear.weight = nn.Parameter(weight.detach(), requires_grad=False)
    if bias is not None:
        linear.bias = nn.Parameter(bias.detach(), requires_grad=False)
    return linear


def to_int8(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Round a matrix to int8, each row in steps of 1/127 of its largest absolute value.

    Args:
        matrix: Floating-point matrix (N, K).

    Returns:
        The integers (N, K), and the largest absolute value of each row (N,) in float32.
    """
    matrix = matrix.detach().float()
    absmax = matrix.abs().amax(1).clamp_min(1e-30)
    return (matrix / (absmax / 127).unsqueeze(1)).round().to(torch.int8), absmax


def from_int8(integers: Tensor, absmax: Tensor) -> Tensor:
    """Restore a matrix that `to_int8` has rounded.

    It is computed in float64, so the largest value of each row is identical to the original to the
    bit, and rounding again changes nothing.

    Args:
        integers: Rounded matrix (N, K).
        absmax: Largest absolute value of each row (N,).

    Returns:
        The matrix (N, K) in float32.
    """
    return (integers.double() * (absmax.double() / 127).unsqueeze(1)).float()


def matrices(model: nn.Module) -> list[nn.Parameter]:
    """Return the matrices of linear maps, recurrent layers and embeddings, nearly all weights."""
    kinds = nn.Linear | nn.RNNBase | nn.Embedding | ParametrizationList
    modules = [module for module in model.modules() if isinstance(module, kinds)]
    weights = [weight for module in modules for weight in module.parameters(recurse=False)]
    return [weight for weight in weights if weight.dim() == 2 and weight.shape[1] > 1]


def exact_integers() -> bool:
    """Return whether int8 products are exact; on some processors, 16-bit sums overflow."""
    ones = torch.ones(4, 64, dtype=torch.int8)
    try:
        return bool((torch._int_mm(ones * 127, ones.t() * -127) == -64 * 127**2).all())
    except RuntimeError:
        return False
