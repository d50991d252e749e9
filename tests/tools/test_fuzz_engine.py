"""The harnesses of tools/fuzz/, built without libFuzzer, on a few models and changes to them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import fuzz_build
import fuzz_results
from fuzz_models import write_models

HARNESSES = ("loader", "translate", "allocations")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of the harnesses, with sanitizers if there are any, and of models."""
    place = tmp_path_factory.mktemp("fuzz")
    compiler = os.environ.get("CC") or shutil.which("cc")
    if compiler is None:
        pytest.skip("needs a C compiler")
    probe = place / "probe.c"
    probe.write_text("int main(void) { return 0; }\n")
    sanitizers = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    command = [compiler, *sanitizers, probe, "-o", place / "probe"]
    found = subprocess.run(command, capture_output=True).returncode == 0
    flags = ["-O0", "-Wall", "-Wextra", *(sanitizers if found else [])]
    engine = fuzz_build.compile_files(compiler, fuzz_build.ENGINE.glob("*.c"), place, flags)
    files = {path for name in HARNESSES for path in fuzz_build.harness_files(name)}
    files.add(fuzz_build.HARNESSES / "main.c")
    fuzz_build.compile_files(compiler, files, place, flags)
    for name in HARNESSES:
        own = [place / f"{path.stem}.o" for path in fuzz_build.harness_files(name)]
        main = [] if name == "allocations" else [place / "main.o"]
        fuzz_build.link(compiler, name, [*engine, *own, *main], place, flags)
    write_models(place / "models", every=17)
    return place


def answer(place: Path, harness: str, *arguments: object) -> str:
    """Return what a harness prints, if it finds nothing."""
    own = {"S2S_FUZZ_MODELS": str(place / "models"), "ASAN_OPTIONS": "detect_leaks=1"}
    command = [str(place / harness), *map(str, arguments)]
    done = subprocess.run(command, env=os.environ | own, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_loader_refuses_or_opens_damaged_files(place: Path) -> None:
    models = sorted((place / "models").iterdir())
    assert f"runs: {len(models) * 51}" in answer(place, "loader", 50, *models)


def test_requests_of_all_kinds_are_answered_or_refused(place: Path, tmp_path: Path) -> None:
    seeds = []
    for number in range(8):
        seeds.append(tmp_path / str(number))
        seeds[-1].write_bytes(bytes((number + 37 * i) % 256 for i in range(60)))
    output = answer(place, "translate", 40, *seeds)
    for kind, least in (("translated", 100), ("scored", 100), ("recorded", 30)):
        assert fuzz_results.number(rf"{kind}: (\d+)", output) > least


def test_a_call_without_memory_says_so_and_frees_what_it_has(place: Path, tmp_path: Path) -> None:
    one = tmp_path / "models"
    one.mkdir()
    shutil.copy(min((place / "models").iterdir()), one)
    assert re.search(r"failures: [1-9]", answer(place, "allocations", one, 2))


def test_results_add_up(tmp_path: Path) -> None:
    result = fuzz_results.Result("loader", "address", "avx2", 1000, 2.0, 5, 10, 0, [])
    fuzz_results.save(result, tmp_path)
    fuzz_results.save(result, tmp_path)
    row = fuzz_results.table(fuzz_results.load(tmp_path)).splitlines()[-1]
    assert row == "| loader | address, undefined | avx2 | 2,000 | 500 |  | 5 of 10 | 0 |"
