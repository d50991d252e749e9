"""Trials of compiled files on real text: natively, under qemu and in node.

The installed wheel says what the translations are; every other library has to find the same ones.
"""

from __future__ import annotations

import platform
import shutil
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from release_commands import ReleaseError, run
from release_contents import LIBRARIES
from wheel_targets import NATIVE, linux_target, zig_compiler

PROGRAMS = Path(__file__).resolve().parent / "engine_programs"

KERNELS = {"x86_64": ("avx512-vnni", "avx2", "generic"), "aarch64": ("neon-dotprod", "neon")}
"""Kernels of each processor, the fastest first."""

EMULATED = 40
"""Number of sentences that are translated under qemu, which takes a second for each."""


@dataclass(frozen=True)
class Job:
    """Sentences to translate.

    Attributes:
        path: The sentences in ids, as translate.c reads them.
        weights: Weights of the model.
        expected: The translations: a line of ids per sentence.
    """

    path: Path
    weights: Path
    expected: str

    def first(self, count: int) -> Job:
        """Return the job with its first sentences only."""
        config, rules, _, *sentences = self.path.read_text().splitlines(keepends=True)
        path = self.path.with_name(f"{self.path.name}-{count}")
        path.write_text("".join([config, rules, f"{count}\n", *sentences[:count]]))
        expected = self.expected.splitlines(keepends=True)
        return Job(path, self.weights, "".join(expected[:count]))


def make_job(python: Path, folder: Path, *, weights: Path, lines: Path, count: int) -> Job:
    """Translate lines with the installed package, and record what its engine is given and finds.

    Args:
        python: Python of the environment in which the package is installed.
        folder: Folder for the job.
        weights: Weights of the model.
        lines: File of sentences, up to a tab.
        count: Number of lines.

    Returns:
        The job.

    Raises:
        ReleaseError: The package cannot translate them.
    """
    job = folder / "job"
    expected = folder / "expected"
    command: list[str | Path] = [
        python,
        PROGRAMS / "job.py",
        lines.absolute(),
        str(count),
        job,
        expected,
    ]
    run(command, step=f"translate {count} lines with the wheel", folder=folder)
    return Job(job, weights, expected.read_text())


def try_wheel(
    wheel: Path, folder: Path, *, architecture: str, source: Path, tools: Path, job: Job
) -> list[str]:
    """Translate with the library of a wheel, with each of its kernels.

    Args:
        wheel: The wheel.
        folder: New folder for its library and a program that uses it.
        architecture: Processor of the wheel.
        source: Source tree.
        tools: Python of the environment of `make_tools`.
        job: Sentences and their translations.

    Returns:
        A line on each kernel, or why the wheel was not run.

    Raises:
        ReleaseError: A translation differs.
    """
    emulator = emulator_of(architecture)
    if emulator is None:
        return [f"{architecture}: not run, for qemu-{architecture} or its C library is missing"]
    with zipfile.ZipFile(wheel) as files:
        library = Path(files.extract(LIBRARIES[0], folder))
    program = folder / "translate"
    command = [*zig_compiler(tools, linux_target(architecture)), "-std=c11", "-O2"]
    command += [f"-I{source / NATIVE}", str(PROGRAMS / "translate.c"), str(library)]
    command += [f"-Wl,-rpath,{library.parent}", "-o", str(program)]
    run(command, step=f"compile a program for {architecture}")
    own = job.first(EMULATED) if emulator else job
    return [
        _try([*emulator, program], own, place=architecture, kernels=kernels)
        for kernels in KERNELS[architecture]
    ]


def try_web(library: Path, module: Path, *, job: Job) -> list[str]:
    """Translate in node.

    Args:
        library: The library in WebAssembly.
        module: The module in JavaScript.
        job: Sentences and their translations.

    Returns:
        A line on it, or why it was not run.

    Raises:
        ReleaseError: A translation differs.
    """
    node = shutil.which("node")
    if node is None:
        return ["WebAssembly: not run, for node is missing"]
    command: list[str | Path] = [node, PROGRAMS / "translate.mjs", module, library]
    return [_try(command, job, place="WebAssembly", kernels="wasm-simd")]


def emulator_of(architecture: str) -> list[str] | None:
    """Return the command that runs programs of a processor: none on its own kind, or that of qemu.

    None means that there is no such command, or no C library for it (libc6-arm64-cross in Debian).
    """
    if sys.platform == "linux" and platform.machine() == architecture:
        return []
    name = f"qemu-{architecture}"
    qemu = shutil.which(name) or shutil.which(f"{name}-static")
    root = Path(f"/usr/{architecture}-linux-gnu")
    return [qemu, "-L", str(root)] if qemu and (root / "lib").is_dir() else None


def _try(command: Sequence[str | Path], job: Job, *, place: str, kernels: str) -> str:
    """Run a job; return how it went."""
    found = job.path.with_name(f"{place}-{kernels}")
    output = run(
        [*command, job.weights, job.path, found],
        step=f"{place}: translate with {kernels}",
        variables={"SEQ2SEQ_KERNELS": kernels},
    )
    name, milliseconds = output.split()[-2:]
    if name != kernels:
        return f"{place}, {kernels}: not run, for this machine cannot"
    pairs = list(zip(found.read_text().splitlines(), job.expected.splitlines(), strict=True))
    differing = sum(one != other for one, other in pairs)
    if differing:
        raise ReleaseError(f"{place}, {kernels}: {differing} of {len(pairs)} translations differ")
    return f"{place}, {kernels}: the same {len(pairs)} translations, {milliseconds} ms a sentence"
