"""ThinnedCurve: a curve of any length in a bounded number of points, with its peaks and its end."""

from __future__ import annotations

from collections.abc import Sequence

Point = tuple[int, float]
"""A step, and the value of a metric there."""

MIN_POINTS = 1000
"""A thinned curve keeps at least this many points, and at most about twice as many: more than a
plot can show."""


class ThinnedCurve:
    """Points by increasing step; of each group of neighbors, the lowest and highest are kept."""

    def __init__(self) -> None:
        self._kept: list[Point] = []
        self._waiting: list[Point] = []
        self._neighbors = 1

    def add(self, step: int, value: float) -> None:
        """Append a point, and remove earlier points of the same or a later step."""
        for points in (self._waiting, self._kept):
            while points and points[-1][0] >= step:
                points.pop()
        if len(self._waiting) >= self._neighbors:
            self._kept += _extremes(self._waiting)
            self._waiting.clear()
        self._waiting.append((step, value))
        if len(self._kept) >= 2 * MIN_POINTS:
            self._kept = [
                point
                for i in range(0, len(self._kept), 4)
                for point in _extremes(self._kept[i : i + 4])
            ]
            self._neighbors = max(4, 2 * self._neighbors)

    @property
    def points(self) -> list[Point]:
        """Points that are kept, in order; the last one is the point added last."""
        return [*self._kept, *_extremes(self._waiting[:-1]), *self._waiting[-1:]]


def _extremes(points: Sequence[Point]) -> list[Point]:
    """Return the lowest and the highest point, in order; up to two points are all returned."""
    if len(points) <= 2:
        return list(points)
    return sorted({min(points, key=_value), max(points, key=_value)})


def _value(point: Point) -> float:
    return point[1]
