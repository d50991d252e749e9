"""Contract of a task: how text becomes batches, the network, its loss and its validation.

All else of a training is the same for every task: the trainer, the run directory, checkpoints,
schedules and reports.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from torch import nn

from seq2seq.config.config import Config
from seq2seq.data.batches.stream import TrainingStream
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.registry import Registry
from seq2seq.runtime.ranks import Ranks
from seq2seq.training.checkpoints import TrainingState
from seq2seq.training.outcome import Measure, Validation


@dataclass(frozen=True)
class PreparedText:
    """Text of a run, ready for training.

    Attributes:
        tokenizers: Tokenizers of the model.
        dev: Dev text, in a form that the task chooses.
        stream: The training batches.
        ranks: Processes that share the work.
        description: Amount of text, as shown in the log.
    """

    tokenizers: TokenizerPair
    dev: Any
    stream: TrainingStream
    ranks: Ranks
    description: str


@dataclass(frozen=True)
class Trial:
    """A short validation, from whose time that of a whole one is estimated.

    Attributes:
        config: Settings of the short validation.
        text: Text of the short validation.
        ratio: Time of a whole validation, in short ones.
        finish: Time of the work after the training, in whole validations.
    """

    config: Config
    text: PreparedText
    ratio: float = 1.0
    finish: float = 0.0


class Validator(Protocol):
    """Function that scores the current weights.

    Attributes:
        signature: How the score was computed, for the model card.
        samples: (source, reference, hypothesis) of samples of the last validation, for trackers.
    """

    signature: str
    samples: list[tuple[str, str, str]]

    def __call__(self) -> Validation:
        """Score the current weights; called on all ranks, with the model in eval mode."""
        ...


class Task(ABC):
    """Contract of a task; an instance holds no state and is registered in `TASKS`.

    Attributes:
        measure: What the score of a validation is.
    """

    measure: Measure

    def check(self, config: Config, ranks: Ranks) -> None:  # noqa: B027 - most need no check
        """Check what can be checked before any text is read.

        Raises:
            ConfigError: A setting does not suit this machine or these processes.
        """

    def settle(self, config: Config) -> Config:
        """Return the configuration with the settings that are chosen from the text.

        Raises:
            DataError: The text cannot be read.
        """
        return config

    @abstractmethod
    def read(self, config: Config, *, output: Path, write: bool) -> Any:
        """Read the text, and load or train the tokenizers; the main process does it first.

        Args:
            config: Settings of the run.
            output: Run directory.
            write: Save the tokenizers and the configuration in the run directory.

        Returns:
            The text, for `prepare`.

        Raises:
            DataError: The text or a tokenizer cannot be read.
            CheckpointError: The tokenizers to load are missing or damaged.
        """

    @abstractmethod
    def prepare(self, config: Config, content: Any, ranks: Ranks) -> PreparedText:
        """Turn the text that `read` returned into the batches of this process."""

    @abstractmethod
    def network(self, config: Config, text: PreparedText) -> nn.Module:
        """Build the network with its initial weights, drawn from torch's generator.

        Its `identity` is set later. A resumed run loads its weights from a checkpoint.
        """

    def refine(  # noqa: B027 - only some tasks have something to add
        self, config: Config, network: nn.Module, text: PreparedText, *, begins: bool
    ) -> None:
        """Add to the network what only a training needs.

        Args:
            config: Settings of the run.
            network: The network, with the weights of the model to start from, if there is one.
            text: Text of the run.
            begins: True if there is no checkpoint, which would replace the weights.
        """

    @abstractmethod
    def objective(self, config: Config, network: nn.Module) -> nn.Module:
        """Return a module whose `forward(batch, teacher_forcing)` is the summed loss of a batch."""

    @abstractmethod
    def validator(self, config: Config, network: nn.Module, text: PreparedText) -> Validator:
        """Return the function that scores the network on the dev text."""

    @abstractmethod
    def card(
        self, config: Config, state: TrainingState, signature: str, *, started_from: str
    ) -> str:
        """Return the model card; see `model_card`."""

    def try_out(self, config: Config, text: PreparedText) -> Trial:
        """Return a short validation for `seq2seq train --check`."""
        return Trial(config, text)

    def finish(  # noqa: B027 - most leave nothing
        self, config: Config, output: Path, text: PreparedText, *, device: str
    ) -> None:
        """Do what is left after the last step, on the main process."""


TASKS: Registry[Task] = Registry("task")
"""Tasks by name; `task` in the configuration chooses one."""
