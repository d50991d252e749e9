"""Classifier: a model directory of task `classification`, which labels texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from seq2seq.classification.attended_words import attended_words
from seq2seq.classification.predict import encode_texts, labels_of, predict
from seq2seq.config.settings import DataConfig
from seq2seq.config.task_settings import CLASSIFICATION
from seq2seq.data.corpus.directions import Direction, dev_pairs
from seq2seq.data.ragged import RaggedIds
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.errors import DataError
from seq2seq.metrics.label_scores import LabelScores, label_scores
from seq2seq.model_directory.description import describe
from seq2seq.model_directory.hub import model_directory
from seq2seq.model_directory.store import load_network
from seq2seq.models.classifier import ClassifierNetwork, build_classifier
from seq2seq.reports.classification_report import ClassificationReport, LabelledText
from seq2seq.runtime.devices import resolve_device
from seq2seq.runtime.single_text import check_several

EXAMPLES = 20
"""Maximum number of wrong and of right labels in a report."""

MAX_SHOWN = 2000
"""Maximum number of characters of a text in a report."""

MAX_WORD = 200
"""Maximum number of characters of a word in a report."""


@dataclass(frozen=True)
class Classification:
    """Label of a text.

    Attributes:
        label: The most probable label.
        probability: Its probability.
        probabilities: Probability of each label.
        attention: Tokens of the text, case marks included, with their weights, if the model pools
            by attention; the last one is the end of the text, "".
        words: Words of the text with the sums of their tokens' weights, likewise.
    """

    label: str
    probability: float
    probabilities: dict[str, float]
    attention: Sequence[tuple[str, float]] = ()
    words: Sequence[tuple[str, float]] = ()


class _Predictions(NamedTuple):
    """Predictions for N texts, with their ids; see `Predicted`."""

    texts: Sequence[str]
    ids: RaggedIds
    probabilities: NDArray[np.float64]
    attention: list[list[float]]


class Classifier:
    """Classifier of texts.

        classifier = Classifier.from_pretrained("runs/sentiment")
        print(classifier.classify(["a gripping film"])[0].label)

    Args:
        network: The network, in eval mode.
        tokenizers: Tokenizer of its texts, and its labels as the target side.
        data: The `data` section of its configuration: the columns of a file to score, and the
            number of tokens after which a text is cut.
        name: Name of the model in reports.

    Attributes:
        labels: The labels.
    """

    def __init__(
        self,
        network: ClassifierNetwork,
        tokenizers: TokenizerPair,
        data: DataConfig,
        name: str = "",
    ) -> None:
        self._network = network
        self._tokenizers = tokenizers
        self._data = data
        self._name = name
        self.labels = labels_of(tokenizers)

    @classmethod
    def from_pretrained(
        cls, model: str | Path, *, device: str = "cpu", verify: bool = False
    ) -> Self:
        """Load a classifier.

        Args:
            model: Model directory, or name on the Hugging Face Hub.
            device: Device to compute on: "cpu", "cuda", "cuda:1" or "auto".
            verify: Check all files against the manifest even if they have been verified before.

        Returns:
            The classifier.

        Raises:
            CheckpointError: A file is missing, damaged or of another model.
            ConfigError: It is a model of another task, or there is no such device.
        """
        described = describe(model_directory(model), verify=verify, task=CLASSIFICATION)
        tokenizers = described.tokenizers
        network = load_network(
            described,
            lambda: build_classifier(
                described.config.model, tokenizers.source_size, len(labels_of(tokenizers))
            ),
            device=resolve_device(device),
        )
        return cls(network, tokenizers, described.config.data, str(model))

    def classify(self, texts: Sequence[str]) -> list[Classification]:
        """Label texts.

        Args:
            texts: N texts.

        Returns:
            N labels, with the probabilities of all labels.

        Raises:
            TypeError: `texts` is a single text.
        """
        check_several(texts, "put it into a list")
        if not texts:
            return []
        predictions = self._predict(texts)
        return [self._classification(predictions, row) for row in range(len(texts))]

    def score(self, pairs: Iterable[tuple[str, str]]) -> LabelScores:
        """Score the labels of texts whose labels are known.

        Args:
            pairs: Texts with their labels.

        Returns:
            Accuracy, F1, confusion matrix and calibration.

        Raises:
            DataError: There is no text, or a label that the model does not know.
        """
        given = list(pairs)
        truth = self._truth(given)
        predictions = self._predict([text for text, _ in given])
        return label_scores(self.labels, truth, predictions.probabilities)

    def score_data(self, where: str) -> LabelScores:
        """Score the labels of the texts of a file, or of a dataset on the Hugging Face Hub.

        Args:
            where: Path of the file, with the columns of the training data, or name of the dataset.

        Returns:
            Accuracy, F1, confusion matrix and calibration.

        Raises:
            DataError: It cannot be read, or has a label that the model does not know.
        """
        return self.score(self._pairs(where))

    def report_data(self, where: str, *, examples: int = EXAMPLES) -> ClassificationReport:
        """Score the labels of the texts of a file or dataset, and collect examples.

        Args:
            where: Path of the file, with the columns of the training data, or name of the dataset.
            examples: Maximum number of texts with a wrong label, and of those with the right one.

        Returns:
            The report, which writes itself as a page.

        Raises:
            DataError: It cannot be read, or has a label that the model does not know.
        """
        pairs = self._pairs(where)
        truth = self._truth(pairs)
        predictions = self._predict([text for text, _ in pairs])
        right = predictions.probabilities.argmax(1) == truth
        surest = np.argsort(-predictions.probabilities.max(1), kind="stable")
        rows = [*surest[~right[surest]][:examples], *surest[right[surest]][:examples]]
        return ClassificationReport(
            self._name,
            where,
            label_scores(self.labels, truth, predictions.probabilities),
            [self._example(predictions, row, self.labels[truth[row]]) for row in map(int, rows)],
        )

    def _pairs(self, where: str) -> list[tuple[str, str]]:
        data = self._data.model_copy(update={"dev": where, "dev_pairs": None})
        return list(dev_pairs(data, Direction()).pairs())

    def _truth(self, pairs: Sequence[tuple[str, str]]) -> list[int]:
        """Return the number of each label; raise DataError if there is none, or an unknown one."""
        if not pairs:
            raise DataError("there is no text to score")
        known = {label: number for number, label in enumerate(self.labels)}
        for _, label in pairs:
            if label.strip() not in known:
                raise DataError(
                    f"the model does not know the label {label.strip()[:80]!r}; it knows "
                    f"{', '.join(self.labels[:20])}"
                )
        return [known[label.strip()] for _, label in pairs]

    def _predict(self, texts: Sequence[str]) -> _Predictions:
        ids = encode_texts(self._tokenizers, texts, self._data.max_tokens)
        return _Predictions(texts, ids, *predict(self._network, ids))

    def _classification(self, found: _Predictions, row: int) -> Classification:
        values = dict(zip(self.labels, found.probabilities[row].tolist(), strict=True))
        best = max(values, key=lambda label: values[label])
        weights = found.attention[row]
        if not weights:
            return Classification(best, values[best], values)
        source = self._tokenizers.source
        tokens = found.ids.ids[found.ids.offsets[row] : found.ids.offsets[row + 1]].tolist()
        pieces = [*source.pieces(tokens), ""]
        words = attended_words(source, found.texts[row], tokens, weights)
        return Classification(
            best, values[best], values, list(zip(pieces, weights, strict=True)), words
        )

    def _example(self, found: _Predictions, row: int, label: str) -> LabelledText:
        """Return a text with its labels for a report; long ones are cut."""
        one = self._classification(found, row)
        words = [(word[:MAX_WORD], weight) for word, weight in one.words]
        return LabelledText(found.texts[row][:MAX_SHOWN], label, one.label, one.probability, words)
