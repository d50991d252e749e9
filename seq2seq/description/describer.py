"""Describer: a model directory of task `description`, which writes texts about vectors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from seq2seq.config.config import with_settings
from seq2seq.config.settings import DataConfig, DecodingConfig
from seq2seq.config.task_settings import DESCRIPTION, unread_settings
from seq2seq.data.corpus.vectors import Vectors, read_vectors
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.description.scores import DescriptionScores, description_scores
from seq2seq.description.search import search
from seq2seq.errors import CheckpointError, ConfigError, DataError
from seq2seq.model_directory.description import describe
from seq2seq.model_directory.hub import model_directory
from seq2seq.model_directory.names import WEIGHTS
from seq2seq.model_directory.store import load_network
from seq2seq.models.describer import DescriberNetwork, build_describer
from seq2seq.runtime.devices import resolve_device
from seq2seq.runtime.saved_file import read_tensor_header
from seq2seq.text_steps.steps import Prepared


@dataclass(frozen=True)
class DescriptionChoice:
    """Entry of an n-best list.

    Attributes:
        text: The text.
        score: Score by which the list is ranked.
        log_probability: Sum of the log-probabilities of the tokens and the end token, in nats.
    """

    text: str
    score: float
    log_probability: float


@dataclass(frozen=True)
class Description:
    """Text about a vector.

    Attributes:
        alternatives: N-best list, best first; at least one entry.
    """

    alternatives: tuple[DescriptionChoice, ...]

    @property
    def text(self) -> str:
        """The best text."""
        return self.alternatives[0].text

    @property
    def score(self) -> float:
        """Score of the best text."""
        return self.alternatives[0].score


class Describer:
    """Describer of vectors.

        describer = Describer.from_pretrained("runs/digits")
        print(describer.describe([[0.0, 0.5, 1.0]])[0].text)

    Args:
        network: The network, in eval mode.
        tokenizers: Its tokenizers.
        data: The `data` section of its configuration: the columns of a file.
        decoding: Default settings of the search.

    Attributes:
        vector_size: Number of numbers of a vector.
    """

    def __init__(
        self,
        network: DescriberNetwork,
        tokenizers: TokenizerPair,
        data: DataConfig,
        decoding: DecodingConfig,
    ) -> None:
        self._network = network
        self._tokenizers = tokenizers
        self._data = data
        self._decoding = decoding
        self.vector_size = len(network.mean)

    @classmethod
    def from_pretrained(
        cls, model: str | Path, *, device: str = "cpu", verify: bool = False
    ) -> Self:
        """Load a describer.

        Args:
            model: Model directory, or name on the Hugging Face Hub.
            device: Device to compute on: "cpu", "cuda", "cuda:1" or "auto".
            verify: Check all files against the manifest even if they have been verified before.

        Returns:
            The describer.

        Raises:
            CheckpointError: A file is missing, damaged or of another model.
            ConfigError: It is a model of another task, or there is no such device.
        """
        described = describe(model_directory(model), verify=verify, task=DESCRIPTION)
        config = described.config
        tokenizers = described.tokenizers
        size = _vector_size(described.directory / WEIGHTS)
        network = load_network(
            described,
            lambda: build_describer(config.model, tokenizers.target_size, size),
            device=resolve_device(device),
        )
        return cls(network, tokenizers, config.data, config.decoding)

    def describe(self, vectors: ArrayLike, **decoding: object) -> list[Description]:
        """Describe vectors.

        Args:
            vectors: (N, `vector_size`) numbers.
            decoding: Decoding settings that differ from the model's own, such as nbest=3.

        Returns:
            N texts, with their n-best lists.

        Raises:
            ConfigError: A setting is wrong.
            DataError: The vectors are of another size, or hold something else than finite numbers.
        """
        settings = _changed(self._decoding, decoding)
        matrix = _matrix(vectors, self.vector_size)
        found = search(self._network, self._tokenizers, settings, matrix)
        return [Description(tuple(self._choices(one))) for one in found]

    def describe_file(self, path: str | Path, **decoding: object) -> Iterator[Description]:
        """Describe the vectors of a file, without holding all of them in memory.

        Args:
            path: A Parquet or JSON file, with the column of vectors of the training data.
            decoding: Decoding settings that differ from the model's own.

        Yields:
            The description of each row.

        Raises:
            ConfigError: A setting is wrong.
            DataError: The file cannot be read, or has a vector that does not fit.
        """
        for rows in read_vectors(str(path), self._data, size=self.vector_size, texts=False):
            yield from self.describe(rows.vectors, **decoding)

    def score_file(self, path: str | Path, **decoding: object) -> DescriptionScores:
        """Score the texts about the vectors of a file against its own texts.

        Args:
            path: A Parquet or JSON file, with the columns of the training data.
            decoding: Decoding settings that differ from the model's own.

        Returns:
            Exact matches, BLEU and chrF2.

        Raises:
            ConfigError: A setting is wrong.
            DataError: The file cannot be read, has a vector that does not fit, or no row.
        """
        texts: list[str] = []
        references: list[str] = []
        for rows in read_vectors(str(path), self._data, size=self.vector_size):
            texts += [one.text for one in self.describe(rows.vectors, **decoding)]
            references += rows.texts
        if not texts:
            raise DataError(f"{path}: holds no vector")
        return description_scores(texts, references, bleu_tokenizer=self._data.bleu_tokenizer)

    def _choices(self, found: Sequence[Hypothesis]) -> Iterator[DescriptionChoice]:
        texts = texts_of(self._tokenizers, [one.tokens for one in found])
        for text, one in zip(texts, found, strict=True):
            yield DescriptionChoice(text, one.score, one.log_probability)


def texts_of(tokenizers: TokenizerPair, ids: Sequence[Sequence[int]]) -> list[str]:
    """Return the texts of target ids, after the text steps."""
    raw = tokenizers.target.decode([list(row) for row in ids])
    return [tokenizers.steps.finish(text, Prepared("")) for text in raw]


def _vector_size(path: Path) -> int:
    """Return the size of the vectors that weights are made for."""
    shape = read_tensor_header(path).shapes.get("mean", ())
    if len(shape) != 1:
        raise CheckpointError(f"{path}: damaged: it holds no mean of the vectors")
    return shape[0]


def _matrix(vectors: ArrayLike, size: int) -> Vectors:
    """Return vectors as a matrix (N, D) of float32.

    Raises:
        DataError: They are not N vectors of that size, or hold something else than finite numbers.
    """
    try:
        wide = np.asarray(vectors, np.float64)
    except (ValueError, TypeError, OverflowError):
        raise DataError("vectors must be lists of numbers, all of the same length") from None
    if wide.size == 0:
        return np.zeros((0, size), np.float32)
    if wide.ndim != 2 or wide.shape[1] != size:
        raise DataError(
            f"vectors of shape {wide.shape} do not fit: the model needs (N, {size}), one row of "
            f"{size:,} numbers for each text"
        )
    with np.errstate(over="ignore"):
        matrix: Vectors = wide.astype(np.float32)
    wrong = ~np.isfinite(matrix).all(1)
    if wrong.any():
        raise DataError(f"vector {int(wrong.argmax())} holds a number that is not finite")
    return matrix


def _changed(decoding: DecodingConfig, changes: Mapping[str, object]) -> DecodingConfig:
    """Return decoding settings with changes that task `description` reads."""
    if unread := unread_settings({"task": DESCRIPTION, "decoding": dict(changes)}):
        raise ConfigError(unread[0])
    return with_settings(decoding, changes)
