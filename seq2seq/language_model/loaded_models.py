"""Language models that help to translate, each loaded once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seq2seq.config.task_settings import LANGUAGE_MODEL
from seq2seq.model_directory.description import describe
from seq2seq.model_directory.foreign_files import check_memory
from seq2seq.model_directory.hub import model_directory
from seq2seq.model_directory.names import WEIGHTS
from seq2seq.runtime.extras import require

if TYPE_CHECKING:
    from seq2seq.language_model.language_model import LanguageModel


class LoadedLanguageModels:
    """Language models by name, each loaded when it is first needed.

    Args:
        device: Device to compute on.
        memory_limit: Maximum size of the weights in memory, such as "4G"; "" is the memory of the
            machine.
    """

    def __init__(self, device: str, memory_limit: str = "") -> None:
        self._device = device
        self._memory_limit = memory_limit
        self._loaded: dict[str, LanguageModel] = {}

    def __getitem__(self, name: str) -> LanguageModel:
        """Return a language model.

        Args:
            name: Model directory, or name on the Hugging Face Hub.

        Raises:
            CheckpointError: A file is missing, damaged or of another model, or the weights need too
                much memory.
            ConfigError: It is a model of another task.
            Seq2SeqError: PyTorch is needed and is not installed.
        """
        require("train", "decoding.language_model")
        from seq2seq.language_model.language_model import LanguageModel

        if name not in self._loaded:
            described = describe(model_directory(name), task=LANGUAGE_MODEL)
            check_memory(
                described.directory / WEIGHTS,
                quantized=described.quantized,
                limit=self._memory_limit,
            )
            self._loaded[name] = LanguageModel.from_description(described, device=self._device)
        return self._loaded[name]
