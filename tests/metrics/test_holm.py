"""Holm's correction."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from seq2seq.metrics.holm import holm

P_VALUES = st.lists(st.floats(0.0001, 1), min_size=1, max_size=7)


def closed(p_values: list[float], place: int) -> float:
    """Return the corrected p by the closed test of which Holm's method is the short form.

    A hypothesis is rejected if Bonferroni's test rejects every set of hypotheses that contains it.
    """
    others = [p for at, p in enumerate(p_values) if at != place]
    return max(
        min(1.0, (size + 1) * min(p_values[place], *chosen))
        for size in range(len(p_values))
        for chosen in ([*some, p_values[place]] for some in itertools.combinations(others, size))
    )


@given(P_VALUES)
def test_the_correction_is_the_closed_test_of_bonferroni(p_values: list[float]) -> None:
    assert holm(p_values) == [closed(p_values, place) for place in range(len(p_values))]


def test_a_single_test_and_none_need_no_correction() -> None:
    assert holm([0.03]) == [0.03]
    assert holm([]) == []
