"""The check of the training speed: its ratio, its verdict, and a run with stored ratios."""

from __future__ import annotations

import importlib
import itertools
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import typer
from typer.testing import CliRunner

TOOLS = Path(__file__).parents[2] / "tools"


@pytest.fixture(scope="module")
def tool() -> Iterator[ModuleType]:
    sys.path.insert(0, str(TOOLS))
    try:
        yield importlib.import_module("check_training_speed")
    finally:
        sys.path.remove(str(TOOLS))


def test_the_ratio_is_that_of_the_work(tool: ModuleType) -> None:
    def work(amount: int) -> int:
        return sum(range(amount))

    ratio = tool.measure(lambda: work(600_000), lambda: work(200_000), 9)
    assert 2 < ratio < 4.5


def test_a_slow_measurement_is_repeated_and_a_fast_one_is_not(tool: ModuleType) -> None:
    ratios = iter([1.4, 1.3, 1.2, 1.1])
    assert tool.lowest(lambda: next(ratios), limit=1.35) == 1.3
    assert list(ratios) == [1.2, 1.1]
    slow = itertools.count(2.0)
    assert tool.lowest(lambda: next(slow), limit=1.35) == 2.0
    assert next(slow) == 2.0 + tool.ATTEMPTS


@pytest.mark.parametrize(("ratio", "is_slow"), [(2.0, False), (2.29, False), (2.31, True)])
def test_more_than_15_percent_is_too_slow(tool: ModuleType, ratio: float, is_slow: bool) -> None:
    line = tool.verdict("fp32", ratio, {"ratio": 2.0, "date": "2026-01-01"}, "a processor")
    assert ("TOO SLOW" in line) == is_slow
    assert "nothing is checked" in tool.verdict("fp32", ratio, None, "a processor")


def test_each_precision_is_compared_with_its_stored_ratio(tool: ModuleType, tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(tool.main)
    stored = tmp_path / "stored.json"
    arguments = ["--pairs", "1", "--stored", str(stored)]

    kind = tool.processor_kind()
    figures = {"bf16": {"ratio": 1000.0, "date": "A"}, "fp32": {"ratio": 0.001, "date": "B"}}
    stored.write_text(json.dumps({kind: figures, "another": {}}))
    slow = CliRunner().invoke(app, arguments)
    assert slow.exit_code == 1, slow.output
    assert "0.001 of B: TOO SLOW" in slow.output.splitlines()[-1]
    assert slow.output.count("TOO SLOW") == 1


def test_the_stored_ratios_can_be_read(tool: ModuleType) -> None:
    kinds = json.loads(tool.STORED.read_text())
    for figures in kinds.values():
        for figure in figures.values():
            assert figure["ratio"] > 0
            assert len(figure["date"].split("-")) == 3
