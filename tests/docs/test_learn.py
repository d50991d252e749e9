"""Notebooks, and the page of docs/learn: every cell and block runs, and what they assert holds.

The cells run in this process, in the order of the notebook and in one new directory for all, so
that a small model that several of them use is trained once.
"""

from __future__ import annotations

import ast
import json
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

ROOT = Path(__file__).parents[2]
LEARN = ROOT / "docs" / "learn"
NOTEBOOKS = sorted(ROOT.glob("docs/*/*.ipynb"))
PAGES = sorted(LEARN.glob("*.md"))
PUBLIC = {"seq2seq", "seq2seq.plugins"}
MAX_BYTES = 110_000
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
every_page = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)


def code_cells(path: Path) -> list[str]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def blocks(path: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", path.read_text(encoding="utf-8"), re.M | re.S)


def run(sources: list[str], name: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": name}
    for number, source in enumerate(sources, start=1):
        exec(compile(source, f"{name} [{number}]", "exec"), namespace)
    return namespace


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("learn")


@pytest.fixture(autouse=True)
def workplace(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run in the common directory, with phrases.py in reach, and leave torch as it was."""
    monkeypatch.chdir(directory)
    monkeypatch.syspath_prepend(str(LEARN))
    threads = torch.get_num_threads()
    yield
    torch.set_default_dtype(torch.float32)
    torch.set_num_threads(threads)
    sys.modules.pop("phrases", None)


@every_notebook
def test_a_notebook_runs_from_an_empty_kernel(path: Path) -> None:
    started = time.process_time()
    run(code_cells(path), path.name)
    assert time.process_time() - started < 60


@every_notebook
def test_a_notebook_is_small_and_is_kept_with_the_output_of_an_undisturbed_run(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.encode()) < MAX_BYTES
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert outputs
    assert not [output for output in outputs if output["output_type"] == "error"]
    assert "/tmp/" not in text
    assert "site-packages" not in text


@every_page
def test_the_blocks_of_a_page_run(path: Path) -> None:
    run(blocks(path), path.name)


@pytest.mark.parametrize("path", [*NOTEBOOKS, *PAGES], ids=lambda path: path.name)
def test_only_public_names_are_imported(path: Path) -> None:
    for source in code_cells(path) if path.suffix == ".ipynb" else blocks(path):
        for node in ast.walk(ast.parse(source)):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            inner = {name for name in names if name.partition(".")[0] == "seq2seq"}
            assert inner <= PUBLIC


def test_the_plain_model_has_fewer_than_150_lines() -> None:
    cells = code_cells(LEARN / "encoder-decoder.ipynb")
    [end] = [index for index, source in enumerate(cells) if "phrase_model" in source][:1]
    lines = [line for source in cells[:end] for line in source.splitlines() if line.strip()]
    assert 80 < len(lines) < 150


def test_every_figure_is_shown_with_a_description_and_has_a_ground_of_its_own() -> None:
    shown = {}
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        shown |= {name: alt for alt, name in re.findall(r"!\[([^\]]+)\]\((figures/[^)]+)\)", text)}
    assert {path.name for path in (LEARN / "figures").iterdir()} == {
        Path(name).name for name in shown
    }
    for name, alt in shown.items():
        assert len(alt) > 40
        picture = (LEARN / name).read_text(encoding="utf-8")
        assert "#ffffff" in picture, "readable on a dark page"
        assert len(picture) < 60_000
