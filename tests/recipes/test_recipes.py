"""Every recipe runs, with tiny settings on tiny data, and keeps the form that recipes have."""

from __future__ import annotations

import gzip
import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest
import torch

from seq2seq.config import Config

ROOT = Path(__file__).parents[2]
RECIPES = sorted(path.parent.name for path in (ROOT / "recipes").glob("*/train.py"))
SPANISH = {"casa": "house", "barco": "boat", "mesa": "table", "papel": "paper", "madera": "wood", "oro": "gold"}
TINY = [
    "model.embedding_size=16",
    "model.hidden_size=16",
    "tokenizer.vocab_size=300",
    "tokenizer.target_vocab_size=null",
    "training.max_steps=12",
    "training.validate_every=6",
    "training.precision=fp32",
    "decoding.max_length_extra=2",
]


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"recipe_{name}", ROOT / "recipes" / name / "train.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def data(tmp_path: Path) -> Path:
    nouns = list(SPANISH)
    lines = [f"{a} de {b}\t{SPANISH[b]} {SPANISH[a]}\n" for a in nouns for b in nouns]
    folder = tmp_path / "data"
    folder.mkdir()
    for name, part in (("train", lines[:25]), ("dev", lines[25:30]), ("test", lines[30:])):
        (folder / f"{name}.tsv").write_text("".join(part), encoding="utf-8")
    with gzip.open(folder / "train.tsv.gz", "wt", encoding="utf-8") as file:
        file.writelines(lines[:25])
    return folder


@pytest.mark.parametrize("name", RECIPES)
def test_it_trains_and_reports(
    name: str, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.set_num_threads(1)
    monkeypatch.chdir(tmp_path)
    output = tmp_path / "runs" / name
    load(name).main(data=data, output=output, settings=TINY)
    printed = capsys.readouterr().out
    assert "BLEU" in printed
    assert json.loads((output / "metrics.jsonl").read_text().splitlines()[-1])["step"] == 12
    reports = list(output.glob("*/report.json"))
    assert reports
    assert all(json.loads(report.read_text())["sentences"] == 6 for report in reports)
    load(name).main(data=data, output=output, settings=TINY)  # a finished run is reported again, not trained again
    assert "BLEU" in capsys.readouterr().out


@pytest.mark.parametrize("name", RECIPES)
def test_it_has_the_form_of_a_recipe(name: str) -> None:
    folder = ROOT / "recipes" / name
    assert len((folder / "train.py").read_text().splitlines()) <= 60
    Config.load(folder / "config.yaml")
    readme = (folder / "README.md").read_text()
    assert "BLEU" in readme
    assert "nrefs:" in readme, "a table is given with sacrebleu's signature"
    assert re.search(r"python recipes/|make demo", readme)


def test_what_the_demo_calls_unseen_is_unseen() -> None:
    recipe = load("sample_es_en")
    for name in ("train", "dev"):
        text = (recipe.HERE / f"{name}.tsv").read_text(encoding="utf-8")
        sources = {line.split("\t")[0] for line in text.splitlines()}
        assert not sources & set(recipe.UNSEEN)
