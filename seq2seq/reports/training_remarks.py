"""What the figures of a training say of its health, in sentences, each by a rule that can be looked
up here.

A remark states what is so, and gives no cause.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean, median

from seq2seq.reports.thinning import Point
from seq2seq.reports.training_log import BY_LAYER, TrainingLog

PARTS = 10
"""The loss is compared by tenths of the training, of at least two points each."""

RISE = 1.1
"""A loss or perplexity has risen if it is above so many times its lowest value."""

WAITED = 3
"""So many validations without a new best are said."""

APART = 1e4
"""Layers whose gradient norms differ by such a factor are named."""


def remarks(log: TrainingLog) -> list[str]:
    """Return one sentence for each thing worth knowing; of a training that goes well, none."""
    found = [
        _risen_loss(log.curves.get("loss", ())),
        _waiting(log.curves.get("dev_bleu", ())),
        _risen_perplexity(log.curves.get("dev_perplexity", ())),
        *_layers(log),
    ]
    return [remark for remark in found if remark]


def _risen_loss(points: Sequence[Point]) -> str:
    if len(points) < 2 * PARTS:
        return ""
    edges = [len(points) * part // PARTS for part in range(PARTS + 1)]
    parts = [points[begin:end] for begin, end in pairwise(edges)]
    means = [fmean(value for _, value in part) for part in parts]
    lowest = min(range(PARTS), key=lambda part: means[part])
    if not 0 < means[lowest] * RISE < means[-1]:
        return ""
    step = parts[lowest][-1][0]
    return (
        f"The loss has risen after step {step:,}: it is {means[-1]:.3g} in the mean over the last "
        "tenth, "
        f"where it was {means[lowest]:.3g}."
    )


def _waiting(points: Sequence[Point]) -> str:
    values = [value for _, value in points]
    best = values.index(max(values)) if values else 0
    waited = len(values) - 1 - best
    if waited < WAITED:
        return ""
    return f"Dev BLEU has not risen since step {points[best][0]:,}: {waited:,} validations without a new best."


def _risen_perplexity(points: Sequence[Point]) -> str:
    if not points:
        return ""
    step, lowest = min(points, key=lambda point: point[1])
    last = points[-1][1]
    if not 0 < lowest * RISE < last:
        return ""
    return f"Dev perplexity has risen since step {step:,}, from {lowest:.3g} to {last:.3g}."


def _layers(log: TrainingLog) -> list[str]:
    """On layers whose gradient is zero, and on those whose gradients are of another order."""
    norms = {
        name: median(value for _, value in points) for name, points in log.of_each(BY_LAYER).items()
    }
    zero = [
        name
        for name, points in log.of_each(BY_LAYER).items()
        if not any(value for _, value in points)
    ]
    found = [f"The gradient of {name} is zero in every line." for name in zero]
    some = {name: norm for name, norm in norms.items() if norm > 0}
    if some:
        low, high = min(some, key=lambda name: some[name]), max(some, key=lambda name: some[name])
        ratio = some[high] / some[low]
        if ratio >= APART:
            found.append(
                f"Gradient norms of {high} are {ratio:,.0f} times those of {low}, by their medians."
            )
    return found
