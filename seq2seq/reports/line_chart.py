"""Curves over one pair of axes as SVG, each with its name at its end.

Text stays text, so that it can be read aloud and searched.
"""

from __future__ import annotations

import html
import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from seq2seq.reports.axis_scale import Scale, tick_texts
from seq2seq.reports.curve_styles import COLORS, CurveStyle, curve_style
from seq2seq.reports.label_places import spread

FONT = 12
"""Size of the text, in pixels."""

LINE = 15
"""Height of a line of text, in pixels."""

CHARACTER = 6.6
"""Width of a character, in pixels: more than the average of the fonts that browsers use."""

MAX_NAME_LINES = 2
"""Maximum number of lines of a name; the middle of a longer one is only in its tooltip."""

BREAKS = " ./_-+,"
"""Characters after which a name may be broken."""

PAD = 8
"""Space around the picture, in pixels."""


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


@dataclass(frozen=True)
class Axes:
    """Texts and kinds of the two axes of a chart.

    Attributes:
        title: Title above the plot.
        x_label: Label of the x axis, with its unit.
        y_label: Label of the y axis, with its unit.
        log_x: Make the x axis logarithmic.
        log_y: Make the y axis logarithmic.
        marked: Mark the points, and put a tick on the x axis at each.
    """

    title: str
    x_label: str
    y_label: str
    log_x: bool = False
    log_y: bool = False
    marked: bool = False


@dataclass(frozen=True)
class Format:
    """Size of a chart, and its colors as CSS.

    Attributes:
        width: Width in pixels.
        height: Least height of the plot, in pixels; many names make it higher.
        name_characters: Maximum number of characters in a line of a name.
        x_ticks: Number of ticks to aim at on the x axis.
        text: Color of text.
        muted: Color of the labels of axes and ticks.
        grid: Color of the grid.
        background: Color of the background.
        curves: Colors of the curves, as many as `COLORS`.
    """

    width: int = 600
    height: int = 270
    name_characters: int = 26
    x_ticks: int = 6
    text: str = "#1a1a1a"
    muted: str = "#5a5a5a"
    grid: str = "#dddddd"
    background: str = "#ffffff"
    curves: Sequence[str] = tuple(color.lower() for color in COLORS)


def drawable(curves: Sequence[Curve], axes: Axes) -> list[tuple[int, Curve]]:
    """Return the curves that have points on the axes, with their places in the sequence.

    Points that are not finite, or have no logarithm on a logarithmic axis, are left out.
    """
    return [
        (index, cut)
        for index, curve in enumerate(curves)
        if len((cut := _on_the_axes(curve, axes)).x)
    ]


def _on_the_axes(curve: Curve, axes: Axes) -> Curve:
    points = [
        (float(x), float(y))
        for x, y in zip(curve.x, curve.y, strict=True)
        if _has_place(x, log=axes.log_x) and _has_place(y, log=axes.log_y)
    ]
    return Curve(curve.name, [x for x, _ in points], [y for _, y in points])


def _has_place(value: float, *, log: bool) -> bool:
    return math.isfinite(value) and (value > 0 or not log)


def line_chart(curves: Sequence[Curve], axes: Axes, form: Format) -> str:
    """Draw curves as one SVG element.

    Args:
        curves: Curves; those without points are left out, and the others keep their styles.
        axes: Texts and kinds of the axes.
        form: Size and colors.

    Returns:
        SVG. Its attributes data-box, data-x and data-y say where which values are: left, top, right
        and bottom of the plot; and for either axis its first and last value, and "log" or "linear".
    """
    lacking = axes.log_y and any(not 0 < y < math.inf for curve in curves for y in curve.y)
    if lacking:
        axes = replace(axes, y_label=f"{axes.y_label} (left out: zero, infinite)")
    return _Chart(drawable(curves, axes), axes, form).svg()


class _Chart:
    """A chart while it is drawn."""

    def __init__(self, drawn: Sequence[tuple[int, Curve]], axes: Axes, form: Format) -> None:
        self.drawn = drawn
        self.axes = axes
        self.form = form
        self.x = Scale.of((x for _, curve in drawn for x in curve.x), log=axes.log_x, margin=0.02)
        self.y = Scale.of((y for _, curve in drawn for y in curve.y), log=axes.log_y)
        self.y_ticks = self.y.ticks(6)
        self.names = [wrapped(curve.name, form.name_characters) for _, curve in drawn]
        across = int((form.width - 2 * PAD) / CHARACTER)
        self.title = wrapped(axes.title, int(across / 1.15), lines=3)
        self.y_label = wrapped(axes.y_label, across, lines=3)
        self.left = PAD + 6 + max(map(text_width, tick_texts(self.y_ticks)), default=0)
        widest = max((text_width(line) for name in self.names for line in name), default=0)
        self.right = form.width - PAD - (widest + 18 if drawn else 0)
        self.top = PAD + LINE * (len(self.title) + len(self.y_label)) + 10
        lines = sum(map(len, self.names))
        self.bottom = self.top + max(form.height, lines * (LINE - 1) + 3 * len(self.names))
        self.height = self.bottom + 2 * LINE + PAD + 4
        self.name_places = self._name_places()

    def svg(self) -> str:
        title = _escaped(self.axes.title)
        box = " ".join(f"{edge:.1f}" for edge in (self.left, self.top, self.right, self.bottom))
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{title}" '
            f'viewBox="0 0 {self.form.width} {self.height}" width="{self.form.width}" '
            f'height="{self.height}" font-family="system-ui, sans-serif" font-size="{FONT}" '
            f'data-box="{box}" data-x="{_range(self.x)}" data-y="{_range(self.y)}">',
            f'<rect width="100%" height="100%" style="fill:{self.form.background}"/>',
            *self._texts(),
            *self._grid(),
        ]
        for number in range(len(self.drawn)):
            parts += self._curve(number)
        return "\n".join([*parts, "</svg>"]) + "\n"

    def _place(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point is, in pixels."""
        return (
            self.left + self.x.place(x) * (self.right - self.left),
            self.bottom - self.y.place(y) * (self.bottom - self.top),
        )

    def _texts(self) -> Iterator[str]:
        """Yield the title, and the labels of the axes."""
        height = float(PAD)
        for line in self.title:
            height += LINE
            yield self._text(PAD, height, line, color=self.form.text, bold=True)
        for line in self.y_label:
            height += LINE
            yield self._text(PAD, height, line)
        yield self._text(
            (self.left + self.right) / 2,
            self.bottom + 2 * LINE + 4,
            printable(self.axes.x_label),
            anchor="middle",
        )

    def _grid(self) -> Iterator[str]:
        """Yield the lines of the ticks, and what stands at them."""
        for tick, text in zip(self.y_ticks, tick_texts(self.y_ticks), strict=True):
            height = self._place(self.x.low, tick)[1]
            yield self._rule(self.left, height, self.right, height)
            yield self._text(self.left - 6, height + 4, text, anchor="end")
        end = -math.inf
        ticks = self._x_ticks()
        for tick, text in zip(ticks, tick_texts(ticks), strict=True):
            place = self._place(tick, self.y.low)[0]
            yield self._rule(place, self.top, place, self.bottom)
            half = text_width(text) / 2
            if place - half > end + 4:
                yield self._text(place, self.bottom + LINE, text, anchor="middle")
                end = place + half
        yield (
            f'<path d="M{self.left:.1f} {self.top}V{self.bottom}H{self.right:.1f}" '
            f'style="fill:none;stroke:{self.form.muted}"/>'
        )

    def _x_ticks(self) -> list[float]:
        if self.axes.marked and self.drawn:
            return sorted({x for _, curve in self.drawn for x in curve.x})
        return self.x.ticks(self.form.x_ticks)

    def _rule(self, x1: float, y1: float, x2: float, y2: float) -> str:
        return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" style="stroke:{self.form.grid}"/>'

    def _curve(self, number: int) -> Iterator[str]:
        """Yield a curve with its markers, its name and what joins the two."""
        index, curve = self.drawn[number]
        style = curve_style(index)
        color = self.form.curves[style.color]
        points = [self._place(x, y) for x, y in zip(curve.x, curve.y, strict=True)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dashes = f' stroke-dasharray="{style.dashes}"' if style.dashes else ""
        yield f'<g class="curve" data-curve="{index}" style="stroke:{color};fill:{color}">'
        yield (
            f'<polyline points="{path}" style="fill:none" stroke-width="1.7" '
            f'stroke-linejoin="round"{dashes}/>'
        )
        for x, y in points if self.axes.marked else points[-1:]:
            yield marker(style, x, y)
        yield from self._name(number, curve.name, points[-1])
        yield "</g>"

    def _name(self, number: int, name: str, end: tuple[float, float]) -> Iterator[str]:
        lines = self.names[number]
        middle = self.name_places[number]
        left = self.right + 14
        yield (
            f'<path d="M{end[0]:.1f} {end[1]:.1f}H{self.right:.1f}L{left - 3:.1f} {middle:.1f}" '
            'style="fill:none" stroke-width="0.8" stroke-dasharray="1 2"/>'
        )
        yield '<g class="name" style="stroke:none">'
        whole = printable(name)
        if "".join(lines) != whole:
            yield f"<title>{_escaped(whole)}</title>"
        first = middle - (len(lines) - 1) * (LINE - 1) / 2 + 4
        for row, line in enumerate(lines):
            yield f'<text x="{left:.1f}" y="{first + row * (LINE - 1):.1f}">{_escaped(line)}</text>'
        yield "</g>"

    def _name_places(self) -> list[float]:
        """Return the height of the middle of each name."""
        ends = [self._place(curve.x[-1], curve.y[-1])[1] for _, curve in self.drawn]
        heights = [len(lines) * (LINE - 1) + 3.0 for lines in self.names]
        return spread(ends, heights, low=self.top - LINE / 2, high=self.bottom + LINE / 2)

    def _text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        anchor: str = "",
        color: str = "",
        bold: bool = False,
    ) -> str:
        """Return a line of text."""
        more = f' text-anchor="{anchor}"' if anchor else ""
        more += ' font-weight="bold"' if bold else ""
        return (
            f'<text x="{x:.1f}" y="{y:.1f}" style="fill:{color or self.form.muted}"{more}>'
            f"{_escaped(text)}</text>"
        )


def marker(style: CurveStyle, x: float, y: float) -> str:
    """Return a marked point as SVG, in the colors around it."""
    shapes = {
        "circle": "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0z",
        "square": "m-3-3h6v6h-6z",
        "triangle": "m0-4l4 7h-8z",
        "diamond": "m0-4l4 4l-4 4l-4-4z",
        "cross": "m-3-3l6 6m0-6l-6 6",
    }
    return f'<path d="M{x:.1f} {y:.1f}{shapes[style.marker]}" stroke-width="1.5"/>'


def wrapped(text: str, width: int, *, lines: int = MAX_NAME_LINES) -> list[str]:
    """Break a text into lines after spaces and marks; of one that is too long, cut the middle.

    Args:
        text: The text.
        width: Maximum number of characters of average width in a line.
        lines: Maximum number of lines.

    Returns:
        The lines, none for an empty text.
    """
    rest = printable(text)
    found: list[str] = []
    while rest and len(found) < lines - 1:
        fit = _fitting(rest, width)
        if fit < len(rest):
            breaks = [place for place in range(fit, fit // 3, -1) if rest[place - 1] in BREAKS]
            fit = breaks[0] if breaks else fit
        found.append(rest[:fit])
        rest = rest[fit:]
    if _fitting(rest, width) < len(rest):
        head = _fitting(rest, width // 2)
        tail = _fitting(rest[: -width - 1 : -1], width - width // 2 - 1)  # from its end
        rest = f"{rest[:head]}…{rest[-tail:]}"
    return [*found, rest] if rest else found


def _fitting(text: str, width: int) -> int:
    """Return the number of characters, at least one, that fit into a width."""
    room = width * CHARACTER
    for place, character in enumerate(text):
        room -= text_width(character)
        if room < 0:
            return max(1, place)
    return len(text)


def text_width(text: str) -> float:
    """Return about how wide a text is, in pixels, and rather too wide."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return CHARACTER * (len(text) + wide)


def printable(text: str) -> str:
    """Replace characters that XML cannot contain."""
    return "".join(character if character.isprintable() else " " for character in text)


def _escaped(text: str) -> str:
    return html.escape(printable(text))


def _range(scale: Scale) -> str:
    return f"{scale.low!r} {scale.high!r} {'log' if scale.log else 'linear'}"
