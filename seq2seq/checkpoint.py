"""A model directory on disk: config.yaml, model.safetensors, tokenizer/, README.md.

A run directory is itself a model directory, with its best weights at the top. Files are replaced whole, so that one who
reads never finds half of one. Whatever is missing or damaged ends in a CheckpointError that names the file.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from seq2seq.config import Config
from seq2seq.data.tokenizer import TokenizerPair
from seq2seq.errors import CheckpointError, ConfigError
from seq2seq.models.model import Seq2SeqModel, build_model

CONFIG = "config.yaml"
WEIGHTS = "model.safetensors"
CARD = "README.md"


@dataclass(frozen=True)
class LoadedModel:
    """What a model directory holds."""

    config: Config
    tokenizers: TokenizerPair
    model: Seq2SeqModel


def load_model(directory: str | Path, device: torch.device | str = "cpu") -> LoadedModel:
    """Read a model directory; the model is in eval mode. Raises CheckpointError naming the file that is at fault."""
    directory = Path(directory)
    if not directory.is_dir():
        raise CheckpointError(f"{directory}: no such model directory")
    config = load_config(directory)
    tokenizers = TokenizerPair.load(directory)
    # Initial values would be thrown away: the weights are read in place of them.
    with torch.device("meta"):
        model = build_model(config.model, tokenizers.source.vocab_size, tokenizers.target.vocab_size)
    model = model.to_empty(device=device)
    model.tie_weights(config.model.weight_tying)  # which giving each layer storage of its own has undone
    load_weights(model, directory / WEIGHTS)
    return LoadedModel(config, tokenizers, model.eval())


def load_config(directory: Path) -> Config:
    """Read the configuration of a model directory; raise CheckpointError if there is none or it is damaged."""
    path = directory / CONFIG
    if not path.is_file():
        raise CheckpointError(f"{path}: missing file; {directory} is not a model directory")
    try:
        return Config.load(path)
    except ConfigError as error:
        raise CheckpointError(f"damaged configuration: {error}") from None


def save_weights(model: nn.Module, path: Path) -> None:
    """Write a model's weights, tied ones once."""
    replace_whole(path, lambda temporary: safetensors.torch.save_model(model, str(temporary)))


def load_weights(model: nn.Module, path: Path) -> None:
    """Read weights into a model of the same shape; raise CheckpointError naming the file if they do not fit."""
    if not path.is_file():
        raise CheckpointError(f"{path}: missing file")
    expected = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    try:
        with safetensors.safe_open(str(path), framework="pt") as file:
            found = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
        wrong = sorted(name for name, shape in found.items() if expected.get(name) != shape)
        if wrong:
            raise CheckpointError(f"{path}: does not match {CONFIG}: {wrong[0]} has shape {list(found[wrong[0]])}")
        safetensors.torch.load_model(model, str(path))
    except (safetensors.SafetensorError, OSError) as error:
        raise CheckpointError(f"{path}: truncated or not a safetensors file ({error})") from None
    except RuntimeError as error:
        raise CheckpointError(f"{path}: does not match {CONFIG}: {' '.join(str(error).split())}") from None


def save_tensors(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Write named tensors."""
    contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
    replace_whole(path, lambda temporary: safetensors.torch.save_file(contiguous, str(temporary)))


def load_tensors(path: Path) -> dict[str, Tensor]:
    """Read named tensors; raise CheckpointError naming the file if it is missing or damaged."""
    try:
        tensors: dict[str, Tensor] = safetensors.torch.load_file(str(path))
    except FileNotFoundError:
        raise CheckpointError(f"{path}: missing file") from None
    except (safetensors.SafetensorError, OSError) as error:
        raise CheckpointError(f"{path}: truncated or not a safetensors file ({error})") from None
    return tensors


def save_text(text: str, path: Path) -> None:
    """Write a text file."""
    replace_whole(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def replace_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` make a file beside `path`, bring it to the disk and put it in place of `path` at once."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.touch()
        mode = temporary.stat().st_mode  # as the user's umask has it: the safetensors writer would keep it to itself
        write(temporary)
        temporary.chmod(mode)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
