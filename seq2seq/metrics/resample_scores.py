"""sacreBLEU's formulas for many corpora at once, such as the resamples of a significance test.

Every operation is that of sacreBLEU, in its order and in the precision of the totals, so each score
equals sacreBLEU's to the last bit. Scoring one corpus after another takes 10 to 80 times as long.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from seq2seq.metrics.metric import Counts

Column = np.ndarray[tuple[int], np.dtype[Any]]
"""A number per corpus, (R,)."""

BLEU_ORDERS = 4
"""Longest n-grams that BLEU counts, in tokens."""

LOG_OF_ZERO = -9999999999.0
"""sacreBLEU's logarithm of a precision of 0."""


def bleu_scores(totals: Counts) -> Column:
    """Compute BLEU with exponential smoothing.

    Args:
        totals: For each of R corpora the length of hypotheses and references, the matches of each
            order, and the n-grams of each order, (R, 10).

    Returns:
        The scores (R,).
    """
    matches = totals[:, 2 : 2 + BLEU_ORDERS]
    counts = totals[:, 2 + BLEU_ORDERS :]
    logs = np.zeros(len(totals))
    smoothing = np.ones_like(totals[:, 0])
    counted = np.ones(len(totals), dtype=bool)  # no order so far is without n-grams
    for order in range(BLEU_ORDERS):
        counted = counted & (counts[:, order] > 0)
        missed = counted & (matches[:, order] == 0)
        smoothing = np.where(missed, 2 * smoothing, smoothing)
        with np.errstate(divide="ignore", invalid="ignore"):
            smoothed = 100 / (smoothing * counts[:, order])
            exact = 100 * matches[:, order] / counts[:, order]
        precision = np.where(missed, smoothed, exact)
        logs[counted] += _each(math.log, precision[counted])
        logs[~counted] += LOG_OF_ZERO
    scores = _brevity_penalty(totals) * _each(math.exp, logs / BLEU_ORDERS)
    return np.where(matches.any(1), scores, 0.0)


def chrf_scores(totals: Counts, beta: int) -> Column:
    """Compute chrF: the F-score of the mean precision and the mean recall over the orders.

    Args:
        totals: For each of R corpora and each of M orders the n-grams of the hypotheses, those of
            the references, and the matches, (R, 3 M).
        beta: Weight of recall.

    Returns:
        The scores (R,).
    """
    precision = np.zeros_like(totals[:, 0])
    recall = np.zeros_like(precision)
    orders = np.zeros_like(precision)
    for hypotheses, references, matches in totals.T.reshape(-1, 3, len(totals)):
        counted = (hypotheses > 0) & (references > 0)
        precision[counted] += matches[counted] / hypotheses[counted]
        recall[counted] += matches[counted] / references[counted]
        orders += counted
    precision /= np.maximum(orders, 1)
    recall /= np.maximum(orders, 1)
    matched = precision + recall > 0
    factor = beta**2
    scores = np.zeros(len(totals))
    product = (1 + factor) * precision[matched] * recall[matched]
    scores[matched] = 100 * (product / (factor * precision[matched] + recall[matched]))
    return scores


def ter_scores(totals: Counts) -> Column:
    """Compute the translation edit rate.

    Args:
        totals: For each of R corpora the edits and the mean length of the references, (R, 2).

    Returns:
        The scores (R,).
    """
    edits = totals[:, 0]
    lengths = totals[:, 1]
    scores = np.where(edits > 0, 100.0, 0.0)  # without any reference words
    counted = lengths > 0
    scores[counted] = 100 * (edits[counted] / lengths[counted])
    return scores


def _brevity_penalty(totals: Counts) -> Column:
    hypotheses = totals[:, 0].astype(int)
    references = totals[:, 1].astype(int)
    penalty = np.where(hypotheses > 0, 1.0, 0.0)
    short = (hypotheses > 0) & (hypotheses < references)
    penalty[short] = _each(math.exp, 1 - references[short] / hypotheses[short])
    return penalty


def _each(function: Callable[[float], float], values: Column) -> Column:
    """Apply a function of `math`, whose last bit may differ from NumPy's."""
    return np.array(list(map(function, values.tolist())), dtype=np.float64)
