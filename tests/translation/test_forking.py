"""A process that is forked after several threads have computed translates all the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.tiny_model import save_tiny_model

SCRIPT = """
import os, sys, torch
torch.set_num_threads(2)
from seq2seq import Translator
translator = Translator.from_pretrained(sys.argv[1], engine=sys.argv[2])
if sys.argv[2] == "torch":
    torch.ones(512, 512) @ torch.ones(512, 512)  # starts the threads
lines = ["uno dos tres"] * 64
before = [one.text for one in translator.translate_all(lines)]
child = os.fork()
if not child:
    os._exit([one.text for one in translator.translate_all(lines)] != before)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.parametrize("engine", ["torch", "native"])
def test_a_forked_process_translates(engine: str, tmp_path: Path) -> None:
    model = save_tiny_model(tmp_path / "model")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(model), engine],
        timeout=60,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
