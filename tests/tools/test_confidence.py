"""The measure of the confidence: garbled lines, and the areas that it prints."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import CliRunner

from seq2seq.translation.confidence import Confidence
from seq2seq.translation.evidence import FEATURES
from tests.support.tiny_model import sentences

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def tool() -> Iterator[ModuleType]:
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        yield importlib.import_module("confidence")
    finally:
        sys.path.remove(str(ROOT / "tools"))


def test_garbled_lines_differ_from_the_sources_and_are_always_the_same(tool: ModuleType) -> None:
    texts = [f"una frase larga con palabras {number}" for number in range(12)]
    found = tool.garbled(texts, seed=1)
    assert found == tool.garbled(texts, seed=1)
    assert len(found) == len(texts)
    assert not set(found) & set(texts)


def test_it_prints_the_areas_and_fails_below_the_bars(
    tool: ModuleType, own_model: Path, tmp_path: Path
) -> None:
    zeros = [0.0] * len(FEATURES)
    Confidence(zeros, [1.0] * len(FEATURES), zeros, 0.0, 0.0, threshold=0.1).save(own_model)
    texts = [text for text in sentences(60) if text]
    lines = [f"{text}\t{text}\n" for text in texts]
    (tmp_path / "sets").mkdir()
    for name in ("dev", "test", "ted-tst2013", "newstest2012", "flores-dev"):
        (tmp_path / "sets" / f"{name}.tsv").write_text("".join(lines), encoding="utf-8")
    tool.DEV_LINES = dict.fromkeys(tool.DEV_LINES, 1)
    app = tool.typer.Typer()
    app.command()(tool.main)
    places = ["--tatoeba", str(tmp_path / "sets"), "--elsewhere", str(tmp_path / "sets")]
    done = CliRunner().invoke(
        app, ["es-en", "--model", str(own_model), "--lines", "5", "--final", *places]
    )
    assert done.exit_code == 1, done.output
    assert "below the bar: text, foreign, garbled" in done.output
    assert "good translations with a warning: 0.0%" in done.output
