"""Description of a model directory: all but its weights, read without PyTorch."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from pathlib import Path

from seq2seq.config.config import Config
from seq2seq.config.settings import TextConfig
from seq2seq.config.task_settings import (
    CLASSIFICATION,
    DESCRIPTION,
    LANGUAGE_MODEL,
    TRANSLATION,
)
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.data.tokenizers.saved_steps import load_steps
from seq2seq.errors import CheckpointError, ConfigError
from seq2seq.model_directory.foreign_files import check_files
from seq2seq.model_directory.identity import check_identity, identity
from seq2seq.model_directory.names import CONFIG, TOKENIZER, WEIGHTS
from seq2seq.model_directory.verify import verify_model
from seq2seq.runtime.plugins import MissingPluginError, missing_plugin_message
from seq2seq.runtime.saved_file import read_tensor_header


@dataclasses.dataclass(frozen=True)
class ModelDescription:
    """Content of a model directory, without the weights.

    Attributes:
        directory: Path of the directory.
        config: The configuration.
        tokenizers: The tokenizers of sources and targets.
        dtypes: Types of the weights in their file, such as "I8" and "F32".
    """

    directory: Path
    config: Config
    tokenizers: TokenizerPair
    dtypes: frozenset[str]

    @property
    def quantized(self) -> bool:
        """True if the file of weights keeps matrices as int8."""
        return "I8" in self.dtypes

    @property
    def has_attention(self) -> bool:
        """True if the model has attention, from which alignments come."""
        return self.config.model.attention != "none"


_USES = {
    TRANSLATION: "use `translate`, `seq2seq evaluate` or `seq2seq serve`",
    LANGUAGE_MODEL: "use `seq2seq complete` or `seq2seq generate`",
    CLASSIFICATION: "use `seq2seq classify`",
    DESCRIPTION: "use `seq2seq describe`",
}
"""Use of a model, by its task."""

WEIGHT_TYPES = {"F64", "F32", "F16", "BF16", "I8"}
"""Types that weights may have in their file, by the names of the format."""


def describe(directory: Path, *, verify: bool = False, task: str = TRANSLATION) -> ModelDescription:
    """Read a model directory, all but its weights, after checking it against its manifest.

    Args:
        directory: Path of the directory.
        verify: Read all files for that even if they have been verified before.
        task: Task that the model must have.

    Returns:
        Its description.

    Raises:
        CheckpointError: A file is missing, damaged or of another model.
        ConfigError: The model is of another task.
    """
    if not directory.is_dir():
        raise CheckpointError(f"{directory}: no such model directory")
    check_files(directory)
    verify_model(directory, thorough=verify)
    found = read_description(directory)
    if found.config.task != task:
        raise ConfigError(
            f"{directory}: is a model of task {found.config.task}, where one of task {task} is "
            f"needed; {_USES.get(found.config.task, 'choose another model')}"
        )
    return found


def read_description(directory: Path) -> ModelDescription:
    """Read a model directory as `describe` does, without regard to its manifest."""
    config = load_config(directory)
    tokenizers = TokenizerPair.load(directory)
    header = read_tensor_header(directory / WEIGHTS)
    check_identity(header.metadata, identity(config, tokenizers), directory / WEIGHTS)
    check_types(header.dtypes, directory / WEIGHTS)
    return ModelDescription(directory, config, tokenizers, header.dtypes)


def check_types(found: Collection[str], path: Path) -> None:
    """Check the types of the weights in a file.

    Raises:
        CheckpointError: If one of them is none of `WEIGHT_TYPES`.
    """
    if unknown := sorted(set(found) - WEIGHT_TYPES):
        raise CheckpointError(
            f"{path}: holds a tensor of type {unknown[0]:.20}; weights are of type "
            f"{', '.join(sorted(WEIGHT_TYPES))}"
        )


def load_config(directory: Path) -> Config:
    """Read the configuration of a model directory, with the text steps of its tokenizers.

    Raises:
        CheckpointError: It is missing or damaged, or needs a plug-in that is not loaded.
    """
    path = directory / CONFIG
    if not path.is_file():
        raise CheckpointError(f"{path}: missing file; {directory} is not a model directory")
    try:
        config = Config.load(path)
    except MissingPluginError as error:
        message = missing_plugin_message(directory, "was made with", error.plugins)
        raise CheckpointError(message) from None
    except ConfigError as error:
        raise CheckpointError(f"damaged configuration: {error}") from None
    if not (directory / TOKENIZER).exists():
        return config
    text = TextConfig(**dataclasses.asdict(load_steps(directory)))
    return config.model_copy(update={"text": text})


def check_weights(path: Path, expected: Mapping[str, str]) -> None:
    """Check that a file of weights belongs to the model with this identity.

    Raises:
        CheckpointError: The file is of another model, missing or damaged.
    """
    check_identity(read_tensor_header(path).metadata, expected, path)
