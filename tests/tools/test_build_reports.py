"""Rebuilding docs/reports keeps the pages whose run or data are missing, and says so."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import build_reports as tool

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, ...]]:
    """Commands that the tool would have run, in a checkout without data and runs."""
    made: list[tuple[str, ...]] = []
    monkeypatch.setattr(tool, "command", lambda *arguments: made.append(arguments))
    monkeypatch.setattr(tool, "picture", lambda page, path: made.append((str(page), str(path))))
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    test = tmp_path / "recipes" / "sample_es_en" / "test.tsv"
    test.parent.mkdir(parents=True)
    test.write_text("hola\thello\n")
    return made


def test_every_report_has_a_page_and_every_page_a_report() -> None:
    assert {page.name for page in tool.REPORTS} == {
        path.name for path in (ROOT / "docs" / "reports").iterdir() if path.is_dir()
    }
    readme = (ROOT / "docs" / "reports" / "README.md").read_text(encoding="utf-8")
    assert all(f"]({page.name}/" in readme for page in tool.REPORTS)


def test_what_cannot_be_rebuilt_is_kept_and_the_reason_named(
    commands: list[tuple[str, ...]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tool.main(output=tmp_path / "out")
    said = capsys.readouterr().out.splitlines()
    kept = [line for line in said if line.startswith("kept ")]
    assert len(kept) == 2
    assert "runs/tatoeba_es_en/model.safetensors and data/tatoeba_es_en/test.tsv" in kept[0]
    assert "data/multi30k/test_2016_flickr.de" in kept[1]
    train, evaluate, report, _ = commands
    assert train[0] == "recipes/sample_es_en/train.py"
    assert evaluate[:4] == ("-m", "seq2seq", "evaluate", "runs/sample_es_en")
    assert report[-1] == str(tmp_path / "out" / "sample_es_en" / "training")


def test_a_run_from_elsewhere_is_evaluated_and_not_trained(
    commands: list[tuple[str, ...]], tmp_path: Path
) -> None:
    run = tmp_path / "elsewhere"
    tool.main(["sample_es_en"], [f"sample_es_en={run}"], tmp_path / "out")
    assert commands == []
    run.mkdir()
    (run / tool.MODEL).write_bytes(b"")
    tool.main(["sample_es_en"], [f"sample_es_en={run}"], tmp_path / "out")
    assert [each[2] for each in commands[:2]] == ["evaluate", "report"]
    assert commands[0][3] == str(run)


@pytest.mark.parametrize("arguments", [(["other"], None), (None, ["other=runs/a"])])
def test_an_unknown_page_is_an_error_that_names_the_pages(
    commands: list[tuple[str, ...]], arguments: tuple[list[str] | None, list[str] | None]
) -> None:
    with pytest.raises(SystemExit, match="no page 'other'; the pages are sample_es_en, "):
        tool.main(*arguments)
    assert commands == []
