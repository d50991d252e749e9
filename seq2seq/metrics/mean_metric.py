"""MeanMetric: metrics whose corpus score is the mean of the scores of its sentences."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np

from seq2seq.metrics.metric import Counts, Metric, References, Scores, Totals
from seq2seq.metrics.statistics import SentenceStatistics


class MeanMetric(Metric):
    """Base class for metrics that give each sentence a score, as learned metrics do.

    A new metric is one class with one method, registered under its name:

        @METRICS.register("length")
        class Length(MeanMetric):
            name = "length"

            def segment_scores(self, hypotheses, references):
                return [len(hypothesis) for hypothesis in hypotheses]
    """

    @abstractmethod
    def segment_scores(self, hypotheses: Sequence[str], references: References) -> Sequence[float]:
        """Score each translation.

        Args:
            hypotheses: N detokenized translations, N > 0, composed (NFC) as the references are.
            references: One or more detokenized references for each hypothesis.

        Returns:
            N scores.
        """

    def statistics(self, hypotheses: Sequence[str], references: References) -> Counts:
        """Score each sentence.

        Args:
            hypotheses: N detokenized translations.
            references: One or more detokenized references for each hypothesis.

        Returns:
            The score of each sentence and 1, (N, 2).
        """
        scores = self.segment_scores(hypotheses, references)
        return np.array([[score, 1.0] for score in scores], dtype=np.float64)

    def score(self, totals: Totals) -> float:
        """Compute the mean of the scores.

        Args:
            totals: The sum of the scores, and their number.

        Returns:
            The mean.
        """
        return float(totals[0] / totals[1])

    def scores(self, totals: Counts) -> Scores:
        """Compute the means of several corpora.

        Args:
            totals: The sum of the scores, and their number, of each corpus, (R, 2).

        Returns:
            The mean of each corpus, (R,).
        """
        means: Scores = totals[:, 0].astype(np.float64) / totals[:, 1]
        return means


class GivenScores(MeanMetric):
    """Scores that another program has computed.

    Args:
        name: Name of the metric.
        values: Score of each sentence.
        origin: Where they come from, for the signature.
        higher_is_better: True if a better translation has a higher score.
    """

    def __init__(
        self, name: str, values: Sequence[float], origin: str, *, higher_is_better: bool = True
    ) -> None:
        super().__init__()
        self.name = name
        self.higher_is_better = higher_is_better
        self._values = values
        self._origin = origin

    def segment_scores(self, hypotheses: Sequence[str], references: References) -> Sequence[float]:
        """Return the given scores."""
        return self._values

    def signature(self, *, n_references: int | None, **settings: int) -> str:
        """Return the origin of the scores, with the settings of a test."""
        return "|".join([self._origin, *(f"{key}:{value}" for key, value in settings.items())])

    def counted(self) -> SentenceStatistics:
        """Return the statistics of the sentences."""
        return SentenceStatistics(self, self.statistics((), ()), None)
