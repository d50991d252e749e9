"""Optional dependencies: without them the package translates, and says what else needs them."""

from __future__ import annotations

import configparser
import os
import subprocess
import sys
from pathlib import Path

import pytest

from seq2seq.engine import load_library
from seq2seq.errors import Seq2SeqError
from seq2seq.runtime.extras import EXTRAS, require
from tests.translation.test_constraints import save_model

ROOT = Path(__file__).parents[2]
NAMES = sorted({name for names in EXTRAS.values() for name in names})

WITHOUT = f"""\
import importlib.machinery, sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {NAMES}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing())
import importlib.util
real = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name in {NAMES} else real(name, *more)
"""
"""Program text that hides all optional packages from what follows it."""

COMMAND = """
import sys
from seq2seq.cli.app import main, translate_main
sys.argv = sys.argv[1:]
{"translate": translate_main, "seq2seq": main}[sys.argv[0]]()
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("extras") / "model", seed=1)


def run(program: str, library: Path, *words: object) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, load_library.VARIABLE: str(library)}
    return subprocess.run(
        [sys.executable, "-c", WITHOUT + program, *map(str, words)],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_text_is_translated_without_any_of_them(model: Path, compiled_library: Path) -> None:
    options = ["--model", model, "--alignments", "--nbest", 2, "--json", "--beam", 4]
    done = run(COMMAND, compiled_library, "translate", *options, "casa de papel", "gato")
    assert not done.stderr
    assert done.stdout.count('"alignment"') == 4


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("seq2seq train config.yaml", "`seq2seq train` needs torch"),
        ("seq2seq evaluate MODEL --data test.tsv", "`seq2seq evaluate` needs sacrebleu"),
        ("seq2seq report runs", "`seq2seq report` needs sacrebleu"),
        ("seq2seq shortlist MODEL", "`seq2seq shortlist` needs torch"),
        ("seq2seq average MODEL --output there", "`seq2seq average` needs torch"),
        ("seq2seq quantize MODEL --output there", "`seq2seq quantize` needs torch"),
        ("seq2seq serve", "`seq2seq serve` needs starlette"),
        ("translate --model MODEL --set strategy=sampling casa", "strategy=sampling needs torch"),
        ("translate --model MODEL --dtype bf16 casa", "dtype=bf16 needs torch"),
        ("translate --model MODEL --engine torch casa", "the engine torch needs torch"),
        ("translate --model MODEL --set mbr=3 --beam 4 casa", "decoding.mbr needs sacrebleu"),
        ("translate --model owner/name casa", "the Hugging Face Hub needs huggingface_hub"),
    ],
)
def test_what_needs_one_says_so_in_one_line(
    words: str, message: str, model: Path, compiled_library: Path
) -> None:
    done = run(COMMAND, compiled_library, *words.replace("MODEL", str(model)).split())
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert message in line
    assert "which is not installed: pip install 'seq2seq-translate[" in line


def test_an_import_from_the_package_says_so_too(compiled_library: Path) -> None:
    program = "from seq2seq import train"
    assert "seq2seq-translate[train]" in run(program, compiled_library).stderr.splitlines()[-1]
    program = "from seq2seq import evaluate"
    assert "seq2seq-translate[evaluate]" in run(program, compiled_library).stderr.splitlines()[-1]


def test_an_extra_that_is_installed_is_silent() -> None:
    for extra in EXTRAS:
        require(extra, "this")


def test_the_extras_are_those_of_the_distribution(monkeypatch: pytest.MonkeyPatch) -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    extras = setup["options.extras_require"]
    for extra, names in EXTRAS.items():
        assert set(names) <= set(extras[extra].replace("python-c", "python_c").split()), extra
    base = setup["options"]["install_requires"].split()
    assert not set(base) & set(NAMES)
    monkeypatch.setitem(EXTRAS, "train", ("no_such_package",))
    with pytest.raises(
        Seq2SeqError, match=r"needs no_such_package, .*'seq2seq-translate\[train\]'"
    ):
        require("train", "this")
