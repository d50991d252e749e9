"""Charts of curves on a page: for wide and for narrow columns, with the values of all points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from seq2seq.reports.curve_styles import COLORS, curve_style
from seq2seq.reports.line_chart import Axes, Curve, Format, drawable, line_chart, printable

WIDE = Format(
    text="var(--text)",
    muted="var(--muted)",
    grid="var(--grid)",
    background="none",
    curves=tuple(f"var(--curve-{index})" for index in range(len(COLORS))),
)
"""Format of a chart in a column of at least 33rem, with the colors of the page."""

NARROW = replace(WIDE, width=350, height=250, name_characters=16, x_ticks=4)
"""Format of the same chart in a narrower column, such as on a phone."""

BROAD = replace(WIDE, width=860, height=330, x_ticks=9)
"""Format of a chart of many curves, across all columns of a page."""

MAX_COLUMN_CURVES = 6
"""A chart of more curves than this takes all columns."""

DIGITS = 5
"""Significant digits of a value that is shown when it is pointed at."""


@dataclass(frozen=True)
class PageChart:
    """A chart of curves, for the macro `chart` of charts.html.j2.

    Attributes:
        curves: Curves, those without points too: they keep the styles of the others.
        axes: Texts and kinds of the axes.
    """

    curves: Sequence[Curve]
    axes: Axes

    @property
    def broad(self) -> bool:
        """True if the chart takes all columns."""
        return len(drawable(self.curves, self.axes)) > MAX_COLUMN_CURVES

    @property
    def wide(self) -> str:
        """SVG for a wide column, or for all columns."""
        return line_chart(self.curves, self.axes, BROAD if self.broad else WIDE)

    @property
    def narrow(self) -> str:
        """SVG for a narrow column."""
        return line_chart(self.curves, self.axes, NARROW)

    @property
    def values(self) -> dict[str, object]:
        """Points of the curves with their names and styles, as charts.js reads them."""
        return {
            "title": printable(self.axes.title),
            "x": printable(self.axes.x_label),
            "curves": [
                {
                    "number": index,
                    "name": printable(curve.name),
                    "color": curve_style(index).color,
                    "dashes": curve_style(index).dashes,
                    "points": [
                        [_short(x), _short(y)] for x, y in zip(curve.x, curve.y, strict=True)
                    ],
                }
                for index, curve in drawable(self.curves, self.axes)
            ],
        }


def _short(value: float) -> float:
    """Return a value with few digits, a whole number without a point."""
    rounded = value if value == int(value) else float(f"{value:.{DIGITS}g}")
    return int(rounded) if rounded == int(rounded) and abs(rounded) < 1e15 else rounded
