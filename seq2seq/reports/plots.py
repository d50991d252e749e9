"""Plots in one style, as SVG: axes with units, curves labelled at their ends, accessible colours.

Text stays text, so that it can be read aloud and searched.
"""

from __future__ import annotations

import html
import io
import math
import re
import textwrap
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Bars", "Curve", "bars", "curves", "histogram"]

COLOURS = ["#0067A5", "#B54A00", "#007A5E", "#9C3F83", "#7D6000", "#4A4A4A"]
"""Colours for all kinds of colour vision (Okabe and Ito 2008), dark enough for text."""

DARK_COLOURS = ["#56B4E9", "#F0904D", "#3FC49A", "#E39AC3", "#E6B84D", "#BBBBBB"]
"""The same colours for a dark page."""

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

_LINE_HEIGHT = 12
"""Height of a label, in points."""

_CHARACTER_WIDTH = 6
"""Approximate width of a character of a label, in points."""


@dataclass(frozen=True)
class Curve:
    """Points joined by a line, with a name at its end.

    Attributes:
        name: Name to write at the end of the line.
        x: Horizontal positions of the points.
        y: Vertical positions of the points.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]


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
        drawn: Curves; empty ones are left out.
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
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogFormatter

    if log_y and any(not 0 < y < math.inf for curve in drawn for y in curve.y):
        drawn = [_positive(curve) for curve in drawn]
        y_label = f"{y_label} (left out: zero, infinite)"
    drawn = [curve for curve in drawn if len(curve.x)]
    with _style():
        figure = Figure(figsize=(7, 4), layout="constrained")
        axes = figure.add_subplot()
        axes.set(title=_printable(title), xlabel=_printable(x_label), ylabel=_printable(y_label))
        if log_x:
            axes.set_xscale("log")
        if log_y:
            axes.set_yscale("log")
            for set_formatter in (axes.yaxis.set_major_formatter, axes.yaxis.set_minor_formatter):
                # matplotlib's default formatter writes mathematics.
                set_formatter(LogFormatter())
        for index, (curve, colour) in enumerate(zip(drawn, _colours(len(drawn)), strict=True)):
            line = "-" if index < len(COLOURS) else "--"
            axes.plot(
                curve.x,
                curve.y,
                line,
                color=colour,
                marker="o" if marked or len(curve.x) == 1 else "",
            )
        if marked:
            ticks = sorted({x for curve in drawn for x in curve.x})
            axes.set_xticks(ticks, [f"{x:,g}" for x in ticks])
            axes.set_xticks([], minor=True)
        _name_the_ends(figure, axes, drawn)
        return _svg(figure, title)


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
        figure = Figure(figsize=(7, 3.5), layout="constrained")
        axes = figure.add_subplot()
        axes.set(title=_printable(title), ylabel=_printable(y_label))
        axes.grid(visible=False, axis="x")
        places = range(len(drawn.names))
        axes.bar(places, drawn.values, color=COLOURS[0], width=0.6)
        for place, (value, (low, high)) in enumerate(
            zip(drawn.values, drawn.intervals, strict=True)
        ):
            axes.plot([place, place], [low, high], color=COLOURS[1], linewidth=1.5)
            above = (place, max(high, value))
            axes.annotate(f"{value:.1f}", above, (0, 3), textcoords="offset points", ha="center")
        names = ["\n".join(textwrap.wrap(_printable(name), 16)) for name in drawn.names]
        axes.set_xticks(
            places, [f"{name}\n({count:,})" for name, count in zip(names, counts, strict=True)]
        )
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
        figure = Figure(figsize=(7, 3), layout="constrained")
        axes = figure.add_subplot()
        axes.set(title=_printable(title), xlabel=_printable(x_label), ylabel=_printable(y_label))
        axes.hist(values, bins=bins, range=limits, color=COLOURS[0], rwidth=0.9)
        axes.set_xlim(*limits)
        return _svg(figure, title)


def _positive(curve: Curve) -> Curve:
    """Return a curve with only those points that have a logarithm."""
    points = [(x, y) for x, y in zip(curve.x, curve.y, strict=True) if 0 < y < math.inf]
    return Curve(curve.name, [x for x, _ in points], [y for _, y in points])


@contextmanager
def _style() -> Iterator[None]:
    """Set the style, and silence warnings about characters that matplotlib's font lacks."""
    from matplotlib import rc_context

    with rc_context(_STYLE), warnings.catch_warnings():  # type: ignore[arg-type]
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        yield


def _colours(count: int) -> list[str]:
    return [COLOURS[index % len(COLOURS)] for index in range(count)]


def _name_the_ends(figure: Figure, axes: Axes, drawn: Sequence[Curve]) -> None:
    """Write each curve's name next to its last point, moved up where names would overlap."""
    # Positions are known only after scaling, except for small shifts by the layout.
    axes.autoscale_view()
    ends = [
        axes.transData.transform((curve.x[-1], curve.y[-1])) * 72 / figure.dpi for curve in drawn
    ]  # in points
    written: list[tuple[float, float, float]] = []  # left, right and height of each name
    for index in sorted(range(len(drawn)), key=lambda i: float(ends[i][1])):
        name = _printable(drawn[index].name)
        left, end = map(float, ends[index])
        right = left + _CHARACTER_WIDTH * len(name)
        height = end
        for other_left, other_right, other in sorted(written, key=lambda place: place[2]):
            if other_left < right and left < other_right and abs(height - other) < _LINE_HEIGHT:
                height = other + _LINE_HEIGHT
        written.append((left, right, height))
        last = (drawn[index].x[-1], drawn[index].y[-1])
        colour = _colours(len(drawn))[index]
        axes.annotate(
            name, last, (6, height - end), textcoords="offset points", color=colour, va="center"
        )


def _printable(text: str) -> str:
    """Replace characters that XML cannot contain."""
    return "".join(character if character.isprintable() else " " for character in text)


def _svg(figure: Figure, title: str) -> str:
    """Return a figure as an SVG element, with its title as a label for screen readers."""
    text = io.StringIO()
    engine = figure.get_layout_engine()
    assert engine is not None
    engine.execute(figure)
    # Otherwise saving would draw the whole figure a second time, to lay it out.
    figure.set_layout_engine("none")
    figure.savefig(
        text, format="svg", metadata={"Date": None, "Creator": None, "Title": _printable(title)}
    )
    element = text.getvalue()
    name = html.escape(_printable(title))
    return element[element.index("<svg ") :].replace(
        "<svg ", f'<svg role="img" aria-label="{name}" ', 1
    )


def inlined(picture: str) -> str:
    """Prepare a plot for a page, with the page's own colours: --curve-0 and so on, and --grid."""
    for index, colour in enumerate(COLOURS):
        picture = picture.replace(colour.lower(), f"var(--curve-{index})")
    # Nothing refers to these ids.
    picture = re.sub(r' id="[\w.]+_\d+"|<metadata>.*?</metadata>', "", picture, flags=re.DOTALL)
    picture = picture.replace("#dddddd", "var(--grid)").replace(
        "stroke: #000000", "stroke: currentColor"
    )
    return picture.replace("<svg ", '<svg fill="currentColor" ', 1).replace(
        "fill: #ffffff", "fill: none"
    )
