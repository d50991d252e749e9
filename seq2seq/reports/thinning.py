"""A curve of any length in a bounded number of points, taken in one by one, with its peaks and its
last point kept."""

from __future__ import annotations

from collections.abc import Sequence

Point = tuple[int, float]
"""A step and the value of a figure there."""

POINTS = 1000
"""So many points a curve has about, at most twice so many: more than a picture has room for."""


class Thinned:
    """Points by rising step; of equally many neighbours the lowest and the highest are kept."""

    def __init__(self) -> None:
        self._kept: list[Point] = []
        self._waiting: list[Point] = []
        self._neighbours = 1

    def add(self, step: int, value: float) -> None:
        """Append a point; what there was of this step and of later ones goes."""
        for points in (self._waiting, self._kept):
            while points and points[-1][0] >= step:
                points.pop()
        if len(self._waiting) >= self._neighbours:
            self._kept += _extremes(self._waiting)
            self._waiting.clear()
        self._waiting.append((step, value))
        if len(self._kept) >= 2 * POINTS:
            self._kept = [
                point
                for i in range(0, len(self._kept), 4)
                for point in _extremes(self._kept[i : i + 4])
            ]
            self._neighbours = max(4, 2 * self._neighbours)

    @property
    def points(self) -> list[Point]:
        """What has been kept, in order; the last point added is its last."""
        return [*self._kept, *_extremes(self._waiting[:-1]), *self._waiting[-1:]]


def _extremes(points: Sequence[Point]) -> list[Point]:
    """The lowest and the highest point, in their order; of few points all."""
    if len(points) <= 2:
        return list(points)
    return sorted({min(points, key=_value), max(points, key=_value)})


def _value(point: Point) -> float:
    return point[1]
