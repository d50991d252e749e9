"""Programs of tools/fuzz_engine.py: the engine and a harness of tools/fuzz/, with sanitizers."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENGINE = ROOT / "seq2seq" / "engine" / "native"
HARNESSES = ROOT / "tools" / "fuzz"

FILES = {
    "loader": ("loader", "mutate", "request"),
    "translate": ("translate", "models", "request"),
    "threads": ("threads", "models", "request"),
    "allocations": ("allocations", "models", "request"),
}
"""C files of each harness."""

LIBFUZZER = ("loader", "translate")
"""Harnesses that libFuzzer runs; the others have a main of their own."""

SANITIZERS = {
    "address": ["-fsanitize=address,undefined,float-cast-overflow"],
    "memory": ["-fsanitize=memory", "-fsanitize-memory-track-origins"],
    "thread": ["-fsanitize=thread"],
}
"""Flags of each choice; undefined behavior is looked for along with wrong addresses."""

WRAP = "-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free"
COMMON = ["-O1", "-g", "-fno-omit-frame-pointer", "-fno-sanitize-recover=all", "-Wall", "-Wextra"]
COMPILERS = ("clang", "clang-19", "clang-16", "clang-15", "clang-14")


class FuzzError(Exception):
    """Raised for what keeps a harness from being built or run; the message is one line."""


def find_clang() -> str:
    """Return the compiler: $CLANG, or the first one that is installed.

    Raises:
        FuzzError: There is none.
    """
    for name in (os.environ.get("CLANG", ""), *COMPILERS):
        if name and shutil.which(name):
            return name
    raise FuzzError(
        "there is no clang with its sanitizers: apt install clang-14 libclang-rt-14-dev"
    )


def compile_files(
    compiler: str, files: Iterable[Path], place: Path, flags: Sequence[str]
) -> list[Path]:
    """Compile C files.

    Args:
        compiler: The compiler.
        files: The files.
        place: Where the objects go.
        flags: Flags of the compiler.

    Returns:
        The objects.

    Raises:
        FuzzError: A file does not compile.
    """
    objects = []
    for path in sorted(files):
        objects.append(place / f"{path.stem}.o")
        command = [compiler, "-std=gnu11", *flags, f"-I{ENGINE}", "-c", str(path)]
        if subprocess.run([*command, "-o", str(objects[-1])]).returncode:
            raise FuzzError(f"{compiler} does not compile {path}")
    return objects


def link(
    compiler: str, harness: str, objects: Iterable[Path], place: Path, flags: Sequence[str]
) -> Path:
    """Link the objects of a harness; return the program.

    Raises:
        FuzzError: They cannot be linked.
    """
    program = place / harness
    if harness == "allocations":
        flags = [*flags, WRAP]
    if subprocess.run([compiler, *flags, *objects, "-o", program, "-lm", "-lpthread"]).returncode:
        raise FuzzError(f"{compiler} does not link; it needs its sanitizers (libclang-rt-14-dev)")
    return program


def harness_files(harness: str) -> list[Path]:
    """Return the C files of a harness."""
    return [HARNESSES / f"{name}.c" for name in FILES[harness]]


@dataclass(frozen=True)
class Build:
    """How a harness is built for libFuzzer and sanitizers.

    Attributes:
        harness: Name of the harness.
        sanitizers: Key of SANITIZERS.
        kernels: Name of the kernels, as the library gives it. Only their edges are counted, and
            not those of other kernels.
        compiler: The compiler, clang.
    """

    harness: str
    sanitizers: str
    kernels: str
    compiler: str

    def program(self, directory: Path) -> Path:
        """Compile and link the harness in a directory of its own; return the program.

        Raises:
            FuzzError: It does not compile.
        """
        place = directory / f"{self.harness}-{self.sanitizers}-{self.kernels}"
        place.mkdir(parents=True, exist_ok=True)
        flags = [*SANITIZERS[self.sanitizers], *COMMON]
        if self.harness not in LIBFUZZER:
            files = [*ENGINE.glob("*.c"), *harness_files(self.harness)]
            objects = compile_files(self.compiler, files, place, flags)
            return link(self.compiler, self.harness, objects, place, flags)
        counted = [path for path in ENGINE.glob("*.c") if self._is_counted(path)]
        others = {*ENGINE.glob("*.c"), *harness_files(self.harness)} - set(counted)
        counters = [*flags, "-fsanitize=fuzzer-no-link"]
        objects = compile_files(self.compiler, counted, place, counters)
        objects += compile_files(self.compiler, others, place, flags)
        return link(self.compiler, self.harness, objects, place, [*flags, "-fsanitize=fuzzer"])

    def _is_counted(self, path: Path) -> bool:
        """Return True if libFuzzer counts the edges of a file of the engine."""
        used = f"kernels_{self.kernels.partition('-')[0]}"
        return not path.stem.startswith("kernels_") or path.stem == used


def sanitized_library(path: Path) -> dict[str, str]:
    """Compile the library with the sanitizers of cc.

    Args:
        path: The library to write.

    Returns:
        Environment in which Python loads it.

    Raises:
        FuzzError: It does not compile.
    """
    compiler = os.environ.get("CC", "cc")
    flags = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fvisibility=hidden"]
    files = [str(file) for file in sorted(ENGINE.glob("*.c"))]
    command = [compiler, "-std=c11", "-O1", "-g", "-shared", "-fPIC", *flags, *files]
    path.parent.mkdir(parents=True, exist_ok=True)
    if subprocess.run([*command, "-o", str(path), "-lm"]).returncode:
        raise FuzzError(f"{compiler} fails")
    runtimes = [
        subprocess.run(
            [compiler, f"-print-file-name={name}"], capture_output=True, text=True, check=True
        ).stdout.strip()
        for name in ("libasan.so", "libubsan.so")
    ]
    return {
        "LD_PRELOAD": " ".join(runtimes),
        "ASAN_OPTIONS": "detect_leaks=0",  # Python does not free all it has
        "SEQ2SEQ_NATIVE_LIBRARY": str(path),
    }
