"""Linear maps with narrow weights, for decoding: bfloat16 or int8.

A decoder step reads every one of its weights, so that fewer bytes are more speed; int8 products are
several times as fast besides, where the processor has an instruction for them (VNNI). All that is
not a product stays in float32.

How a matrix becomes int8 is here too, for those who keep it so (`to_int8`, `from_int8`, `matrices`).
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrize import ParametrizationList


class OutputLayer(Protocol):
    """A linear map that can be cut down to some of its outputs."""

    def __call__(self, x: Tensor) -> Tensor: ...

    def rows(self, ids: Tensor) -> OutputLayer:
        """The map to the outputs `ids` alone."""
        ...


class MakeLinear(Protocol):
    """Makes a map of a weight (N, K) and a bias (N,) or None."""

    def __call__(self, weight: Tensor, bias: Tensor | None) -> nn.Module: ...


class Linear(nn.Linear):
    """torch's linear map, as an OutputLayer."""

    def rows(self, ids: Tensor) -> Linear:
        """The map to the outputs `ids` alone, for decoding."""
        part = Linear(1, 1, device="meta")
        part.weight = nn.Parameter(self.weight[ids], requires_grad=False)
        part.bias = nn.Parameter(self.bias[ids], requires_grad=False)
        return part


class BFloat16Linear(nn.Module):
    """x W + b with W (N, K), x (…, K) and their product rounded to bfloat16, the sum with b in
    float32.

    Where the product is rounded hangs on how it was cut up, and so, now and then, on the batch.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        self.weight = weight.detach().to(
            torch.bfloat16
        )  # no buffers: torch finds a plain attribute sooner
        self.bias = None if bias is None else bias.detach().float()

    def forward(self, x: Tensor) -> Tensor:
        y = F.linear(x.to(torch.bfloat16), self.weight).float()
        return y if self.bias is None else y.add_(self.bias)

    def rows(self, ids: Tensor) -> BFloat16Linear:
        """The map to the outputs `ids` alone."""
        return BFloat16Linear(self.weight[ids], None if self.bias is None else self.bias[ids])


class Int8Linear(nn.Module):
    """x W + b with W (N, K) in int8, one scale for each output, and x (…, K) too, one scale for
    each row.

    Sums of integers are exact and no row's scale depends on the others: neither does a row's
    result."""

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        assert weight.shape[1] > 1, "torch's product of integers is wrong for a single column"
        whole, largest = to_int8(weight)
        bias = largest.new_zeros(len(largest)) if bias is None else bias.detach().float()
        self._set(whole, largest / 127 / 127, bias)

    def _set(self, weight: Tensor, scale: Tensor, bias: Tensor) -> None:
        self.weight = weight  # no buffers: torch finds a plain attribute sooner
        self.matrix = weight.t()
        self.scale = scale  # of an output, for a row whose largest is 1
        self.bias = bias

    def forward(self, x: Tensor) -> Tensor:
        flat = x if x.dim() == 2 else x.reshape(-1, x.shape[-1])
        largest = flat.abs().amax(1, keepdim=True).clamp_min_(1e-30)
        rounded = flat.div(largest).mul_(127).round_().to(torch.int8)
        y = torch.addcmul(self.bias, torch._int_mm(rounded, self.matrix) * largest, self.scale)
        return y if x.dim() == 2 else y.view(*x.shape[:-1], -1)

    def rows(self, ids: Tensor) -> Int8Linear:
        """The map to the outputs `ids` alone."""
        part = object.__new__(Int8Linear)
        nn.Module.__init__(part)
        part._set(self.weight.index_select(0, ids), self.scale[ids], self.bias[ids])
        return part


def to_int8(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """A matrix (N, K) as int8, each row in steps of 1/127 of its largest number, and these (N,),
    float32."""
    matrix = matrix.detach().float()
    largest = matrix.abs().amax(1).clamp_min(1e-30)
    return (matrix / (largest / 127).unsqueeze(1)).round().to(torch.int8), largest


def from_int8(whole: Tensor, largest: Tensor) -> Tensor:
    """The matrix (N, K), float32, that `to_int8` gives these for.

    In doubles, so that each row's largest number is again what it was to the bit: to round once
    more changes nothing."""
    return (whole.double() * (largest.double() / 127).unsqueeze(1)).float()


def matrices(model: nn.Module) -> list[nn.Parameter]:
    """The matrices of linear maps, recurrent layers and embeddings: all but a few of the
    weights."""
    kinds = nn.Linear | nn.RNNBase | nn.Embedding | ParametrizationList
    modules = [module for module in model.modules() if isinstance(module, kinds)]
    weights = [weight for module in modules for weight in module.parameters(recurse=False)]
    return [weight for weight in weights if weight.dim() == 2 and weight.shape[1] > 1]


def exact_integers() -> bool:
    """Whether the processor's products of int8 are there and exact: some add up in 16 bits, which
    overflow."""
    ones = torch.ones(4, 64, dtype=torch.int8)
    try:
        return bool((torch._int_mm(ones * 127, ones.t() * -127) == -64 * 127**2).all())
    except RuntimeError:
        return False


DTYPES: dict[str, MakeLinear] = {"bf16": BFloat16Linear, "int8": Int8Linear}
"""The narrow types by name; fp32 is the model as it is."""


def quantized_linear(linear: nn.Module, make: MakeLinear) -> nn.Module:
    """What `make` makes of a linear layer."""
    assert isinstance(linear, nn.Linear)
    return make(linear.weight, linear.bias)
