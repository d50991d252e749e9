"""Pictures of one style, as SVG: axes with units, curves named where they end, colours that all can
tell apart.

It draws what it is given, and knows neither runs nor models. Text in a picture stays text, for
readers and for search."""

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

COLOURS = ["#0067A5", "#B54A00", "#007A5E", "#9C3F83", "#7D6000", "#4A4A4A"]
"""Told apart by all who see colours differently: Okabe and Ito's (2008), so dark that text in them
can be read."""

DARK = ["#56B4E9", "#F0904D", "#3FC49A", "#E39AC3", "#E6B84D", "#BBBBBB"]
"""The same on a dark page."""

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
    "svg.hashsalt": "seq2seq",  # so that the same picture is the same text
}

_LINE, _LETTER = 12, 6  # points that a name takes in height, and each of its letters in width


@dataclass(frozen=True)
class Curve:
    """Points joined by a line, and the name that stands at its end."""

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
    """Draw curves over one pair of axes and return SVG; `marked` shows the points, and x has a tick
    at each.

    With `log_y`, points that no such axis has a place for are left out, and `y_label` says so.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogFormatter

    if log_y and any(not 0 < y < math.inf for curve in drawn for y in curve.y):
        drawn, y_label = (
            [_positive(curve) for curve in drawn],
            f"{y_label} (left out: zero, infinite)",
        )
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
                set_formatter(
                    LogFormatter()
                )  # matplotlib's own choice would be written as mathematics
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
    """Named values, each with its interval."""

    names: Sequence[str]
    values: Sequence[float]
    intervals: Sequence[tuple[float, float]]


def bars(drawn: Bars, *, title: str, y_label: str, counts: Sequence[int]) -> str:
    """Draw a bar a name, with its value, its interval, and below the name how many it stands for;
    return SVG."""
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
    """Draw how many values lie in each of so many equal parts of the limits; return SVG."""
    from matplotlib.figure import Figure

    with _style():
        figure = Figure(figsize=(7, 3), layout="constrained")
        axes = figure.add_subplot()
        axes.set(title=_printable(title), xlabel=_printable(x_label), ylabel=_printable(y_label))
        axes.hist(values, bins=bins, range=limits, color=COLOURS[0], rwidth=0.9)
        axes.set_xlim(*limits)
        return _svg(figure, title)


def _positive(curve: Curve) -> Curve:
    """The points of a curve that have a logarithm."""
    points = [(x, y) for x, y in zip(curve.x, curve.y, strict=True) if 0 < y < math.inf]
    return Curve(curve.name, [x for x, _ in points], [y for _, y in points])


@contextmanager
def _style() -> Iterator[None]:
    """Draw in the one style, and without a word about letters that matplotlib's own font lacks:
    text stays text."""
    from matplotlib import rc_context

    with rc_context(_STYLE), warnings.catch_warnings():  # type: ignore[arg-type]
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        yield


def _colours(count: int) -> list[str]:
    return [COLOURS[index % len(COLOURS)] for index in range(count)]


def _name_the_ends(figure: Figure, axes: Axes, drawn: Sequence[Curve]) -> None:
    """Write each curve's name beside its last point, moved up as far as the names that are in its
    way need."""
    # only then is it known where a point lies, but for the little that the layout moves it
    axes.autoscale_view()
    ends = [
        axes.transData.transform((curve.x[-1], curve.y[-1])) * 72 / figure.dpi for curve in drawn
    ]  # in points
    written: list[tuple[float, float, float]] = []  # where names are: left, right, height
    for index in sorted(range(len(drawn)), key=lambda i: float(ends[i][1])):
        name, (left, end) = _printable(drawn[index].name), map(float, ends[index])
        right, height = left + _LETTER * len(name), end
        for other_left, other_right, other in sorted(written, key=lambda place: place[2]):
            if other_left < right and left < other_right and abs(height - other) < _LINE:
                height = other + _LINE
        written.append((left, right, height))
        last = (drawn[index].x[-1], drawn[index].y[-1])
        colour = _colours(len(drawn))[index]
        axes.annotate(
            name, last, (6, height - end), textcoords="offset points", color=colour, va="center"
        )


def _printable(text: str) -> str:
    """The text without what no XML may hold."""
    return "".join(character if character.isprintable() else " " for character in text)


def _svg(figure: Figure, title: str) -> str:
    """The picture as an element to stand alone or in a page, named for those who hear it."""
    text = io.StringIO()
    engine = figure.get_layout_engine()
    assert engine is not None
    engine.execute(figure)
    figure.set_layout_engine(
        "none"
    )  # or saving would draw the whole figure once more, to lay it out
    figure.savefig(
        text, format="svg", metadata={"Date": None, "Creator": None, "Title": _printable(title)}
    )
    element = text.getvalue()
    name = html.escape(_printable(title))
    return element[element.index("<svg ") :].replace(
        "<svg ", f'<svg role="img" aria-label="{name}" ', 1
    )


def inlined(picture: str) -> str:
    """The picture for a page: its colours are the page's, --curve-0 and on, --grid, and that of its
    text."""
    for index, colour in enumerate(COLOURS):
        picture = picture.replace(colour.lower(), f"var(--curve-{index})")
    picture = re.sub(
        r' id="[\w.]+_\d+"|<metadata>.*?</metadata>', "", picture, flags=re.DOTALL
    )  # none is referred to
    picture = picture.replace("#dddddd", "var(--grid)").replace(
        "stroke: #000000", "stroke: currentColor"
    )
    return picture.replace("<svg ", '<svg fill="currentColor" ', 1).replace(
        "fill: #ffffff", "fill: none"
    )
