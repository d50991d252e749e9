"""The wheels: tags and checks; and, where zig is installed, AArch64 under qemu and WebAssembly in
node."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.tags import compatible_tags, parse_tag
from packaging.utils import parse_wheel_filename

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import build_wheels as tool
import wheel_checks as checks
import wheel_runs as runs
import wheel_targets as targets
from release_commands import ReleaseError

from seq2seq.engine.interface import VERSION, CConfig, CSearch
from tests.support.native_library import SOURCES
from tests.support.web_library import zig

ROOT = Path(__file__).parents[2]
PRODUCTS = ROOT / "tests" / "engine" / "products.c"
WEIGHTS = ROOT / "seq2seq" / "shipped" / "es-en" / "model.safetensors"
WHEEL = "seq2seq_translate-1.2.0-py3-none-{}.whl"


@pytest.fixture(scope="module")
def tools() -> Path:
    """Return a Python that has zig."""
    return zig()


# Tags and symbols


@pytest.mark.parametrize("architecture", targets.ARCHITECTURES)
def test_setup_gives_a_wheel_the_tag_of_its_platform(
    architecture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("setuptools.command.bdist_wheel")
    from distutils.core import run_setup

    monkeypatch.chdir(ROOT)
    tag = targets.platform_tag(architecture)
    command = run_setup("setup.py", stop_after="init").get_command_obj("bdist_wheel")
    command.plat_name = tag
    command.ensure_finalized()
    assert command.get_tag() == ("py3", "none", tag)
    *_, found = parse_wheel_filename(WHEEL.format(tag))
    assert found == parse_tag(f"py3-none-{tag}")
    assert found <= set(compatible_tags((3, 11), platforms=[tag]))


def test_the_symbols_of_a_wheel_must_be_those_of_its_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    said = 'x.whl is consistent with\nthe following platform tag:\n"{}".\n'
    monkeypatch.setattr(checks, "run", lambda command, *, step: answer)

    def problems(tag: str) -> list[str]:
        wheel = Path(WHEEL.format(tag))
        return checks.platform_problems(wheel, architecture="aarch64", tools=Path("python"))

    answer = said.format("manylinux_2_17_aarch64")
    assert problems("manylinux_2_17_aarch64") == []
    for tag in ("linux_aarch64", "manylinux_2_17_x86_64", "any"):
        [problem] = problems(tag)
        assert problem.endswith("has not the tag py3-none-manylinux_2_17_aarch64")
    for other in ("manylinux_2_34_aarch64", "manylinux_2_17_x86_64"):
        answer = said.format(other)
        [problem] = problems("manylinux_2_17_aarch64")
        assert problem.endswith(f"its library is for {other}")


def test_imports_and_sizes_of_webassembly_are_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = b"\0asm\1\0\0\0"
    types = bytes([1, 0x80 | 5, 1]) + bytes(133)
    library = tmp_path / "s2s.wasm"
    library.write_bytes(start + types + bytes([7, 1, 0]))
    assert checks.web_problems(library) == []
    library.write_bytes(start + types + bytes([2, 1, 0]) + bytes([7, 1, 0]))
    assert checks.web_problems(library) == ["s2s.wasm: has imports"]
    monkeypatch.setattr(checks, "MAX_WEB", 10)
    assert "s2s.wasm: 150 bytes; the limit is 10" in checks.web_problems(library)


def test_the_module_lays_out_the_structures_of_the_header() -> None:
    module = (ROOT / targets.MODULES / targets.ENGINE).read_text()

    def names(constant: str) -> list[str]:
        return re.findall(r'"(\w+)"', re.search(rf"const {constant} = \[(.*?)\];", module, re.S)[1])

    assert f"const VERSION = {VERSION};" in module
    assert names("CONFIG") == [name for name, _ in CConfig._fields_]
    fields = [name for name, _ in CSearch._fields_]
    assert names("SEARCH") == fields[: fields.index("forbidden")]


# Trials


def test_a_trial_compares_translations(tmp_path: Path) -> None:
    (tmp_path / "job").write_text("1 2\n3\n3\n9 1 5\n9 1 6\n9 1 7\n")
    job = runs.Job(tmp_path / "job", tmp_path / "weights", "5\n6\n7\n")
    program = tmp_path / "program.py"
    program.write_text(
        "import os, sys\n"
        "_, weights, job, found = sys.argv\n"
        "lines = open(job).read().splitlines()[3:]\n"
        "open(found, 'w').write(''.join(line.split()[-1] + '\\n' for line in lines))\n"
        "print(os.environ['SEQ2SEQ_KERNELS'].replace('avx2', 'generic'), 1.5)\n"
    )
    command = [sys.executable, program]
    line = runs._try(command, job, place="here", kernels="neon")
    assert line == "here, neon: the same 3 translations, 1.5 ms a sentence"
    first = runs._try(command, job.first(2), place="here", kernels="neon")
    assert first == "here, neon: the same 2 translations, 1.5 ms a sentence"
    assert runs._try(command, job, place="here", kernels="avx2").endswith("this machine cannot")
    other = runs.Job(job.path, job.weights, "5\n6\n8\n")
    with pytest.raises(ReleaseError, match="here, neon: 1 of 3 translations differ"):
        runs._try(command, other, place="here", kernels="neon")


def test_what_cannot_be_run_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs.shutil, "which", lambda name: None)
    monkeypatch.setattr(runs.platform, "machine", lambda: "x86_64")
    job = runs.Job(tmp_path, tmp_path, "")
    places = {"source": tmp_path, "tools": tmp_path, "job": job}
    [line] = runs.try_wheel(tmp_path, tmp_path, architecture="aarch64", **places)
    assert line.startswith("aarch64: not run, for qemu-aarch64 or its C library is missing")
    assert runs.try_web(tmp_path, tmp_path, job=job) == [
        "WebAssembly: not run, for node is missing"
    ]


@pytest.mark.parametrize(("file", "name"), [("neon", "neon"), ("dotprod", "neon-dotprod")])
def test_int8_products_on_aarch64_are_exact(
    file: str, name: str, tools: Path, tmp_path: Path
) -> None:
    qemu = shutil.which("qemu-aarch64") or shutil.which("qemu-aarch64-static")
    if qemu is None:
        pytest.skip("needs qemu-aarch64 (qemu-user in Debian)")
    program = tmp_path / "products"
    flags = ["-static", "-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", f"-I{SOURCES}"]
    flags += [f'-DKERNELS="kernels_{file}.c"', str(PRODUCTS), "-o", str(program)]
    subprocess.run([*targets.zig_compiler(tools, "aarch64-linux-musl"), *flags], check=True)
    done = subprocess.run([qemu, program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"378 products of {name}\n")


def test_webassembly_in_node_translates_as_the_native_library_does(
    web_library: Path, compiled_library: Path, tmp_path: Path
) -> None:
    library = web_library / "s2s.wasm"
    module = web_library / targets.ENGINE
    assert checks.web_problems(library) == []
    expected = tmp_path / "expected"
    program = runs.PROGRAMS / "job.py"
    variables = {
        "PYTHONPATH": str(ROOT),
        "SEQ2SEQ_NATIVE_LIBRARY": str(compiled_library),
    }
    command = [sys.executable, program, tool.LINES, str(tool.COUNT), tmp_path / "job", expected]
    subprocess.run(command, env={**os.environ, **variables}, check=True)
    job = runs.Job(tmp_path / "job", WEIGHTS, expected.read_text())
    [line] = runs.try_web(library, module, job=job)
    assert line.startswith(f"WebAssembly, wasm-simd: the same {tool.COUNT} translations")
