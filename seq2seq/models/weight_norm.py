"""Weight normalisation: the length of each row of a matrix is a parameter of its own (Salimans and
Kingma 2016)."""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn
from torch.nn.utils import parametrizations


def normalize_weights(model: nn.Module, spare: nn.Module) -> None:
    """Give each matrix of the recurrent and linear layers a direction and lengths; `spare` one
    layer, the output's.

    Embeddings are looked up, not multiplied with, and the output layer may share theirs.
    """
    for module, name in list(_matrices(model, spare)):
        parametrizations.weight_norm(module, name, dim=0)


def _matrices(model: nn.Module, spare: nn.Module) -> Iterator[tuple[nn.Module, str]]:
    for module in model.modules():
        if isinstance(module, nn.RNNBase):
            yield from (
                (module, name)
                for name in ("weight_ih_l0", "weight_hh_l0")
                if getattr(module, name).numel()
            )
        elif isinstance(module, nn.Linear) and module is not spare and module.weight.numel():
            yield module, "weight"
