"""Model directories on disk: configuration, tokenizers and weights (see `names`).

A run directory is itself a model directory, with its best weights at the top; a quantized one keeps
its matrices as int8. Files are replaced whole, so that a reader never finds half of one. A missing
or damaged file is a CheckpointError that names it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from seq2seq.errors import CheckpointError
from seq2seq.model_directory.description import ModelDescription, describe
from seq2seq.model_directory.identity import identity
from seq2seq.model_directory.names import CONFIG, WEIGHTS
from seq2seq.models.classifier import ClassifierNetwork
from seq2seq.models.describer import DescriberNetwork
from seq2seq.models.language_model import LanguageModelNetwork
from seq2seq.models.model import Seq2SeqModel, build_model
from seq2seq.models.quantization import from_int8, matrices, to_int8
from seq2seq.runtime.atomic_file import atomic_write
from seq2seq.runtime.saved_file import reading_tensors

ABSMAX = ".absmax"
"""Suffix of the name of the scales of an int8 matrix (N, K): the largest absolute value per row,
(N,), float32."""


_TYPES = {torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int8}
"""Types that weights may have in their file; see WEIGHT_TYPES."""


Network = TypeVar(
    "Network", Seq2SeqModel, LanguageModelNetwork, ClassifierNetwork, DescriberNetwork
)


@dataclasses.dataclass(frozen=True)
class LoadedModel(ModelDescription):
    """Content of a model directory.

    Attributes:
        model: The model, in float32.
    """

    model: Seq2SeqModel


def load_model(
    directory: str | Path, *, device: torch.device | str = "cpu", verify: bool = False
) -> LoadedModel:
    """Read a model directory.

    Args:
        directory: Path of the directory.
        device: Where to put the model.
        verify: Check all files against the manifest even if they have been verified before.

    Returns:
        The model, in eval mode, with its configuration and tokenizers.

    Raises:
        CheckpointError: A file is missing, damaged or of another model.
    """
    return load_described(describe(Path(directory), verify=verify), device=device)


def load_described(
    described: ModelDescription, *, device: torch.device | str = "cpu"
) -> LoadedModel:
    """Read the weights of a model directory that `describe` has read; see `load_model`."""
    config = described.config
    tokenizers = described.tokenizers

    def build() -> Seq2SeqModel:
        return build_model(config.model, tokenizers.source_size, tokenizers.target_size)

    parts = (described.directory, config, tokenizers, described.dtypes)
    return LoadedModel(*parts, load_network(described, build, device=device))


def load_network(
    described: ModelDescription, build: Callable[[], Network], *, device: torch.device | str = "cpu"
) -> Network:
    """Build a network and read its weights from a model directory that `describe` has read.

    Args:
        described: The directory.
        build: Builds the network, which has `identity` and `tie_weights`.
        device: Where to put the network.

    Returns:
        The network, in eval mode.

    Raises:
        CheckpointError: The weights are missing, damaged or of another model.
    """
    # Initial values would be thrown away: the weights replace them.
    with torch.device("meta"):
        network = build()
    network.identity = identity(described.config, described.tokenizers)
    load_weights(network, described.directory / WEIGHTS)
    network.tie_weights(described.config.model.weight_tying)  # since loading has untied them
    return network.to(device).eval()


def save_weights(model: nn.Module, path: Path, *, quantized: bool = False) -> None:
    """Write the weights of a model, and its identity if it has one; tied weights are written once.

    Args:
        model: The model.
        path: File to write.
        quantized: Write matrices as int8.
    """
    save_tensors(
        weight_tensors(model, quantized=quantized), path, metadata=getattr(model, "identity", {})
    )


def weight_tensors(model: nn.Module, *, quantized: bool = False) -> dict[str, Tensor]:
    """Return the weights of a model as a file keeps them; tied weights occur once.

    Args:
        model: The model.
        quantized: Round matrices to int8.
    """
    state = model.state_dict(keep_vars=True)
    to_round = {id(matrix) for matrix in matrices(model)} if quantized else set()
    tensors: dict[str, Tensor] = {}
    for name in map(min, _names(model)):
        tensors[name] = state[name]
        if id(state[name]) in to_round:
            tensors[name], tensors[name + ABSMAX] = to_int8(state[name])
    return tensors


def load_weights(model: nn.Module, path: Path) -> bool:
    """Read weights into a model of the same shape.

    A model on the meta device gets storage of its own, on the CPU.

    Args:
        model: The model to fill.
        path: File to read.

    Returns:
        True if the file is quantized.

    Raises:
        CheckpointError: The file is missing or damaged, or its weights do not fit or are not
            finite.
    """
    kept = load_tensors(path)
    tensors = _dequantized(kept, path)
    check_values(kept, path)
    expected = model.state_dict()
    for name, value in tensors.items():
        if name not in expected or expected[name].shape != value.shape:
            raise CheckpointError(
                f"{path}: does not match {CONFIG}: it holds {name} of shape {list(value.shape)}"
            )
    for names in _names(model):
        if not tensors.keys() & set(names):
            raise CheckpointError(f"{path}: does not match {CONFIG}: it lacks {names[0]}")
    unfilled = any(value.is_meta for value in expected.values())
    if unfilled:  # copied, since what was read may be a view of the file
        tensors = {
            name: torch.empty_like(value, dtype=expected[name].dtype).copy_(value)
            for name, value in tensors.items()
        }
    model.load_state_dict(tensors, strict=False, assign=unfilled)
    return len(tensors) < len(kept)


def check_values(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Check that weights are of an allowed type and finite, as float32 as well.

    Args:
        tensors: Weights by name.
        path: Their file, for errors.

    Raises:
        CheckpointError: If they are not; the message names a tensor.
    """
    for name, value in tensors.items():
        if value.dtype not in _TYPES:
            kind = str(value.dtype).removeprefix("torch.")
            raise CheckpointError(
                f"{path}: {name} is of type {kind}; weights are floating-point numbers or int8"
            )
        if value.dtype == torch.int8:
            continue
        limit = min(torch.finfo(value.dtype).max, torch.finfo(torch.float32).max)
        if not bool((value.abs() <= limit).all()):
            raise CheckpointError(f"{path}: {name} has a value that is not a finite number")


def _dequantized(kept: Mapping[str, Tensor], path: Path) -> dict[str, Tensor]:
    """Return the weights of a file in the form that a model has them.

    Raises:
        CheckpointError: An int8 matrix lacks its scales.
    """
    tensors = dict(kept)
    for name, value in kept.items():
        if value.dtype == torch.int8:
            largest = tensors.pop(name + ABSMAX, None)
            if (
                largest is None
                or value.dim() != 2
                or largest.shape != value.shape[:1]
                or largest.dtype != torch.float32
            ):
                raise CheckpointError(
                    f"{path}: damaged: {name} is kept as int8, but not with {name}{ABSMAX}"
                )
            tensors[name] = from_int8(value, largest)
    return tensors


def _names(model: nn.Module) -> list[list[str]]:
    """Return the names of each weight; a tied one has several.

    Weights are told apart as parameters. By storage, as safetensors does, all weights of a
    recurrent layer on a GPU would be one.
    """
    names: dict[int, list[str]] = {}
    for name, value in model.state_dict(keep_vars=True).items():
        names.setdefault(id(value), []).append(name)
    return list(names.values())


def save_tensors(
    tensors: Mapping[str, Tensor], path: Path, *, metadata: Mapping[str, str] | None = None
) -> None:
    """Write named tensors, and text metadata if there is any.

    Python writes the file: the library's own writer reports a full disk as an error of its own, and
    leaves a temporary file when it is killed.

    Raises:
        StorageError: The file cannot be written.
    """
    contiguous = {
        name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()
    }
    content = safetensors.torch.save(contiguous, dict(metadata) if metadata else None)
    atomic_write(path, lambda temporary: temporary.write_bytes(content))


def load_tensors(path: Path) -> dict[str, Tensor]:
    """Read named tensors.

    Raises:
        CheckpointError: The file is missing or damaged.
    """
    with reading_tensors(path):
        tensors: dict[str, Tensor] = safetensors.torch.load_file(str(path))
    return tensors
