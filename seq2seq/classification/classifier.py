"""Classifier: a model directory of task `classification`, which labels texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from seq2seq.classification.predict import encode_texts, labels_of, predict
from seq2seq.classification.scores import LabelScores, label_scores
from seq2seq.config.settings import DataConfig
from seq2seq.config.task_settings import CLASSIFICATION
from seq2seq.data.corpus.directions import Direction, dev_pairs
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.errors import DataError
from seq2seq.model_directory.description import describe
from seq2seq.model_directory.hub import model_directory
from seq2seq.model_directory.store import load_network
from seq2seq.models.classifier import ClassifierNetwork, build_classifier
from seq2seq.runtime.devices import resolve_device
from seq2seq.runtime.single_text import check_several


@dataclass(frozen=True)
class Classification:
    """Label of a text.

    Attributes:
        label: The most probable label.
        probability: Its probability.
        probabilities: Probability of each label.
        attention: Tokens of the text, case marks included, with their weights, if the model pools
            by attention; the last one is the end of the text, "".
    """

    label: str
    probability: float
    probabilities: dict[str, float]
    attention: Sequence[tuple[str, float]] = ()


class Classifier:
    """Classifier of texts.

        classifier = Classifier.from_pretrained("runs/sentiment")
        print(classifier.classify(["a gripping film"])[0].label)

    Args:
        network: The network, in eval mode.
        tokenizers: Tokenizer of its texts, and its labels as the target side.
        data: The `data` section of its configuration: the columns of a file to score, and the
            number of tokens after which a text is cut.

    Attributes:
        labels: The labels.
    """

    def __init__(
        self, network: ClassifierNetwork, tokenizers: TokenizerPair, data: DataConfig
    ) -> None:
        self._network = network
        self._tokenizers = tokenizers
        self._data = data
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
        return cls(network, tokenizers, described.config.data)

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
        ids = encode_texts(self._tokenizers, texts, self._data.max_tokens)
        probabilities, attention = predict(self._network, ids)
        found = []
        for row, weights in enumerate(attention):
            values = dict(zip(self.labels, probabilities[row].tolist(), strict=True))
            best = max(values, key=lambda label: values[label])
            tokens = ids.ids[ids.offsets[row] : ids.offsets[row + 1]].tolist()
            pieces = [*self._tokenizers.source.pieces(tokens), ""] if weights else []
            pairs = list(zip(pieces, weights, strict=True))
            found.append(Classification(best, values[best], values, pairs))
        return found

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
        if not given:
            raise DataError("there is no text to score")
        ids = encode_texts(self._tokenizers, [text for text, _ in given], self._data.max_tokens)
        known = {label: number for number, label in enumerate(self.labels)}
        for _, label in given:
            if label.strip() not in known:
                raise DataError(
                    f"the model does not know the label {label.strip()[:80]!r}; it knows "
                    f"{', '.join(self.labels[:20])}"
                )
        truth = [known[label.strip()] for _, label in given]
        return label_scores(self.labels, truth, predict(self._network, ids).probabilities)

    def score_data(self, where: str) -> LabelScores:
        """Score the labels of the texts of a file, or of a dataset on the Hugging Face Hub.

        Args:
            where: Path of the file, with the columns of the training data, or name of the dataset.

        Returns:
            Accuracy, F1, confusion matrix and calibration.

        Raises:
            DataError: It cannot be read, or has a label that the model does not know.
        """
        data = self._data.model_copy(update={"dev": where, "dev_pairs": None})
        return self.score(dev_pairs(data, Direction()).pairs())
