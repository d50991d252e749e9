"""Colors, dashes and markers by which the curves of a chart are told apart."""

from __future__ import annotations

from typing import NamedTuple

COLORS = ["#0067A5", "#B54A00", "#007A5E", "#9C3F83", "#7D6000", "#4A4A4A"]
"""Colors for all kinds of color vision (Okabe and Ito 2008), dark enough for text."""

DARK_COLORS = ["#56B4E9", "#F0904D", "#3FC49A", "#E39AC3", "#E6B84D", "#BBBBBB"]
"""The same colors for a dark page."""

DASHES = ["", "7 3", "1.5 2.5", "8 3 1.5 3"]
"""Dash patterns as in SVG: a solid line, dashes, dots, dashes and dots."""

MARKERS = ["circle", "square", "triangle", "diamond", "cross"]
"""Shapes of the points that are marked."""


class CurveStyle(NamedTuple):
    """Style of a curve.

    Attributes:
        color: Index in `COLORS`.
        dashes: Dash pattern of the line.
        marker: Shape of its marked points.
    """

    color: int
    dashes: str
    marker: str


def curve_style(index: int) -> CurveStyle:
    """Return the style of a curve by its place in a chart.

    Neighbors differ in color, dashes and marker. The first 12 curves differ in color or dashes,
    the first 60 in color, dashes or marker.
    """
    return CurveStyle(
        color=index % len(COLORS),
        dashes=DASHES[index % len(DASHES)],
        marker=MARKERS[index % len(MARKERS)],
    )
