"""Weight normalization: a separate parameter for the length of each row of a matrix.

See Salimans and Kingma (2016).
"""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn
from torch.nn.utils import parametrizations


def normalize_weights(model: nn.Module, *, except_for: nn.Module) -> None:
    """Parametrize the matrices of recurrent and linear layers by directions and row lengths.

    Embeddings are not normalized, because they are looked up and not multiplied with.

    Args:
        model: Changed in place.
        except_for: Layer to leave out: the output layer, whose weight may be that of an embedding.
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
