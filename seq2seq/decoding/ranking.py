"""Ranking of finished hypotheses: length penalty, coverage penalty and n-best list."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor

from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.errors import ConfigError


def length_penalty(length: int, alpha: float) -> float:
    """Return GNMT's length penalty ((5 + length) / 6) ** alpha (Wu et al. 2016).

    Args:
        length: Number of tokens, including the end token.
        alpha: Exponent; 0 means no penalty.

    Returns:
        The penalty, by which a log-probability is divided.
    """
    return float(((5 + length) / 6) ** alpha)


def coverage_penalty(attention: Tensor, beta: float) -> Tensor:
    """Return GNMT's coverage penalty (Wu et al. 2016).

    The penalty is beta times the sum over the source tokens of log(min(attention received, 1)). It
    is at most 0, and no step lowers it. Only padding receives exactly 0; it does not count.

    Args:
        attention: Weights (R, L, S) of L target tokens on S source tokens.
        beta: Weight of the penalty.

    Returns:
        The penalty (R,), which is added to a score.
    """
    received = attention.sum(1)
    return beta * received.clamp(max=1.0).log().masked_fill(received == 0, 0.0).sum(-1)


def check_nbest(beam: int, nbest: int) -> None:
    """Check that a beam can hold `nbest` hypotheses.

    Raises:
        ConfigError: It cannot, or one of the two is less than 1.
    """
    if beam < 1 or not 1 <= nbest <= beam:
        raise ConfigError(
            f"beam {beam} with {nbest} best: nbest must be at least 1 and at most the beam"
        )


@dataclass
class NBest:
    """N-best list of one sentence: its best finished hypotheses so far.

    Attributes:
        nbest: Maximum number of hypotheses.
        hypotheses: The hypotheses, best first.
    """

    nbest: int
    hypotheses: list[Hypothesis] = field(default_factory=list)

    def add(self, hypothesis: Hypothesis) -> None:
        """Insert a hypothesis, and drop the worst if there are more than `nbest`."""
        self.hypotheses.append(hypothesis)
        self.hypotheses.sort(key=lambda hypothesis: -hypothesis.score)
        del self.hypotheses[self.nbest :]

    @property
    def worst(self) -> float:
        """Score that a hypothesis must exceed to enter the list; minus infinity if it has room."""
        is_full = len(self.hypotheses) == self.nbest
        return self.hypotheses[-1].score if is_full else float("-inf")

    def beats(self, bound: float) -> bool:
        """Return whether no hypothesis with a score of at most `bound` can enter the list."""
        return len(self.hypotheses) == self.nbest and self.hypotheses[-1].score >= bound
