"""Traces of the exported page, in node: they are those of the package."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import web_traces

from seq2seq import Translator
from seq2seq.web.export import export_page
from seq2seq.web.modules import write_modules
from tests.support.node import run_node

PROGRAM = Path(__file__).with_name("translate_lines.mjs")
LINES = ["La casa de papel es mía.", "Ana vive en EE. UU. desde 2019."]


def test_the_page_traces_as_the_package_does(native_library: Path, tmp_path: Path) -> None:
    export_page(["es-en"], tmp_path / "page")
    write_modules(tmp_path / "modules")
    records: list[Any] = []
    translator = Translator.from_pretrained("es-en", engine="native")
    translator.translate_all(LINES, trace=records.append)
    expected = [one for one in records if one["kind"] == "sentence"]
    first = expected[0]["steps"][0]["rows"][0]["next"][4][0]
    asked = [*([line, []] for line in LINES), [LINES[0], [first]], ["...", []]]
    answers = run_node(
        PROGRAM, tmp_path / "modules", tmp_path / "page", "es-en", "trace", given=asked
    )
    *found, forced, copied = [sentence for _, sentence in answers]
    for one, other in zip(found, expected, strict=True):
        for key in ("source", "prepared", "pieces"):
            assert one[key] == other[key]
    result = web_traces.compare(found, expected)
    assert all(one.distance <= web_traces.NEAR_TIE for one in result.partings)
    assert max(result.attention, result.gates) < 1e-2, "int8 kernels round differently"
    assert forced["steps"][0]["candidates"][0]["piece"] == first
    assert copied["copied"]
