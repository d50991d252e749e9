"""Scores of predicted labels: accuracy, F1, confusion matrix and calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

BINS = 10
"""Number of bins of the expected calibration error (Guo et al. 2017)."""

MAX_LABELS = 20
"""Maximum number of labels in a table; the rarest ones of more labels share a row."""

OTHERS = "(others)"
"""Name of the row of the rarest labels."""


class CalibrationBin(NamedTuple):
    """Texts whose predicted labels have similar probabilities.

    Attributes:
        texts: Number of texts, at least 1.
        right: Number of those whose predicted label is right.
        probability: Mean probability of the predicted label, from 0 to 1.
    """

    texts: int
    right: int
    probability: float

    @property
    def accuracy(self) -> float:
        """Fraction of right labels, from 0 to 1."""
        return self.right / self.texts


class LabelRow(NamedTuple):
    """Row of a confusion matrix: the texts with one true label.

    Attributes:
        label: The label.
        counts: Number of texts by predicted label, in the order of the rows.
        f1: F1 of the label in percent; None for several labels in one row.
    """

    label: str
    counts: Sequence[int]
    f1: float | None

    @property
    def texts(self) -> int:
        """Number of texts with this label."""
        return sum(self.counts)

    @property
    def f1_text(self) -> str:
        """F1 of the label as text."""
        return "–" if self.f1 is None else f"{self.f1:.1f}"


@dataclass(frozen=True)
class LabelScores:
    """Scores of the labels that a classifier gave to texts with known labels.

    Attributes:
        labels: The labels.
        confusion: Number of texts by true label (rows) and predicted label (columns).
        loss: Mean loss per text, in nats.
        bins: Texts by the probability of the predicted label, without empty bins.
    """

    labels: Sequence[str]
    confusion: NDArray[np.int64]
    loss: float
    bins: Sequence[CalibrationBin]

    @property
    def texts(self) -> int:
        """Number of texts."""
        return sum(one.texts for one in self.bins)

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

    @property
    def calibration_error(self) -> float:
        """Expected calibration error in percent.

        It is the distance between the mean probability of the predicted label and the fraction of
        right ones, averaged over the texts of all bins.
        """
        gaps = (abs(one.probability - one.accuracy) * one.texts for one in self.bins)
        return 100 * sum(gaps) / self.texts

    def rows(self, labels: int = MAX_LABELS) -> list[LabelRow]:
        """Return the confusion matrix as rows, in the order of the labels.

        Args:
            labels: Maximum number of rows. The most frequent labels have one each, the others
                share the last one.

        Returns:
            The rows.
        """
        f1 = self.f1
        if len(self.labels) <= labels:
            return [
                LabelRow(label, counts, f1[label])
                for label, counts in zip(self.labels, self.confusion.tolist(), strict=True)
            ]
        frequency = self.confusion.sum(0) + self.confusion.sum(1)
        kept = np.sort(np.argsort(-frequency, kind="stable")[: labels - 1])
        place = np.full(len(self.labels), labels - 1)
        place[kept] = np.arange(labels - 1)
        matrix = np.zeros((labels, labels), np.int64)
        np.add.at(matrix, (place[:, None], place[None, :]), self.confusion)
        names = [self.labels[number] for number in kept]
        figures: list[float | None] = [f1[name] for name in names]
        return [
            LabelRow(*row)
            for row in zip([*names, OTHERS], matrix.tolist(), [*figures, None], strict=True)
        ]

    def confusions(self, most: int) -> list[tuple[str, str, int]]:
        """Return the true and the predicted label of texts, with their number, most frequent first.

        Args:
            most: Maximum number of pairs of labels.

        Returns:
            True label, predicted label and number of texts.
        """
        true, predicted = self.confusion.nonzero()
        counts = self.confusion[true, predicted]
        order = np.argsort(-counts, kind="stable")[:most]
        return [
            (self.labels[true[one]], self.labels[predicted[one]], int(counts[one]))
            for one in order.tolist()
        ]

    def to_markdown(self) -> str:
        """Return the scores and the confusion matrix as Markdown."""
        shown = self.rows()
        head = " | ".join(["true \\ predicted", *(_cell(row.label) for row in shown), "F1"])
        rule = "---|" * (len(shown) + 2)
        rows = [" | ".join([_cell(row.label), *map(str, row.counts), row.f1_text]) for row in shown]
        return "\n".join(
            [
                f"accuracy {self.accuracy:.2f} %, macro F1 {self.macro_f1:.2f} %, "
                f"{self.texts:,} texts",
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
        bins=_bins(sure, right),
    )


def _bins(sure: NDArray[np.float64], right: NDArray[np.bool_]) -> list[CalibrationBin]:
    """Return the texts in bins of equal width by the probability of their predicted label."""
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    return [
        CalibrationBin(int(mask.sum()), int(right[mask].sum()), float(sure[mask].mean()))
        for mask in (bins == one for one in np.unique(bins))
    ]


def _cell(label: str) -> str:
    """Return a label as a cell of a table."""
    return " ".join(label.split()).replace("|", "\\|")
