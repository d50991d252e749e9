"""The logic of the view inside a translation, in node: its tree, paths, colors, time and units."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from seq2seq import Translator
from seq2seq.web.trace_page import INSIDE
from tests.support.node import node
from tests.support.tiny_model import WORDS

CHECKS = Path(__file__).parent / "inside_checks.mjs"


def test_the_view_makes_sense_of_traces(model: Path, tmp_path: Path) -> None:
    translator = Translator.from_pretrained(model)
    records: list[object] = []
    texts = [" ".join(WORDS[start : start + 5]) for start in range(8)]
    for beam in (1, 4, 8):
        translator.translate_all(texts, trace=records.append, beam=beam)
    traces = tmp_path / "traces.json"
    traces.write_text(json.dumps(records))
    done = subprocess.run(
        [node(), CHECKS, INSIDE, traces], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
