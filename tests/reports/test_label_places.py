"""Labels in a column never overlap, keep their order, and move only if they must."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.reports.label_places import spread

PLACES = st.lists(
    st.tuples(st.floats(-50, 450), st.floats(5, 40)),
    max_size=12,
)
GAP = 1e-6
"""Rounding that is not an overlap."""


def edges(middles: list[float], heights: list[float]) -> list[tuple[float, float]]:
    """Return the beginning and the end of each label, in order."""
    return sorted(
        (middle - height / 2, middle + height / 2)
        for middle, height in zip(middles, heights, strict=True)
    )


@given(PLACES)
def test_no_two_labels_overlap(labels: list[tuple[float, float]]) -> None:
    wanted = [middle for middle, _ in labels]
    heights = [height for _, height in labels]
    placed = edges(spread(wanted, heights, low=0, high=400), heights)
    assert all(end <= begin + GAP for (_, end), (begin, _) in itertools.pairwise(placed))
    if placed:
        assert placed[0][0] >= -GAP
        assert placed[-1][1] <= max(400, sum(heights)) + GAP


@given(PLACES)
def test_labels_keep_their_order(labels: list[tuple[float, float]]) -> None:
    wanted = [middle for middle, _ in labels]
    middles = spread(wanted, [height for _, height in labels], low=0, high=400)
    for (one, placed), (other, placed_too) in itertools.combinations(
        zip(wanted, middles, strict=True), 2
    ):
        if one != other:
            assert (one < other) == (placed < placed_too)


@given(PLACES)
def test_labels_with_room_stay_where_they_are(labels: list[tuple[float, float]]) -> None:
    heights = [height for _, height in labels]
    once = spread([middle for middle, _ in labels], heights, low=0, high=900)
    assert spread(once, heights, low=0, high=900) == pytest.approx(once)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ([], []),
        ([50.0], [50.0]),
        ([50.0, 50.0], [45.0, 55.0]),
        ([50.0, 52.0, 20.0], [46.0, 56.0, 20.0]),
        ([50.0, 50.0, 50.0], [40.0, 50.0, 60.0]),
        ([0.0, 0.0], [5.0, 15.0]),
        ([100.0, 99.0], [95.0, 85.0]),
    ],
)
def test_labels_move_as_little_as_possible(wanted: list[float], expected: list[float]) -> None:
    assert spread(wanted, [10.0] * len(wanted), low=0, high=100) == pytest.approx(expected)
