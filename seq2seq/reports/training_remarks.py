"""Remarks on the health of a training, each made by a rule in this file.

A remark states a fact and does not guess at causes.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean, median

from seq2seq.reports.axis_scale import plain
from seq2seq.reports.thinning import Point
from seq2seq.reports.training_log import LAYER_PREFIX, TrainingLog

N_PARTS = 10
"""Number of parts of a training whose losses are compared, of at least two points each."""

MIN_RISE = 1.1
"""A loss or perplexity has risen if it is more than this many times its lowest value."""

MIN_STALLED_VALIDATIONS = 3
"""Minimum number of validations without a new best score for a remark."""

MIN_NORM_RATIO = 1e4
"""Minimum ratio between the gradient norms of two layers for a remark."""


def remarks(log: TrainingLog) -> list[str]:
    """Return one sentence for each problem; a training that goes well has none."""
    found = [
        _risen_loss(log.curves.get("loss", ())),
        _stalled_bleu(log.curves.get("dev_bleu", ())),
        _risen_perplexity(log.curves.get("dev_perplexity", ())),
        *_layers(log),
    ]
    return [remark for remark in found if remark]


def _risen_loss(points: Sequence[Point]) -> str:
    if len(points) < 2 * N_PARTS:
        return ""
    edges = [len(points) * part // N_PARTS for part in range(N_PARTS + 1)]
    parts = [points[begin:end] for begin, end in pairwise(edges)]
    means = [fmean(value for _, value in part) for part in parts]
    lowest = min(range(N_PARTS), key=lambda part: means[part])
    if not 0 < means[lowest] * MIN_RISE < means[-1]:
        return ""
    step = parts[lowest][-1][0]
    return (
        f"The loss has risen after step {step:,}: from {plain(means[lowest], 3)} to "
        f"{plain(means[-1], 3)}, averaged over tenths of the training."
    )


def _stalled_bleu(points: Sequence[Point]) -> str:
    values = [value for _, value in points]
    best = values.index(max(values)) if values else 0
    stalled = len(values) - 1 - best
    if stalled < MIN_STALLED_VALIDATIONS:
        return ""
    return (
        f"Dev BLEU has not risen since step {points[best][0]:,}: "
        f"{stalled:,} validations without a new best score."
    )


def _risen_perplexity(points: Sequence[Point]) -> str:
    if not points:
        return ""
    step, lowest = min(points, key=lambda point: point[1])
    last = points[-1][1]
    if not 0 < lowest * MIN_RISE < last:
        return ""
    rise = f"from {plain(lowest, 3)} to {plain(last, 3)}"
    return f"Dev perplexity has risen since step {step:,}, {rise}."


def _layers(log: TrainingLog) -> list[str]:
    """Return remarks on layers with zero gradients, or with gradients of very different size."""
    norms = {
        name: median(value for _, value in points)
        for name, points in log.with_prefix(LAYER_PREFIX).items()
    }
    zero = [
        name
        for name, points in log.with_prefix(LAYER_PREFIX).items()
        if not any(value for _, value in points)
    ]
    found = [f"The gradient of {name} is zero at every logged step." for name in zero]
    positive = {name: norm for name, norm in norms.items() if norm > 0}
    if positive:
        low = min(positive, key=lambda name: positive[name])
        high = max(positive, key=lambda name: positive[name])
        ratio = positive[high] / positive[low]
        if ratio >= MIN_NORM_RATIO:
            times = plain(ratio, 2)
            found.append(f"The median gradient norm of {high} is {times} times that of {low}.")
    return found
