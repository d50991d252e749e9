"""Scores of predicted labels: accuracy, F1, confusion matrix and calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 10
"""Number of bins of the expected calibration error (Guo et al. 2017)."""


@dataclass(frozen=True)
class LabelScores:
    """Scores of the labels that a classifier gave to texts with known labels.

    Attributes:
        labels: The labels.
        confusion: Number of texts by true label (rows) and predicted label (columns).
        loss: Mean loss per text, in nats.
        calibration_error: Expected calibration error in percent: how far the probability of the
            predicted label is from the fraction of right ones, on average.
    """

    labels: Sequence[str]
    confusion: NDArray[np.int64]
    loss: float
    calibration_error: float

    @property
    def accuracy(self) -> float:
        """Percentage of texts with the right label."""
        return 100 * float(np.trace(self.confusion)) / int(self.confusion.sum())

    @property
    def f1(self) -> dict[str, float]:
        """F1 of each label, in percent; 0 for a label that neither occurs nor is predicted."""
        right = np.diag(self.confusion)
        both = self.confusion.sum(0) + self.confusion.sum(1)
        values = 200 * right / np.maximum(both, 1)
        return dict(zip(self.labels, values.tolist(), strict=True))

    @property
    def macro_f1(self) -> float:
        """Mean of F1 over the labels, in percent."""
        return float(np.mean(list(self.f1.values())))

    def to_markdown(self) -> str:
        """Return the scores and the confusion matrix as Markdown."""
        head = " | ".join(["true \\ predicted", *map(_cell, self.labels), "F1"])
        rule = "---|" * (len(self.labels) + 2)
        rows = [
            " | ".join([_cell(label), *map(str, counts.tolist()), f"{self.f1[label]:.1f}"])
            for label, counts in zip(self.labels, self.confusion, strict=True)
        ]
        return "\n".join(
            [
                f"accuracy {self.accuracy:.2f} %, macro F1 {self.macro_f1:.2f} %, "
                f"{int(self.confusion.sum()):,} texts",
                f"expected calibration error {self.calibration_error:.2f} %, loss {self.loss:.3f}",
                "",
                f"| {head} |",
                f"|{rule}",
                *(f"| {row} |" for row in rows),
            ]
        )


def label_scores(
    labels: Sequence[str], truth: Sequence[int], probabilities: NDArray[np.float64]
) -> LabelScores:
    """Score predicted probabilities.

    Args:
        labels: The L labels.
        truth: (N,) number of each text's label; -1 for a label that is not among them.
        probabilities: (N, L) probabilities of the labels.
    """
    known = np.asarray(truth)
    predicted = probabilities.argmax(1)
    sure = probabilities.max(1)
    right = predicted == known
    confusion = np.zeros((len(labels), len(labels)), np.int64)
    inside = known >= 0
    np.add.at(confusion, (known[inside], predicted[inside]), 1)
    of_truth = np.where(inside, probabilities[np.arange(len(known)), known], 0.0)
    return LabelScores(
        labels,
        confusion,
        loss=float(-np.log(np.maximum(of_truth, 1e-30)).mean()),
        calibration_error=100 * _calibration_error(sure, right),
    )


def _calibration_error(sure: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Return the mean over texts of |mean probability - fraction of right ones| of their bin."""
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = [
        abs(float(sure[bins == one].mean()) - float(right[bins == one].mean()))
        * float((bins == one).mean())
        for one in np.unique(bins)
    ]
    return sum(gaps)


def _cell(label: str) -> str:
    """Return a label as a cell of a table."""
    return " ".join(label.split()).replace("|", "\\|")
