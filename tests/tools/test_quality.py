"""`make quality`: measurements, comparison of checkouts, and the table in the document."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
TINY = {
    **{"sentences": 2, "steps": 1, "rounds": 1, "starts": 1},
    **{"robustness_lines": 2, "survival_sentences": 2, "first_words": 2},
    "settings": [
        *["data.train_pairs=200", "tokenizer.vocab_size=400"],
        *["model.embedding_size=8", "model.hidden_size=8", "training.batch_tokens=60"],
    ],
}


@pytest.fixture(scope="module")
def quality() -> Iterator[ModuleType]:
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        yield importlib.import_module("quality")
    finally:
        sys.path.remove(str(ROOT / "tools"))


@pytest.fixture
def forks(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each piece of work start in a fork: importing torch takes longer than all of them."""
    monkeypatch.setattr(sys, "executable", str(programs / "python"))


@pytest.mark.usefixtures("forks")
def test_it_measures_everything_and_writes_a_table(quality: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "dev.tsv").write_text("Hola.\tHello.\nGracias.\tThank you.\n", encoding="utf-8")
    document = tmp_path / "QUALITY.md"
    figures = tmp_path / "figures.json"
    quality.main(data=tmp_path, output=document, json=figures, **TINY)
    found = json.loads(figures.read_text(encoding="utf-8"))["figures"]
    assert {figure["unit"] for figure in found.values()} == {"BLEU", "%", "GFLOP/s", "MiB", "s"}
    numbers = {"dev BLEU": 4, "first words": 4, "robustness": 8, "survival": 4}
    for kind, number in numbers.items():
        assert sum(name.startswith(kind) for name in found) == number
    assert all(figure["value"] > 0 or figure["unit"] in "BLEU %" for figure in found.values())
    text = document.read_text(encoding="utf-8")
    assert all(f"| {name} |" in text for name in found)


@pytest.mark.usefixtures("forks")
def test_it_compares_two_checkouts_in_turn(quality: ModuleType, tmp_path: Path) -> None:
    figures = tmp_path / "ratios.json"
    quality.main(against=ROOT, json=figures, **TINY)
    ratios = json.loads(figures.read_text(encoding="utf-8"))["ratios"]
    assert len(ratios) == 6
    assert all(len(rounds) == 1 and rounds[0] > 0 for rounds in ratios.values())


def test_a_failed_measurement_is_a_one_line_error(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "tools" / "quality.py"), "--against", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 1
    assert done.stderr == f"error: {tmp_path} is no checkout: it has no seq2seq/__init__.py\n"


def test_work_that_fails_names_the_package_and_the_last_line(quality: ModuleType) -> None:
    with pytest.raises(quality.QualityError, match=f"^work, with the package of {ROOT}: .*oops"):
        quality.child(ROOT, "work", ["-c", "raise SystemExit('oops')"], 1)


def test_a_table_is_read_back_and_compared_with_the_next(quality: ModuleType) -> None:
    before = quality.Run(
        "2026-01-01",
        "abc",
        "a machine",
        [quality.Figure("dev BLEU", 50.0, "BLEU"), quality.Figure("work: CPU", 1234.5, "s")],
    )
    first, worse = quality.table(before, None, "")
    document = quality.with_run("# Quality\n\nIntroduction.\n", first)
    assert not worse
    assert quality.last_run(document) == before
    after = quality.Run(
        "2026-01-02",
        "def and changes",
        "a machine",
        [quality.Figure("dev BLEU", 49.8, "BLEU"), quality.Figure("work: CPU", 1240.0, "s")],
    )
    second, worse = quality.table(after, quality.last_run(document), "A reason.")
    assert worse == ["dev BLEU (-0.20)"]
    assert "| work: CPU | 1,240.000 s | 1,234.500 s | +0.4% |" in second
    assert "A reason." in second
    document = quality.with_run(document, second)
    assert quality.last_run(document) == after
    assert document.index("Introduction.") < document.index(second) < document.index(first)


def test_percentages_are_compared_in_points(quality: ModuleType) -> None:
    before = quality.Figure("survival", 0.0, "%")
    assert quality.change(quality.Figure("survival", 12.34, "%"), before) == ("+12.34", False)
    assert quality.change(before, quality.Figure("survival", 0.6, "%")) == ("-0.60", True)
    assert quality.change(before, quality.Figure("survival", 0.4, "%")) == ("-0.40", False)


def test_a_figure_that_was_skipped_is_compared_with_the_one_before(quality: ModuleType) -> None:
    measured = quality.Run("2026-01-01", "a", "m", [quality.Figure("dev BLEU", 50.0, "BLEU")])
    skipped = quality.Run("2026-01-02", "b", "m", [quality.Figure("dev BLEU", None, "BLEU")])
    document = quality.with_run("# Quality\n", quality.table(measured, None, "")[0])
    document = quality.with_run(document, quality.table(skipped, measured, "")[0])
    last = quality.last_run(document)
    assert (last.date, last.figures) == ("2026-01-02", measured.figures)


def test_a_document_without_runs_has_no_last_run(quality: ModuleType) -> None:
    introduction = (ROOT / "docs" / "QUALITY.md").read_text(encoding="utf-8").split("\n## ")[0]
    assert quality.last_run(introduction) is None
