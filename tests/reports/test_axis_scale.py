"""Axes hold all values, and their ticks are round numbers that are written out."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.reports.axis_scale import Scale, plain, tick_texts

VALUES = st.lists(st.floats(-1e100, 1e100, allow_subnormal=False), max_size=5)
POSITIVE = st.lists(st.floats(1e-290, 1e290, allow_subnormal=False), max_size=5)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.01, "0.01"),
        (1e-6, "0.000001"),
        (1e-40, "1e−40"),
        (2.5e-7, "2.5e−7"),
        (25000, "25,000"),
        (1e6, "1,000,000"),
        (1e7, "1e7"),
        (-0.5, "−0.5"),
        (0, "0"),
        (-0.0, "0"),
        (0.1 + 0.2, "0.3"),
        (999999.96, "1,000,000"),
        (math.inf, "∞"),
        (math.nan, "not a number"),
    ],
)
def test_numbers_are_written_without_powers_where_they_are_short(value: float, text: str) -> None:
    assert plain(value) == text


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.002, 0.9, ["0.003", "0.01", "0.03", "0.1", "0.3"]),
        (0.03, 5, ["0.03", "0.1", "0.3", "1", "3"]),
        (1, 1000, ["1", "10", "100", "1,000"]),
        (1e-47, 3, ["1e−40", "1e−30", "1e−20", "1e−10", "1"]),
        (3.1, 3.9, ["3.2", "3.4", "3.6", "3.8"]),
    ],
)
def test_a_logarithmic_axis_has_round_ticks(low: float, high: float, ticks: list[str]) -> None:
    scale = Scale.of([low, high], log=True, margin=0)
    assert [plain(tick) for tick in scale.ticks(6)] == ticks


@given(VALUES | POSITIVE, st.booleans(), st.integers(2, 8))
def test_any_values_have_places_and_ticks(values: list[float], log: bool, count: int) -> None:
    if log:
        values = [value for value in values if value > 1e-290]
    scale = Scale.of(values, log=log)
    assert scale.low < scale.high
    assert all(-1e-6 <= scale.place(value) <= 1 + 1e-6 for value in values)
    ticks = scale.ticks(count)
    assert 2 <= len(ticks) <= 2 * count + 2
    assert len(set(tick_texts(ticks))) == len(ticks)
    assert all(one < other for one, other in itertools.pairwise(ticks))
    assert all(-1e-6 <= scale.place(tick) <= 1 + 1e-6 for tick in ticks)
