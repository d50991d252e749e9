"""The export of a page without a browser: its files, its scripts, and what it refuses."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from seq2seq import Translator
from seq2seq.cli.app import app
from seq2seq.errors import ConfigError, Seq2SeqError
from seq2seq.model_directory.shipped_models import SHIPPED
from seq2seq.web import library_file
from seq2seq.web.export import export_page
from seq2seq.web.join_modules import join_modules
from seq2seq.web.library_file import RECORD, digest_of, read_library
from seq2seq.web.modules import write_modules
from tests.support.native_library import SOURCES
from tests.support.node import run_node
from tests.web.test_text_functions import distorted, tables

LINES = Path(__file__).with_name("translate_lines.mjs")
MAX_BYTES = 2_000_000
"""Maximum size of everything but the weights."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("folder")
    export_page(["es-en", "en-es"], folder)
    return folder


def test_the_library_belongs_to_the_sources() -> None:
    """After a change of the sources: python tools/build_web.py."""
    assert RECORD.read_text("ascii").strip() == digest_of(SOURCES)
    assert read_library().startswith(b"\0asm")


@pytest.mark.parametrize("content", [None, b"", b"\x1f\x8b\x08damaged", b"plain"])
def test_a_library_that_is_missing_or_damaged_is_reported(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s2s.wasm.gz"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setattr(library_file, "LIBRARY", path)
    with pytest.raises(Seq2SeqError, match=r"s2s\.wasm\.gz: .*; install the package again, or"):
        read_library()


def test_lines_are_translated_as_by_the_package(
    folder: Path, tmp_path: Path, native_library: Path
) -> None:
    texts = tables()
    lines = [*texts[::40], *list(distorted(texts, 8))[::2], " ".join(texts[100:110])]
    write_modules(tmp_path)
    translator = Translator.from_pretrained("es-en", engine="native")
    expected = [str(one) for one in translator.translate_all(lines)]
    found = run_node(LINES, tmp_path, folder, "es-en", "translate", given=[[one] for one in lines])
    differing = [one for one in zip(lines, found, expected, strict=True) if one[1] != one[2]]
    assert len(differing) <= 1, differing  # the kernels round differently: near-ties may differ


def test_a_trace_has_the_search_of_the_package(
    folder: Path, tmp_path: Path, native_library: Path
) -> None:
    lines = ["Mi hermana vive en una casa.", "Москва", "“Son 12 perros”, dijo Ana."]
    write_modules(tmp_path)
    traced = run_node(LINES, tmp_path, folder, "es-en", "trace", given=[[one] for one in lines])
    for expected, (_, sentence) in zip(generic_traces(lines, tmp_path), traced, strict=True):
        assert sentence["copied"] == expected["copied"]
        assert sentence["alternatives"][0]["text"] == expected["alternatives"][0]["text"]
        if expected["copied"]:
            continue
        assert sentence["prepared"] == expected["prepared"]
        assert sentence["pieces"] == expected["pieces"]
        assert list(map(tree, sentence["steps"])) == list(map(tree, expected["steps"]))


def generic_traces(lines: list[str], folder: Path) -> list[dict[str, Any]]:
    """Return what `translate --trace` writes with the kernels in C, which round as the page's."""
    source = folder / "lines.txt"
    source.write_text("\n".join(lines), "utf-8")
    trace = folder / "trace.jsonl"
    command = "from seq2seq.cli.app import translate_main; translate_main()"
    options = ["--model", "es-en", "--engine", "native", "--input", source, "--trace", trace]
    subprocess.run(
        [sys.executable, "-c", command, *map(str, options)],
        env={**os.environ, "SEQ2SEQ_KERNELS": "generic"},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    records = map(json.loads, trace.read_text("utf-8").splitlines())
    return [record for record in records if "alternatives" in record]


def tree(step: dict[str, Any]) -> list[object]:
    """Return the candidates of a step without their numbers."""
    return [[one["row"], one["piece"], one["status"]] for one in step["candidates"]]


def test_a_page_is_small_and_names_no_other_place(folder: Path) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    others = [path for path in files if path.name != "model.safetensors"]
    assert sum(path.stat().st_size for path in others) <= MAX_BYTES
    for path in others:
        if path.suffix in {".html", ".js", ".css"}:
            text = path.read_text("utf-8")
            named = r"""["'(](?:https?:)?//(?!www\.w3\.org/)[a-z]"""  # names of SVG and MathML
            assert not re.findall(named, text), path
    [kept] = re.findall(r"FILES = (\[.*?\]);", (folder / "offline.js").read_text("utf-8"))
    names = {path.relative_to(folder).as_posix() for path in files}
    assert set(json.loads(kept)) == names - {"offline.js"} | {"./"}


def test_the_policy_allows_no_inline_code_in_a_folder(folder: Path) -> None:
    html = (folder / "index.html").read_text("utf-8")
    assert "unsafe-inline" not in html
    assert "'unsafe-eval'" not in html
    assert not re.search(r"<script>|<style>|\son\w+=|\sstyle=", html)


def test_the_command_writes_a_single_file(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["export", "es-en", "--web", str(tmp_path), "--single-file"])
    assert result.exit_code == 0, result.output
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]
    assert "unsafe-inline" not in (tmp_path / "index.html").read_text("utf-8")


def test_models_that_a_page_cannot_use_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="two models are es-en"):
        export_page(["es-en", "es-en"], tmp_path)
    model = tmp_path / "model"
    shutil.copytree(SHIPPED / "es-en", model)
    (model / "manifest.json").unlink()
    config = model / "config.yaml"
    text = config.read_text("utf-8")
    for old, new, problem in (
        ("strategy: beam", "strategy: sampling", "decoding.strategy=sampling"),
        ("source_language: Spanish", 'source_language: ""', "does not say its languages"),
    ):
        config.write_text(text.replace(old, new), encoding="utf-8")
        with pytest.raises(ConfigError, match=problem):
            export_page([str(model)], tmp_path / "page")
    assert not (tmp_path / "page").exists()


# Bundles


def test_a_bundle_has_each_module_once_in_the_order_of_their_imports(tmp_path: Path) -> None:
    modules = {
        "a/main.mjs": 'import { two as zwei } from "../b/two.mjs";\n'
        'import { one } from "../b/one.mjs";\n'
        'import * as every from "../b/one.mjs";\n'
        'const later = await_(import("../b/missing.mjs"), import("../b/one.mjs"));\n'
        "function await_(missing, there) { missing.catch(() => {}); return there; }\n"
        "later.then((found) => show([zwei(), one, every.one, found.one]));\n"
        "function show(values) { console.log(JSON.stringify(values)); }\n",
        "b/one.mjs": "export const one = 1;\n",
        "b/two.mjs": 'import { one } from "./one.mjs";\n'
        "const twice = (value) => 2 * value;\n"
        "export function two() {\n  return twice(one);\n}\n"
        "export { twice as doubled };\n",
    }
    script = tmp_path / "bundle.cjs"
    script.write_text(join_modules("a/main.mjs", modules), encoding="utf-8")
    assert run_node(script, given=None) == [2, 1, 1, 1]


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ('import { a } from "./missing.mjs";', "no module missing.mjs"),
        ('import { a } from "./main.mjs";', "imports itself"),
        ("export default 1;", "cannot have: export default 1"),
        ("export let a = 1;", "cannot have: export let"),
    ],
)
def test_a_bundle_that_would_not_run_is_refused(source: str, problem: str) -> None:
    with pytest.raises(Seq2SeqError, match=problem):
        join_modules("main.mjs", {"main.mjs": source})
