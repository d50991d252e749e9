"""Contract of a metric: count in each sentence, then score the sums of these counts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

References = Sequence[Sequence[str]]
"""One or more references per sentence; their number may differ from sentence to sentence."""

Counts = np.ndarray[tuple[int, int], np.dtype[np.float64]]
"""Counts of a corpus, (N, K): K numbers for each of N sentences."""

Totals = Sequence[float] | np.ndarray[tuple[int], np.dtype[Any]]
"""Counts summed over sentences, (K,)."""


Scores = np.ndarray[tuple[int], np.dtype[np.float64]]
"""Scores of several corpora, (R,)."""


class Metric(ABC):
    """Base class for metrics whose corpus score follows from sums of per-sentence counts.

    Sentences are counted once. The scores of the corpus, of groups of sentences, of bootstrap
    resamples and of randomized pairs are all computed from sums of these counts.

    A new metric is one class, registered under its name:

        @METRICS.register("exact match")
        class ExactMatch(Metric):
            name = "exact match"

            def statistics(self, hypotheses, references):
                pairs = zip(hypotheses, references)
                return np.array([[hypothesis in choices, 1.0] for hypothesis, choices in pairs])

            def score(self, totals):
                return float(100 * totals[0] / totals[1])
    """

    name: str
    """Name in reports, as in the registry."""

    higher_is_better: bool = True
    """True if a better translation has a higher score."""

    by_default: ClassVar[bool] = True
    """True if every evaluation computes it; otherwise it must be asked for."""

    derived_from: ClassVar[str | None] = None
    """Name of a metric whose counts contain those of this one; see `derive`."""

    def __init__(self, *, lowercase: bool = False, tokenize: str | None = None) -> None:
        """Keep the options of an evaluation; a metric may ignore them.

        Args:
            lowercase: Ignore case.
            tokenize: Name of one of sacrebleu's tokenizers, or None for the metric's default.

        Raises:
            ConfigError: An option has a value that the metric does not support.
        """
        self.lowercase = lowercase
        self.tokenize = tokenize

    @abstractmethod
    def statistics(self, hypotheses: Sequence[str], references: References) -> Counts:
        """Count, in each sentence, what the score is computed from.

        Args:
            hypotheses: N detokenized translations, N > 0, composed (NFC) as the references are.
            references: One or more detokenized references for each hypothesis.

        Returns:
            Counts of shape (N, K), for any K that is the same for all sentences.
        """

    @abstractmethod
    def score(self, totals: Totals) -> float:
        """Compute the score of a corpus.

        Args:
            totals: The sum of the counts of its sentences, (K,). Resamples give float32.

        Returns:
            The score, usually from 0 to 100.
        """

    def scores(self, totals: Counts) -> Scores:
        """Compute the scores of many corpora, such as bootstrap resamples.

        By default they are computed one by one. A metric that can compute them at once, with the
        same results, makes evaluations much faster.

        Args:
            totals: The sum of the counts of each corpus, (R, K). Resamples give float32.

        Returns:
            The score of each corpus, (R,).
        """
        return np.array([self.score(one) for one in totals])

    def sentence_score(self, counts: Totals) -> float:
        """Compute the score of a single sentence, by default that of a corpus of one sentence.

        Args:
            counts: The sentence's counts, (K,).

        Returns:
            The score, usually from 0 to 100.
        """
        return self.score(counts)

    def derive(self, counts: Counts, references: References) -> Counts | None:
        """Take the counts from those of the metric `derived_from`, instead of counting again.

        Args:
            counts: Counts of the metric `derived_from`, (N, K').
            references: The references that it used.

        Returns:
            Counts equal to those of `statistics`, (N, K), or None if they must be counted again.
        """
        return None

    def signature(self, *, n_references: int | None, **settings: int) -> str:
        """Return all that is needed to reproduce a score.

        Args:
            n_references: Number of references per sentence, None if it varies.
            **settings: Settings of a significance test: `bs` (number of resamples), `ar` (number of
                randomized pairs), `seed`.

        Returns:
            The signature, in the form of those of sacreBLEU.
        """
        count = "var" if n_references is None else n_references
        case = "lc" if self.lowercase else "mixed"
        pairs = {"nrefs": count, **settings, "case": case}
        return "|".join(f"{key}:{value}" for key, value in pairs.items())
