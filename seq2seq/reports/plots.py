"""Plots in one style, as SVG: axes with units, curves labelled at their ends, accessible colors.

Text stays text, so that it can be read aloud and searched.
"""

from __future__ import annotations

import html
import io
import re
import textwrap
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seq2seq.reports.curve_styles import COLORS
from seq2seq.reports.line_chart import Axes, Curve, Format, line_chart, printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Bars", "Curve", "bars", "curves", "histogram"]

_STYLE = {
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.8,
    "lines.markersize": 4,
    "text.parse_math": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "seq2seq",  # the same plot is always the same text
}


def curves(
    drawn: Sequence[Curve],
    *,
    title: str,
    x_label: str,
    y_label: str,
    log_x: bool = False,
    log_y: bool = False,
    marked: bool = False,
) -> str:
    """Draw curves over one pair of axes.

    Args:
        drawn: Curves. Those without points are left out, and the others keep the styles that they
            would have beside them.
        title: Title above the plot.
        x_label: Label of the x axis, with its unit.
        y_label: Label of the y axis, with its unit.
        log_x: Make the x axis logarithmic.
        log_y: Make the y axis logarithmic; points without a logarithm are left out, and the label
            of the axis says so.
        marked: Mark the points, and put a tick on the x axis at each.

    Returns:
        SVG.
    """
    axes = Axes(title, x_label, y_label, log_x=log_x, log_y=log_y, marked=marked)
    return line_chart(drawn, axes, Format())


@dataclass(frozen=True)
class Bars:
    """Named values with intervals.

    Attributes:
        names: Name of each bar.
        values: Height of each bar.
        intervals: Lower and upper end of the interval of each value.
    """

    names: Sequence[str]
    values: Sequence[float]
    intervals: Sequence[tuple[float, float]]


def bars(drawn: Bars, *, title: str, y_label: str, counts: Sequence[int]) -> str:
    """Draw one bar per name, with its value and interval.

    Args:
        drawn: The bars.
        title: Title above the plot.
        y_label: Label of the y axis, with its unit.
        counts: Number to write below each name, such as the number of sentences.

    Returns:
        SVG.
    """
    from matplotlib.figure import Figure

    with _style():
        figure = Figure(figsize=(5.2, 3.2), layout="constrained")
        axes = figure.add_subplot()
        axes.set(title=printable(title), ylabel=printable(y_label))
        axes.grid(visible=False, axis="x")
        places = range(len(drawn.names))
        axes.bar(places, drawn.values, color=COLORS[0], width=0.6)
        for place, (value, (low, high)) in enumerate(
            zip(drawn.values, drawn.intervals, strict=True)
        ):
            axes.plot([place, place], [low, high], color=COLORS[1], linewidth=1.5)
            above = (place, max(high, value))
            axes.annotate(f"{value:.1f}", above, (0, 3), textcoords="offset points", ha="center")
        names = ["\n".join(textwrap.wrap(printable(name), 16)) for name in drawn.names]
        axes.set_xticks(
            places, [f"{name}\n({count:,})" for name, count in zip(names, counts, strict=True)]
        )
        axes.margins(y=0.12)  # room for the values above the highest interval
        axes.set_ylim(bottom=0)
        return _svg(figure, title)


def histogram(
    values: Sequence[float],
    *,
    title: str,
    x_label: str,
    y_label: str,
    limits: tuple[float, float],
    bins: int = 20,
) -> str:
    """Draw how many values lie in each of several intervals of equal width.

    Args:
        values: The values.
        title: Title above the plot.
        x_label: Label of the x axis, with its unit.
        y_label: Label of the y axis.
        limits: Lower and upper end of the x axis; values outside are left out.
        bins: Number of intervals between the limits.

    Returns:
        SVG.
    """
    from matplotlib.figure import Figure

    with _style():
        figure = Figure(figsize=(5.2, 2.8), layout="constrained")
        axes = figure.add_subplot()
        axes.set(title=printable(title), xlabel=printable(x_label), ylabel=printable(y_label))
        axes.hist(values, bins=bins, range=limits, color=COLORS[0], rwidth=0.9)
        axes.set_xlim(*limits)
        return _svg(figure, title)


@contextmanager
def _style() -> Iterator[None]:
    """Set the style, and silence warnings about characters that matplotlib's font lacks."""
    from matplotlib import rc_context

    with rc_context(_STYLE), warnings.catch_warnings():  # type: ignore[arg-type]
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        yield


def _svg(figure: Figure, title: str) -> str:
    """Return a figure as an SVG element, with its title as a label for screen readers."""
    text = io.StringIO()
    engine = figure.get_layout_engine()
    assert engine is not None
    engine.execute(figure)
    # Otherwise saving would draw the whole figure a second time, to lay it out.
    figure.set_layout_engine("none")
    figure.savefig(
        text, format="svg", metadata={"Date": None, "Creator": None, "Title": printable(title)}
    )
    element = text.getvalue()
    name = html.escape(printable(title))
    return element[element.index("<svg ") :].replace(
        "<svg ", f'<svg role="img" aria-label="{name}" ', 1
    )


def inlined(picture: str) -> str:
    """Prepare a plot for a page, with the page's own colors: --curve-0 and so on, and --grid."""
    for index, color in enumerate(COLORS):
        picture = picture.replace(color.lower(), f"var(--curve-{index})")
    # Nothing refers to these ids.
    picture = re.sub(r' id="[\w.]+_\d+"|<metadata>.*?</metadata>', "", picture, flags=re.DOTALL)
    picture = picture.replace("#dddddd", "var(--grid)").replace(
        "stroke: #000000", "stroke: currentColor"
    )
    return picture.replace("<svg ", '<svg fill="currentColor" ', 1).replace(
        "fill: #ffffff", "fill: none"
    )
