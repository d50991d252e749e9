"""The exported page in Firefox, opened from a file.

Needs Firefox (Debian's package firefox-esr, or the one that $FIREFOX names), node, and `npm install
puppeteer-core@24` in the folder that $SEQ2SEQ_NPM names.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from seq2seq import Translator
from seq2seq.web.export import export_page

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import page_firefox as tool

LINES = ["¿Dónde está la biblioteca?", "“Hola”, dijo Ana.\n\nNo ha vuelto…", "TENGO 12 PERROS"]
NPM = Path(os.environ.get("SEQ2SEQ_NPM", "."))


@pytest.mark.skipif(tool.firefox() is None, reason="no Firefox is installed")
@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
@pytest.mark.skipif(
    not (NPM / "node_modules" / "puppeteer-core").is_dir(),
    reason="$SEQ2SEQ_NPM does not name a folder with puppeteer-core of npm",
)
def test_a_single_file_translates_and_asks_for_nothing(
    native_library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEQ2SEQ_KERNELS", "generic")
    [path] = export_page(["es-en"], tmp_path, single_file=True)
    found = tool.use_page(path.as_uri(), LINES, npm=NPM)
    translator = Translator.from_pretrained("es-en", engine="native")
    assert found["found"] == [str(one) for one in translator.translate_all(LINES)]
    assert found["requests"] == []
    assert found["complaints"] == []
