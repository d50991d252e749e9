"""Traces in WebAssembly: they are those of the native library."""

from __future__ import annotations

import copy
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import web_traces as tool

from seq2seq import Source, Translator
from seq2seq.engine.interface import CELLS
from tests.translation.test_trace import TEXTS, save_model, tokenizers

__all__ = ["tokenizers"]

pytestmark = pytest.mark.usefixtures("native_library")
VARIANTS: list[dict[str, Any]] = [
    {"encoder_layers": 2, "decoder_layers": 2, "bidirectional": False},
    {"lexical_model": True, "attention": "bahdanau"},
    {"attention": "none"},
    {"attention": "multi-head"},
]


@pytest.mark.parametrize("cell", CELLS)
def test_the_trace_is_that_of_the_native_library(
    cell: str, web_library: Path, tokenizers: Any, tmp_path: Path
) -> None:
    variant = VARIANTS[CELLS.index(cell) % len(VARIANTS)]
    model = save_model(tmp_path / "model", tokenizers, cell=cell, **variant)
    sources: list[str | Source] = [
        *TEXTS,
        Source("casa azul", prefix="perro de "),
        Source(TEXTS[2], terms=("gato", "libro rojo")),
    ]
    found = tool.web_comparison(web_library, model, sources, dtype="fp32", beam=4, nbest=2)
    assert found.sentences == len(sources) + 1  # terms: searched without them first
    assert all(one.distance < 2e-4 for one in found.partings)
    assert len(found.partings) <= 1
    assert max(found.attention, found.gates, found.totals) < 1e-3


def test_int8_differs_only_where_rounding_decides(web_library: Path, model: Path) -> None:
    found = tool.web_comparison(web_library, model, TEXTS, dtype="int8")
    assert all(one.distance < tool.NEAR_TIE for one in found.partings)


def test_a_comparison_finds_what_differs(model: Path) -> None:
    records: list[Any] = []
    Translator.from_pretrained(model).translate(TEXTS[1], trace=records.append)
    one = next(record for record in records if record["kind"] == "sentence")
    assert tool.compare([one], [one]) == tool.Comparison(1, [], 0.0, 0.0, 0.0)
    other = copy.deepcopy(one)
    other["steps"][0]["rows"][0]["attention"][0] += 0.25
    other["encoder"][0]["forward"]["gates"]["update"][0][3] -= 0.125
    other["steps"][0]["rows"][0]["next"][0][1] += 0.5
    found = tool.compare([other], [one])
    assert found.partings == []
    gaps = [found.attention, found.gates, found.totals]
    assert gaps == pytest.approx([0.25, 0.125, 0.5])
    first, second, *_ = other["steps"][0]["candidates"]
    first["piece"], second["piece"] = second["piece"], first["piece"]
    parted = tool.compare([other], [one])
    totals = [each["log_probability"] for each in one["steps"][0]["candidates"]]
    [parting] = parted.partings
    assert (parting.sentence, parting.step) == (1, 1)
    assert parting.distance == pytest.approx(totals[0] - totals[1])
    assert "0 of 1 trees are the same" in tool.shown(parted, [TEXTS[1]])
