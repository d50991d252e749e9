"""Gradient norm of each layer, which shows the parts of a network that learn fast or not at all."""

from __future__ import annotations

import re

import torch
from torch import Tensor, nn

_PARAMETRIZED = re.compile(r"\.parametrizations\.(\w+)\..*")
_LAYER = re.compile(r"\w+(?:\.\w+(?:\.\d+)?(?=\.))?")


def norms_by_layer(model: nn.Module) -> dict[str, float]:
    """Return the gradient norm of each layer that has a gradient, after a backward pass.

    The square root of their summed squares is the norm of the whole gradient. A layer is named
    after its place in the model: "encoder.embedding", "decoder.cells.0" or "output". Layers that
    share a weight count as one; its name joins the last parts of theirs: "embedding+output".
    """
    layers = _layers(model)
    gradients: dict[str, list[Tensor]] = {}
    for name, weight in model.named_parameters():
        if weight.grad is not None:
            gradients.setdefault(layers[_layer(name)], []).append(weight.grad)
    if not gradients:
        return {}
    norms = torch.stack([nn.utils.get_total_norm(tensors) for tensors in gradients.values()])
    return dict(zip(gradients, norms.tolist(), strict=True))


def _layer(name: str) -> str:
    """Return the layer of a parameter: the first two parts of its name and the next if a number."""
    found = _LAYER.match(_PARAMETRIZED.sub(r".\1", name))
    assert found, name
    return found[0]


def _layers(model: nn.Module) -> dict[str, str]:
    """Map each layer to its name in the result; layers that share a weight share a name."""
    owners: dict[int, list[str]] = {}
    layers: dict[str, str] = {}
    for name, weight in model.named_parameters(remove_duplicate=False):
        layer = _layer(name)
        layers.setdefault(layer, layer)
        if layer not in owners.setdefault(id(weight), []):
            owners[id(weight)].append(layer)
    for tied in owners.values():
        if len(tied) > 1:
            together = "+".join(dict.fromkeys(layer.rpartition(".")[2] for layer in tied))
            layers.update(dict.fromkeys(tied, together))
    return layers
