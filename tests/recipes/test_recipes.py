"""Recipes: each runs with tiny settings on tiny data and has the form of a recipe."""

from __future__ import annotations

import ast
import functools
import gzip
import importlib.util
import itertools
import json
import re
import sys
from pathlib import Path
from types import ModuleType

import pyarrow.parquet as pq
import pytest
import torch
import yaml

from seq2seq import Classifier, Config
from seq2seq.models.cells import CELLS

ROOT = Path(__file__).parents[2]
ALONE = {"gradient_flow"}
"""Recipes without a translation model, and so without config.yaml. Each has its own test."""
OTHER_TASKS = {"describe_digits", "language_identification", "letters_to_sounds", "sentiment"}
"""Recipes of models that do not translate between languages. Each has its own test."""
RECIPES = sorted(
    {path.parent.name for path in (ROOT / "recipes").glob("*/train.py")} - ALONE - OTHER_TASKS
)
SPANISH = {
    "casa": "house",
    "barco": "boat",
    "mesa": "table",
    "papel": "paper",
    "madera": "wood",
    "oro": "gold",
}
TINY = [
    "model.embedding_size=16",
    "model.hidden_size=16",
    "tokenizer.vocab_size=300",
    "tokenizer.target_vocab_size=null",
    "training.max_steps=6",
    "training.validate_every=3",
    "training.log_every=3",
    "training.precision=fp32",
    "decoding.max_length_extra=2",
]
FEWER = {
    "compare_cells": {"cells": ["ssru", "gru"]},
    "ablation": {"changes": ["baseline", "moving average"]},
    "low_resource": {"pairs": [3000]},
    "multi30k_many_to_many": {"settings": [*TINY, "data.directions=[de-en, en-de, fr-cs]"]},
}
"""Arguments that make a recipe train fewer models than it does by default."""

ALLOWED_IMPORTS = {"pyarrow", "seq2seq", "sklearn", "torch", "typer", "yaml"}
"""Libraries that a recipe may import: the package's public names and well-known ones."""


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        f"recipe_{name}", ROOT / "recipes" / name / "train.py"
    )
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
    for column, language in ((0, "de"), (1, "en"), (0, "fr"), (1, "cs")):
        for name, part in (
            ("train", lines[:25]),
            ("val", lines[25:30]),
            ("test_2016_flickr", lines[30:]),
        ):
            text = "".join(line.rstrip("\n").split("\t")[column] + "\n" for line in part)
            (folder / f"{name}.{language}").write_text(text, encoding="utf-8")
    for name in ("train.tsv", "train.de", "train.en", "train.fr", "train.cs"):
        with gzip.open(folder / f"{name}.gz", "wb") as file:
            file.write((folder / name).read_bytes())
    return folder


@pytest.mark.parametrize("name", RECIPES)
def test_it_trains_and_reports(
    name: str,
    data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    torch.set_num_threads(1)
    monkeypatch.chdir(tmp_path)
    output = tmp_path / "runs" / name
    run = functools.partial(
        load(name).main, data=data, output=output, **{"settings": TINY, **FEWER.get(name, {})}
    )
    run()
    printed = capsys.readouterr().out
    assert "BLEU" in printed
    logs = sorted(output.rglob("metrics.jsonl"))
    assert logs
    assert all(json.loads(log.read_text().splitlines()[-1])["step"] == 6 for log in logs)
    reports = sorted(output.rglob("report.json"))
    assert len(reports) >= len(logs)
    assert all(
        json.loads(report.read_text())["sets"][0]["sentences"] in (5, 6) for report in reports
    )
    logged = [log.read_text() for log in logs]
    run()  # a finished run is scored again, but not trained again
    assert "BLEU" in capsys.readouterr().out
    assert [log.read_text() for log in logs] == logged


@pytest.mark.parametrize("name", RECIPES)
def test_it_has_the_form_of_a_recipe(name: str) -> None:
    folder = ROOT / "recipes" / name
    assert len((folder / "train.py").read_text().splitlines()) <= 90
    Config.load(folder / "config.yaml")
    readme = (folder / "README.md").read_text()
    assert "BLEU" in readme
    assert "nrefs:" in readme, "a table is given with sacrebleu's signature"
    assert re.search(r"python recipes/|make demo", readme)


def test_the_recipe_of_sentiment_trains_and_scores(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.set_num_threads(1)
    sides = (("1", "a good film"), ("0", "a bad film"))
    lines = [f"{label}\t{text} number {number}\n" for number in range(9) for label, text in sides]
    for name in ("train", "dev", "test"):
        part = lines[::3] if name == "dev" else lines
        (tmp_path / f"{name}.tsv").write_text("".join(part), encoding="utf-8")
    settings = [one for one in TINY if one.startswith(("model", "training", "tokenizer.vocab"))]
    main = load("sentiment").main
    main(data=tmp_path, output=tmp_path / "runs", seeds=[1, 2], settings=settings)
    *_, first, second, mean = capsys.readouterr().out.splitlines()
    assert (tmp_path / "runs" / "seed-1" / "test" / "report.html").is_file()
    assert first.startswith("| 1 | ")
    assert second.startswith("| 2 | ")
    assert mean.startswith("| mean ± s.d. | |")


def test_the_recipe_of_language_identification_trains_and_tabulates_by_length(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.set_num_threads(1)
    for language, article in (("de", "das"), ("es", "la"), ("fr", "une")):
        folder = tmp_path / f"tatoeba-{language}-en"
        folder.mkdir()
        lines = [
            f"{' '.join([article] * size)} {n}\t{' '.join(['the'] * size)} {n}\n"
            for size in (1, 3)
            for n in range(9)
        ]
        (folder / "train.tsv.gz").write_bytes(gzip.compress("".join(lines).encode()))
        for name in ("dev", "test"):
            (folder / f"{name}.tsv").write_text("".join(lines[6:12]), encoding="utf-8")
    run = tmp_path / "runs" / "languages"
    settings = [one for one in TINY if one.startswith(("model", "training"))]
    load("language_identification").main(data=tmp_path, output=run, settings=settings)
    table = (run / "table.md").read_text(encoding="utf-8")
    assert capsys.readouterr().out.endswith(table)
    assert re.findall(r"^\| ([\w ]+) \| (\d+) \|", table, flags=re.M) == [
        ("1 to 2", "12"),
        ("3 to 4", "12"),
        ("all", "24"),
    ]
    assert Classifier.from_pretrained(run).labels == ["de", "en", "es", "fr"]
    assert (run / "test" / "report.html").is_file()


def test_the_recipe_of_letters_to_sounds_trains_once_and_writes_its_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.set_num_threads(1)
    sounds = {"a": "AH0", "t": "T", "s": "S", "o": "OW1"}
    words = [
        "".join(letters) for size in (2, 3) for letters in itertools.product("atso", repeat=size)
    ]
    lines = [f"{word}\t{' '.join(sounds[letter] for letter in word)}\n" for word in words]
    refs = [f"{line.rstrip()}\tT\n" if row % 2 else line for row, line in enumerate(lines)]
    (tmp_path / "train.tsv.gz").write_bytes(gzip.compress("".join(lines[:60]).encode()))
    (tmp_path / "dev.tsv").write_text("".join(lines[60:70]), encoding="utf-8")
    for name, part in (("dev", refs[60:70]), ("test", refs[70:])):
        (tmp_path / f"{name}.refs.tsv").write_text("".join(part), encoding="utf-8")
    run = tmp_path / "run"
    main = load("letters_to_sounds").main
    main(data=tmp_path, output=run, settings=[one for one in TINY if "vocab" not in one])
    table = (run / "table.md").read_text(encoding="utf-8")
    assert capsys.readouterr().out.endswith(table)
    *_, dev, test = table.splitlines()
    assert re.fullmatch(r"\| dev.refs.tsv \| 10 \| [\d.]+ % \(.*\) \| [\d.]+ % \(.*\) \|", dev)
    assert test.startswith("| test.refs.tsv | 10 | ")
    tokenizers = json.loads((run / "tokenizer" / "tokenizer.json").read_text())["tokenizers"]
    assert {side: one["type"] for side, one in tokenizers.items()} == {
        "source": "char",
        "target": "word",
    }
    [found] = json.loads((run / "test" / "report.json").read_text())["sets"]
    rates = {one["name"]: one["value"] for one in found["scores"]}
    assert f"| {rates['phoneme error rate']:.2f} % (" in test
    main(data=tmp_path, output=run, settings=[one for one in TINY if "vocab" not in one])
    assert (run / "table.md").read_text(encoding="utf-8") == table


def test_the_recipe_of_digits_trains_and_scores(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("sklearn")
    torch.set_num_threads(1)
    recipe = load("describe_digits")
    settings = [*TINY[:2], *TINY[4:8], "model.vector_layers=[16]", "decoding.max_length=9"]
    data = tmp_path / "data"
    recipe.main(data=data, output=tmp_path / "run", rows=240, settings=settings)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" | ")[0] for line in lines[2:]] == ["| 2", "| 3", "| 4"]
    content = {path.stem: pq.read_table(path).to_pylist() for path in data.glob("*.parquet")}
    assert {name: len(rows) for name, rows in content.items()} == {
        "train": 240,
        "dev": 6,
        **{f"test-{count}": 8 for count in (2, 3, 4)},
    }
    for name, rows in content.items():
        for row in rows:
            digits = re.findall(r"\b(?:un|an?) (\w+)", row["text"])
            *pixels, language = row["vector"]
            images = [pixels[at : at + 64] for at in range(0, 256, 64)]
            assert [any(image) for image in images] == [place < len(digits) for place in range(4)]
            assert (" y " in row["text"]) == (language == 0)
            assert name in ("train", "dev", f"test-{len(digits)}")
    before = (data / "train.parquet").read_bytes()
    recipe.write_vectors(data, 240)
    assert (data / "train.parquet").read_bytes() == before


def test_the_parts_of_the_digits_share_no_image() -> None:
    parts = load("describe_digits").IMAGES.values()
    assert [number for part in parts for number in range(1797)[part]] == list(range(1797))


@pytest.mark.parametrize("name", [*RECIPES, *sorted(ALONE | OTHER_TASKS)])
def test_it_imports_only_public_names(name: str) -> None:
    tree = ast.parse((ROOT / "recipes" / name / "train.py").read_text())
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(str(node.module))
    libraries = {name.partition(".")[0] for name in imported - {"seq2seq"}}
    assert {name for name in imported if name.startswith("seq2seq")} == {"seq2seq"}
    assert libraries <= ALLOWED_IMPORTS | set(sys.stdlib_module_names)


def test_every_cell_is_compared() -> None:
    assert sorted(load("compare_cells").CELLS) == sorted(CELLS)


@pytest.mark.parametrize("name", sorted(ALONE))
def test_a_recipe_without_a_translation_model_has_its_own_form(name: str) -> None:
    folder = ROOT / "recipes" / name
    assert len((folder / "train.py").read_text().splitlines()) <= 90
    assert not (folder / "config.yaml").exists()
    readme = (folder / "README.md").read_text()
    assert f"python recipes/{name}/train.py" in readme
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", readme)
    assert sorted(pictures) == sorted(path.name for path in folder.glob("*.svg"))
    assert all((folder / picture).stat().st_size < 60_000 for picture in pictures)


def test_gradient_flow_writes_its_table_and_plots(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.set_num_threads(1)
    recipe = load("gradient_flow")
    names = [
        name
        for kind in yaml.safe_load((recipe.HERE / "variants.yaml").read_text()).values()
        for name in kind
    ]
    recipe.main(output=tmp_path, lengths=[3, 40], steps=2, hidden=8)
    table = (tmp_path / "table.md").read_text()
    printed = capsys.readouterr().out
    assert set(printed.splitlines()) <= set(table.splitlines())
    for name in names:
        assert f"| {name} | " in table
        assert f"- {name}: " in table
    assert "- elman-tanh, default: vanishing: " in table
    drawn = {path.name: path.read_text() for path in tmp_path.glob("*.svg")}
    assert sorted(drawn) == sorted(path.name for path in recipe.HERE.glob("*.svg"))
    for name in names:
        assert sum(f">{name}<" in picture for picture in drawn.values()) == 2


def test_sentences_that_the_demo_calls_unseen_are_unseen() -> None:
    recipe = load("sample_es_en")
    for name in ("train", "dev"):
        text = (recipe.HERE / f"{name}.tsv").read_text(encoding="utf-8")
        sources = {line.split("\t")[0] for line in text.splitlines()}
        assert not sources & set(recipe.UNSEEN)
