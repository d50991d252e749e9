"""Teacher-forcing schedules: their start, shape and end."""

from __future__ import annotations

import itertools
import math

import pytest

from seq2seq.config.settings import TrainingConfig
from seq2seq.training.teacher_forcing import TEACHER_FORCING, teacher_forcing_ratio

every_schedule = pytest.mark.parametrize("name", sorted(TEACHER_FORCING))


def shares(name: str, minimum: float, steps: int | None = None) -> list[float]:
    settings = TrainingConfig(
        teacher_forcing=name,
        teacher_forcing_min=minimum,
        teacher_forcing_steps=steps,
        max_steps=200,
    )
    return [teacher_forcing_ratio(settings, step) for step in range(1, 301)]


@every_schedule
@pytest.mark.parametrize("minimum", [0.0, 0.3, 1.0])
def test_it_falls_from_one_to_the_minimum_and_stays(name: str, minimum: float) -> None:
    found = shares(name, minimum)
    assert all(0 <= later <= sooner <= 1 for sooner, later in itertools.pairwise(found))
    assert found[0] == pytest.approx(minimum if name == "constant" else 1.0, abs=0.01)
    assert found[200] == pytest.approx(minimum, abs=0.01)
    assert found[299] == found[200]


@every_schedule
def test_by_default_all_inputs_are_reference_tokens(name: str) -> None:
    assert set(shares(name, minimum=TrainingConfig().teacher_forcing_min)) == {1.0}


def test_each_schedule_has_the_shape_of_its_name() -> None:
    linear, exponential, sigmoid = (
        shares(name, 0.25, 100) for name in ("linear", "exponential", "inverse-sigmoid")
    )
    assert linear[50] == pytest.approx(0.625)
    assert linear[100] == linear[250] == 0.25
    assert exponential[50] == pytest.approx(math.sqrt(0.25))
    assert exponential[20] / exponential[10] == pytest.approx(exponential[60] / exponential[50])
    assert sigmoid[50] == pytest.approx(0.625)
    assert sigmoid[25] - sigmoid[75] > linear[25] - linear[75]
