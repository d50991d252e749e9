"""Charts of training runs: each metric of all runs together, and the layers of one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from seq2seq.reports.line_chart import Axes, Curve
from seq2seq.reports.page_chart import PageChart
from seq2seq.reports.thinning import Point
from seq2seq.reports.training_log import DIRECTION_PREFIX, LAYER_PREFIX, TrainingLog


class Plot(NamedTuple):
    """A plot of a metric against the step.

    Attributes:
        name: Name of the metric in the metrics file, or a prefix of names.
        title: Title of the plot.
        unit: Label of the y axis, "" if the title says it.
        log_y: Make the y axis logarithmic.
    """

    name: str
    title: str
    unit: str
    log_y: bool = False


TEACHER_FORCING = "teacher_forcing"
"""Name of the fraction of input tokens that are those of the reference."""

PLOTS = (
    Plot("loss", "Loss", "nats per target token"),
    Plot("dev_bleu", "Dev BLEU", "BLEU"),
    Plot("dev_perplexity", "Dev perplexity", "perplexity per token", log_y=True),
    Plot("dev_perplexity_word", "Dev perplexity per word", "perplexity per word", log_y=True),
    Plot("dev_accuracy", "Dev accuracy", "percent"),
    Plot("dev_chrf", "Dev chrF2", "chrF2"),
    Plot("learning_rate", "Learning rate", ""),
    Plot(TEACHER_FORCING, "Teacher forcing", "fraction of reference input tokens"),
    Plot("tokens_per_second", "Speed", "target tokens per second"),
    Plot("gradient_norm", "Gradient norm, before clipping", "norm", log_y=True),
)
"""Plots in which all runs share one pair of axes."""

LAYER_PLOT = Plot(LAYER_PREFIX, "Gradient norm by layer", "norm", log_y=True)
"""Plot with one curve per layer, of a single run."""

DIRECTION_PLOT = Plot(DIRECTION_PREFIX, "Dev BLEU by direction", "BLEU")
"""Plot with one curve per translation direction, of a single run."""


def shared_charts(logs: Mapping[str, TrainingLog]) -> list[PageChart]:
    """Return a chart of each metric that a run has; each run has one style in all of them.

    Args:
        logs: Metrics of each run, by its name.

    Returns:
        Charts in the order of `PLOTS`.
    """
    return [
        _chart(plot, {name: log.curves.get(plot.name, ()) for name, log in logs.items()})
        for plot in PLOTS
        if any(plot.name in log.curves for log in logs.values())
        and not (plot.name == TEACHER_FORCING and only_teacher_forcing(logs))
    ]


def only_teacher_forcing(logs: Mapping[str, TrainingLog]) -> bool:
    """Return whether the input tokens were those of the reference at every step."""
    points = [log.curves.get(TEACHER_FORCING, ()) for log in logs.values()]
    return {value for curve in points for _, value in curve} == {1.0}


def detail_charts(logs: Mapping[str, TrainingLog], run: str) -> list[PageChart]:
    """Return the charts of one run; a layer has one style in those of all runs.

    Args:
        logs: Metrics of each run, by its name.
        run: Name of the run.

    Returns:
        The chart by layer and the chart by direction, as far as the run has such metrics.
    """
    charts = []
    for plot in (LAYER_PLOT, DIRECTION_PLOT):
        names = dict.fromkeys(name for log in logs.values() for name in log.with_prefix(plot.name))
        found = logs[run].with_prefix(plot.name)
        if found:
            charts.append(_chart(plot, {name: found.get(name, ()) for name in names}))
    return charts


def _chart(plot: Plot, found: Mapping[str, Sequence[Point]]) -> PageChart:
    curves = [
        Curve(name, [x for x, _ in points], [y for _, y in points])
        for name, points in found.items()
    ]
    axes = Axes(plot.title, x_label="step", y_label=plot.unit, log_y=plot.log_y)
    return PageChart(curves, axes)
