"""Thinned curves have a bounded length, are in order, and keep peaks, dips and the end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seq2seq.reports.thinning import MIN_POINTS, ThinnedCurve
from tests.support.examples import few


def thinned(values: list[tuple[int, float]]) -> list[tuple[int, float]]:
    curve = ThinnedCurve()
    for step, value in values:
        curve.add(step, value)
    return curve.points


def test_a_short_curve_is_kept_whole_and_a_long_one_in_a_bounded_number_of_points() -> None:
    for count in (0, 1, 2, MIN_POINTS, 2 * MIN_POINTS - 1, 5 * MIN_POINTS, 100 * MIN_POINTS + 7):
        points = [(step, float((step * 7919) % 1009)) for step in range(count)]
        kept = thinned(points)
        assert len(kept) <= 2 * MIN_POINTS + 3
        assert kept[-1:] == points[-1:]
        assert kept == points if count < 2 * MIN_POINTS else len(kept) >= MIN_POINTS


@given(
    st.integers(0, 9 * MIN_POINTS),
    st.integers(0, 9 * MIN_POINTS),
    st.sampled_from([1, 3 * MIN_POINTS, 9 * MIN_POINTS + 1]),
)
@few(30)
def test_the_highest_the_lowest_and_the_last_point_are_kept_in_order(
    peak: int, dip: int, more: int
) -> None:
    count = max(peak, dip) + more
    points = [
        (step, 2.0 if step == peak else -2.0 if step == dip else step * 7919 % 1009 / 1009)
        for step in range(count)
    ]
    kept = thinned(points)
    assert kept == sorted(set(kept))
    assert set(kept) <= set(points)
    assert kept[-1] == points[-1]
    assert max(points, key=lambda point: point[1]) in kept
    assert min(points, key=lambda point: point[1]) in kept


@given(st.lists(st.tuples(st.integers(0, 50), st.floats(-1, 1)), max_size=60))
def test_where_steps_go_back_the_later_points_are_the_curve(
    points: list[tuple[int, float]],
) -> None:
    expected: list[tuple[int, float]] = []
    for point in points:
        expected = [*(earlier for earlier in expected if earlier[0] < point[0]), point]
    assert thinned(points) == expected
