"""Classifier: a model directory of task `classification`, which labels texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from seq2seq.classification.attended_words import attended_words
from seq2seq.classification.predict import encode_texts, labels_of, predict
from seq2seq.config.settings import DataConfig
from seq2seq.config.task_settings import CLASSIFICATION
from seq2seq.data.corpus.directions import Direction, dev_pairs
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
        ids = encode_texts(self._tokenizers, texts, self._data.max_tokens)
        probabilities, attention = predict(self._network, ids)
        source = self._tokenizers.source
        found = []
        for row, weights in enumerate(attention):
            values = dict(zip(self.labels, probabilities[row].tolist(), strict=True))
            best = max(values, key=lambda label: values[label])
            tokens = ids.ids[ids.offsets[row] : ids.offsets[row + 1]].tolist()
            pieces = [*source.pieces(tokens), ""] if weights else []
            pairs = list(zip(pieces, weights, strict=True))
            words = attended_words(source, texts[row], tokens, weights) if weights else []
            found.append(Classification(best, values[best], values, pairs, words))
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
        return self._scored(list(pairs))[0]

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
        scores, found = self._scored(pairs)
        texts = [
            LabelledText(
                text[:MAX_SHOWN],
                label.strip(),
                one.label,
                one.probability,
                [(word[:MAX_WORD], weight) for word, weight in one.words],
            )
            for (text, label), one in zip(pairs, found, strict=True)
        ]
        texts.sort(key=lambda text: -text.probability)
        shown = [
            text
            for right in (False, True)
            for text in [text for text in texts if text.right == right][:examples]
        ]
        return ClassificationReport(self._name, where, scores, shown)

    def _pairs(self, where: str) -> list[tuple[str, str]]:
        data = self._data.model_copy(update={"dev": where, "dev_pairs": None})
        return list(dev_pairs(data, Direction()).pairs())

    def _scored(self, pairs: Sequence[tuple[str, str]]) -> tuple[LabelScores, list[Classification]]:
        """Label texts whose labels are known, and score that."""
        if not pairs:
            raise DataError("there is no text to score")
        known = {label: number for number, label in enumerate(self.labels)}
        for _, label in pairs:
            if label.strip() not in known:
                raise DataError(
                    f"the model does not know the label {label.strip()[:80]!r}; it knows "
                    f"{', '.join(self.labels[:20])}"
                )
        found = self.classify([text for text, _ in pairs])
        truth = [known[label.strip()] for _, label in pairs]
        probabilities = np.array([list(one.probabilities.values()) for one in found])
        return label_scores(self.labels, truth, probabilities), found
