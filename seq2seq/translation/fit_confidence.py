"""Fit of the logistic regression of a confidence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seq2seq.translation.confidence import LIMIT, Confidence
from seq2seq.translation.evidence import FEATURES

PENALTY = 2.0
"""Weight of the squared weights in the loss (L2 regularization)."""

ITERATIONS = 50
"""Maximum number of Newton steps."""

MISSED = 0.03
"""Maximum fraction of good plain sentences below the threshold."""

MAX_THRESHOLD = 0.5
"""Maximum threshold: a translation that is more likely good than bad is not reported."""

_LENGTH = FEATURES.index("length")

Matrix = np.ndarray[tuple[int, int], np.dtype[np.float64]]
Vector = np.ndarray[tuple[int], np.dtype[np.float64]]


def fit_confidence(
    features: Sequence[Sequence[float]], *, good: Sequence[bool], plain: Sequence[bool]
) -> Confidence:
    """Fit a confidence to judged translations.

    Args:
        features: Features of N translations.
        good: Whether each translation is good.
        plain: Whether each source is ordinary text, rather than made up. Features are
            standardized by ordinary text, and the threshold is chosen on it.

    Returns:
        The confidence. At most `MISSED` of the good translations of ordinary text are below its
        threshold.
    """
    values = np.array(features, dtype=np.float64).reshape(-1, len(FEATURES))
    is_good = np.array(good, dtype=bool)
    is_plain = np.array(plain, dtype=bool)
    means = values[is_plain].mean(0)
    # A feature that is constant in ordinary text may vary in other text.
    scales = np.maximum(values[is_plain].std(0), 0.5 * values.std(0))
    scales[scales < 1e-6] = 1.0
    standardized = np.clip((values - means) / scales, -LIMIT, LIMIT)
    weights = _regression(_inputs(standardized), is_good.astype(np.float64))
    found = Confidence(
        means=means.tolist(),
        scales=scales.tolist(),
        weights=weights[: len(FEATURES)].tolist(),
        deviation=float(weights[-2]),
        bias=float(weights[-1]),
        threshold=0.0,
    )
    judged = sorted(found.of(row) for row in values[is_plain & is_good].tolist())
    return Confidence(**{**found.__dict__, "threshold": _threshold(judged)})


def _inputs(standardized: Matrix) -> Matrix:
    """Return the columns of the regression: the features, the deviation of the length, and 1."""
    deviation = np.abs(standardized[:, _LENGTH])
    return np.column_stack([standardized, deviation, np.ones(len(standardized))])


def _regression(inputs: Matrix, labels: Vector) -> Vector:
    """Return the weights of a logistic regression, by Newton's method."""
    penalty = np.full(inputs.shape[1], PENALTY)
    penalty[-1] = 1e-3  # the bias is hardly held back, but finite if all labels are the same
    weights = np.zeros(inputs.shape[1])
    for _ in range(ITERATIONS):
        chances = 1 / (1 + np.exp(-np.clip(inputs @ weights, -30, 30)))
        gradient = inputs.T @ (chances - labels) + penalty * weights
        spread = chances * (1 - chances)
        curvature = (inputs * spread[:, None]).T @ inputs + np.diag(penalty)
        step = np.linalg.solve(curvature, gradient)
        weights = weights - step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < 1e-6:
            break
    return weights


def _threshold(judged: Sequence[float]) -> float:
    """Return the highest threshold that few of the sorted confidences are below."""
    if not judged:
        return MAX_THRESHOLD
    return min(MAX_THRESHOLD, judged[int(MISSED * len(judged))])
