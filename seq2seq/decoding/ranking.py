"""Ranking of finished hypotheses: length and coverage penalty, and the n best of a sentence."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor

from seq2seq.decoding.search import Hypothesis
from seq2seq.errors import ConfigError


def length_penalty(length: int, alpha: float) -> float:
    """Return GNMT's length penalty ((5 + length) / 6) ** alpha (Wu et al. 2016).

    Args:
        length: Number of tokens, the end token included.
        alpha: Exponent; 0 is no penalty.

    Returns:
        The number that a log-probability is divided by.
    """
    return float(((5 + length) / 6) ** alpha)


def coverage_penalty(attention: Tensor, beta: float) -> Tensor:
    """Return GNMT's coverage penalty (Wu et al. 2016).

    It is beta * sum over the source of log(min(attention received, 1)). It is at most 0, and no
    step lowers it. Only padding receives exactly nothing, and padding does not count.

    Args:
        attention: Weights (R, L, S) of L target tokens on S source tokens.
        beta: Weight of the penalty.

    Returns:
        What to add to each score (R,).
    """
    received = attention.sum(1)
    return beta * received.clamp(max=1.0).log().masked_fill(received == 0, 0.0).sum(-1)


def check_nbest(beam: int, nbest: int) -> None:
    """Raise ConfigError unless a beam holds `nbest` hypotheses."""
    if beam < 1 or not 1 <= nbest <= beam:
        raise ConfigError(
            f"beam {beam} with {nbest} best: the beam must be at least 1 and at least the n of "
            "n-best"
        )


@dataclass
class NBest:
    """The n best hypotheses of one sentence that have ended so far, best first."""

    nbest: int
    hypotheses: list[Hypothesis] = field(default_factory=list)

    def add(self, hypothesis: Hypothesis) -> None:
        """Insert a hypothesis and drop the worst if there are too many."""
        self.hypotheses.append(hypothesis)
        self.hypotheses.sort(key=lambda hypothesis: -hypothesis.score)
        del self.hypotheses[self.nbest :]

    def beats(self, bound: float) -> bool:
        """Return whether nothing that scores at most `bound` can enter."""
        return len(self.hypotheses) == self.nbest and self.hypotheses[-1].score >= bound
