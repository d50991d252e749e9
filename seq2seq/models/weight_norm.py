"""Weight normalization: the length of each row of a matrix is a parameter of its own.

See Salimans and Kingma (2016).
"""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn
from torch.nn.utils import parametrizations


def normalize_weights(model: nn.Module, *, except_for: nn.Module) -> None:
    """Give each matrix of the recurrent and linear layers a direction and row lengths.

    Embeddings stay as they are: they are looked up, not multiplied with.

    Args:
        model: Changed in place.
        except_for: A layer that stays as it is: the output layer, which may share an embedding.
    """
    for module, name in list(_matrices(model, except_for)):
        parametrizations.weight_norm(module, name, dim=0)


def _matrices(model: nn.Module, except_for: nn.Module) -> Iterator[tuple[nn.Module, str]]:
    for module in model.modules():
        if isinstance(module, nn.RNNBase):
            for name in ("weight_ih_l0", "weight_hh_l0"):
                if getattr(module, name).numel():
                    yield module, name
        elif isinstance(module, nn.Linear) and module is not except_for and module.weight.numel():
            yield module, "weight"
