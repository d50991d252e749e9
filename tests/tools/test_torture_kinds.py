"""Kinds of cases of tools/torture.py, what they draw, and how ends are judged."""

from __future__ import annotations

import random
import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import torture_options as options
from torture_contents import contents
from torture_kills import kills_of
from torture_tally import Counts, Result
from torture_words import draw_options


def test_times_and_logs_of_starts_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "environment.jsonl").write_text("{}\n")
    (tmp_path / "metrics.jsonl").write_text('{"step": 1, "seconds": 2}\n')
    (tmp_path / "state.json").write_text("damaged")
    assert contents(tmp_path) == {"metrics.jsonl": [{"step": 1}], "state.json": b"damaged"}


def test_each_kind_has_its_share_and_counts_go_on(tmp_path: Path) -> None:
    cases = options.draw_cases({}, 40)
    assert Counter(case.kind for case in cases)["run directories"] == 2
    assert options.draw_cases({"options": 7}, 1)[0].number == 7
    failed = Result("options", "slow", 11.0, 5.0, "seq2seq trace")
    Counts(tmp_path / "c.json").add([failed])
    counts = Counts(tmp_path / "c.json")
    assert counts.done == {"options": 1}
    assert "| options | 1 | 0 | 0 | 0 | 1 | 0 | 11.0 s | 5 MiB |" in counts.table()


def test_a_number_draws_the_same_command_line_each_time() -> None:
    lines = [draw_options(random.Random(f"options {number}")) for number in [*range(9), *range(9)]]
    assert lines[:9] == lines[9:]
    assert len({tuple(line) for line in lines}) > 5


@pytest.mark.parametrize(
    ("code", "error", "expected"),
    [
        (0, "note\n", "accepted"),
        (1, "note\nerror: x\n", "refused"),
        (1, "error: x\nerror: y\n", "traceback"),
        (1, "Traceback (most recent call last):\nValueError\n", "traceback"),
        (-11, "", "traceback"),
    ],
)
def test_an_end_is_one_error_or_none(code: int, error: str, expected: str) -> None:
    assert options.outcome_of(code, error) == expected


def test_kills_are_added_up() -> None:
    results = [Result("fp32", "equal", 0, 0, message) for message in ("2 killed", "1 killed", "")]
    assert kills_of({str(number): result for number, result in enumerate(results)}) == 3
