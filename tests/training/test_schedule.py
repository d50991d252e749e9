"""Learning-rate schedules: warm-up, decay and the last step."""

from __future__ import annotations

import pytest

from seq2seq.training.schedule import SCHEDULES, plateau_scale


@pytest.mark.parametrize("name", sorted(SCHEDULES))
def test_warm_up_rises_linearly_to_one_and_no_schedule_leaves_0_to_1(name: str) -> None:
    schedule = SCHEDULES[name]
    assert [schedule(step, 10, 100) for step in (1, 5, 10)] == pytest.approx([0.1, 0.5, 1.0])
    assert all(0 <= schedule(step, 10, 100) <= 1 for step in range(1, 150))
    assert schedule(1, 0, 100) > 0


@pytest.mark.parametrize(
    ("name", "half_way", "end"), [("linear", 0.5, 0), ("cosine", 0.5, 0), ("constant", 1, 1)]
)
def test_decay(name: str, half_way: float, end: float) -> None:
    assert SCHEDULES[name](60, 20, 100) == pytest.approx(half_way)
    assert SCHEDULES[name](100, 20, 100) == pytest.approx(end)


def test_inverse_square_root_halves_at_four_times_the_warm_up() -> None:
    assert SCHEDULES["inverse-sqrt"](400, 100, 1000) == pytest.approx(0.5)


def test_plateau_lowers_the_rate_after_each_patience_without_a_new_best() -> None:
    assert plateau_scale([1, 2, 3], patience=2, factor=0.5) == 1
    assert plateau_scale([3, 2, 3], patience=2, factor=0.5) == 0.5
    assert plateau_scale([3, 2, 1, 0, 0], patience=2, factor=0.5) == 0.25
    assert plateau_scale([3, 2, 4, 0], patience=2, factor=0.5) == 1
