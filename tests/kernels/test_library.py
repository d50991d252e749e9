"""The library is found, checked and, where there is none, done without."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from seq2seq.kernels.library import VARIABLE, KernelLibrary
from tests.support.native_library import compiler

SOURCES = Path(__file__).parents[2] / "seq2seq" / "kernels" / "native"

PROGRAM = """
import torch
from seq2seq.kernels import supports
from seq2seq.models.cells import CELLS
print(supports(torch.float64, torch.device("cpu"), 16))
xs, state = torch.ones(2, 3, 4), (torch.zeros(2, 16),)
print(CELLS["ln-gru"](4, 16)(xs, state)[0].shape == (2, 3, 16))
"""


def run(library: str) -> list[str]:
    """Run the program with a library, in a process of its own."""
    environment = {**os.environ, VARIABLE: library}
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.parametrize("library", ["", "/nowhere/libkernels.so", __file__])
def test_without_a_usable_library_pytorch_computes(library: str) -> None:
    assert run(library) == ["False", "True"]


def test_a_library_of_another_version_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "other.c"
    source.write_text("int s2s_kernels_fit(void) { return 0; }\nint s2s_run(void) { return 0; }\n")
    library = tmp_path / "other.so"
    subprocess.run([compiler(), "-shared", "-fPIC", source, "-o", library], check=True)
    with pytest.raises(OSError, match="lacks s2s_"):
        KernelLibrary(library)


@pytest.mark.parametrize("name", ["gcc", "clang"])
def test_the_sources_compile_without_a_warning(name: str, tmp_path: Path) -> None:
    flags = ["-std=c11", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"]
    files = sorted(map(str, SOURCES.glob("*.c")))
    try:
        done = subprocess.run(
            [name, *flags, "-fsyntax-only", *files], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        pytest.skip(f"needs {name}")
    assert not done.returncode, done.stderr
