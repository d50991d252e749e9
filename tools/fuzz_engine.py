"""Look for memory errors, undefined behavior, leaks and races in the native engine.

    python tools/fuzz_engine.py loader --runs 10000000     # s2s_open: damaged and lying files
    python tools/fuzz_engine.py translate --runs 1000000   # translations, recordings, scores
    python tools/fuzz_engine.py allocations                # each allocation fails once
    python tools/fuzz_engine.py threads                    # eight threads share a model
    python tools/fuzz_engine.py tests                      # tests of the engine, with sanitizers
    python tools/fuzz_engine.py report                     # the table of all runs so far

It needs clang with libFuzzer and its sanitizers, as Debian's clang-14 and libclang-rt-14-dev have
them; `tests` needs gcc. The harnesses are C programs in tools/fuzz/. The inputs that they begin
with are small models of every cell, attention and decoder order.

A run goes on from the inputs that earlier ones with the same --work have kept, so that many short
runs are as good as a long one. At a finding it stops, keeps the input as a file, and prints the
command that repeats it. docs/explanation/safety.md says what the engine promises, and what the last
full runs gave.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from fuzz_build import ROOT, Build, FuzzError, find_clang, sanitized_library
from fuzz_models import write_models
from fuzz_results import Result, load, number, save, table

from seq2seq.engine.load_library import load_library

SEED_SIZE = 8_192
"""Largest model, in bytes, that the loader's fuzzer begins with."""

LIMITS = {
    "loader": ["-max_len=16384", "-malloc_limit_mb=64", "-rss_limit_mb=1024", "-timeout=10"],
    "translate": ["-max_len=512", "-malloc_limit_mb=256", "-rss_limit_mb=1024", "-timeout=20"],
}
"""Limits of an input, of one allocation, of all memory, and of the seconds of an execution."""

TESTS = (
    "tests/engine",
    "tests/translation",
    "tests/cli",
    "tests/evaluation",
    "tests/training",
    "tests/model_directory",
    "tests/runtime",
    "tests/reports/test_evaluation_report.py",
    "tests/recipes",
    "tests/test_end_to_end.py",
    "tests/test_extending.py",
    "tests/test_many_languages.py",
)
"""Test files and folders that may call the engine."""

UNSUITED = (
    "tests/cli/test_translate.py::test_help_and_errors_come_at_once",  # measures times
    "tests/runtime/test_malloc.py",  # about the allocator that a sanitizer replaces
    "tests/evaluation/test_beams.py",  # starts a browser, which would run with the sanitizer, too
)
"""Tests that cannot pass with sanitizers."""

OPTIONS = {"ASAN_OPTIONS": "detect_leaks=1:quarantine_size_mb=16:strict_string_checks=1"}

HELP = (__doc__ or "").replace("\n\n    python", "\n\n\b\n    python", 1)
"""The text above; typer keeps its lines of commands as they are."""

app = typer.Typer(
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


class Sanitizers(StrEnum):
    """Sanitizers of a fuzzer."""

    address = "address"
    memory = "memory"


class Kernels(StrEnum):
    """Kernels of a run."""

    fastest = "fastest"
    avx2 = "avx2"
    generic = "generic"


Work = Annotated[Path, typer.Option(help="Where models, inputs, findings and results are kept.")]
Runs = Annotated[int, typer.Option(help="Number of executions of this run.")]
ForKernels = Annotated[Kernels, typer.Option(help="Kernels to run.")]
With = Annotated[
    Sanitizers,
    typer.Option(help="address (with undefined behavior and leaks), or memory (without a value)."),
]
Requests = Annotated[int, typer.Option(help="Number of random requests to each model.")]
WORK = ROOT / "build" / "fuzz"


@app.command()
def loader(
    runs: Runs = 100_000,
    work: Work = WORK,
    sanitizers: With = Sanitizers.address,
    kernels: ForKernels = Kernels.fastest,
) -> None:
    """Fuzz s2s_open with damaged and lying files."""
    models = models_of(work)
    seeds = work / "seeds"
    seeds.mkdir(exist_ok=True)
    for path in models.iterdir():
        if path.stat().st_size <= SEED_SIZE:
            (seeds / path.name).write_bytes(path.read_bytes())
    fuzz("loader", runs, work, sanitizers, kernels, seeds)


@app.command()
def translate(
    runs: Runs = 100_000,
    work: Work = WORK,
    sanitizers: With = Sanitizers.address,
    kernels: ForKernels = Kernels.fastest,
) -> None:
    """Fuzz s2s_translate, s2s_record, s2s_score and s2s_validate with requests of all kinds."""
    models_of(work)
    fuzz("translate", runs, work, sanitizers, kernels)


@app.command()
def allocations(
    requests: Requests = 10, work: Work = WORK, kernels: ForKernels = Kernels.fastest
) -> None:
    """Let each allocation of a call fail: only that one, then also all after it."""
    check("allocations", "address", requests, work, kernels)


@app.command()
def threads(
    requests: Requests = 100, work: Work = WORK, kernels: ForKernels = Kernels.fastest
) -> None:
    """Compare the answers of eight threads that share a model with those of one."""
    check("threads", "thread", requests, work, kernels)


@app.command("tests")
def run_tests(
    files: Annotated[list[str] | None, typer.Argument(help="Tests; default: all of them.")] = None,
    work: Work = WORK,
) -> None:
    """Run tests that call the engine, with AddressSanitizer and UndefinedBehaviorSanitizer."""
    environment = sanitized_library(work / "libs2s_sanitized.so")
    left_out = [f"--deselect={test}" for test in UNSUITED]
    command = [sys.executable, "-m", "pytest", *left_out, *(files or TESTS)]
    sys.exit(subprocess.run(command, cwd=ROOT, env=os.environ | environment).returncode)


@app.command()
def report(work: Work = WORK) -> None:
    """Print the table of all runs so far."""
    print(table(load(work)))


def models_of(work: Path) -> Path:
    """Return the folder of models of a directory, and write them if there is none."""
    models = work / "models"
    if not models.is_dir():
        write_models(models)
    return models


def environment_of(kernels: Kernels) -> dict[str, str]:
    """Return the environment that chooses kernels."""
    return {} if kernels is Kernels.fastest else {"SEQ2SEQ_KERNELS": kernels.value}


def name_of(kernels: Kernels) -> str:
    """Return the name of the kernels, as the library gives it."""
    library = load_library()
    if kernels is not Kernels.fastest:
        return kernels.value
    if library is None:
        raise FuzzError("needs the compiled library, to know the fastest kernels: pip install -e .")
    return library.kernels


def fuzz(
    harness: str,
    runs: int,
    work: Path,
    sanitizers: Sanitizers,
    kernels: Kernels,
    *seeds: Path,
) -> None:
    """Run a harness under libFuzzer, save its result, and exit with 1 if it finds something."""
    build = Build(harness, sanitizers.value, name_of(kernels), find_clang())
    corpus = work / f"corpus-{harness}"
    findings = work / "findings"
    corpus.mkdir(exist_ok=True)
    findings.mkdir(exist_ok=True)
    run(
        [
            str(build.program(work)),
            *LIMITS[harness],
            f"-runs={runs}",
            f"-artifact_prefix={findings}/{harness}-",
            "-print_final_stats=1",
            "-verbosity=1",
            str(corpus),
            *map(str, seeds),
        ],
        build,
        work,
        environment_of(kernels),
    )


def check(harness: str, sanitizers: str, requests: int, work: Path, kernels: Kernels) -> None:
    """Run a harness with a main of its own; see `fuzz`."""
    build = Build(harness, sanitizers, name_of(kernels), find_clang())
    command = [str(build.program(work)), str(models_of(work)), str(requests)]
    run(command, build, work, environment_of(kernels))


def run(command: Sequence[str], build: Build, work: Path, environment: dict[str, str]) -> None:
    """Run a program, and save its result."""
    own = OPTIONS | environment | {"S2S_FUZZ_MODELS": str(work / "models")}
    began = time.perf_counter()
    done = subprocess.run(
        command, env=os.environ | own, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    seconds = time.perf_counter() - began
    output = done.stdout
    result = Result(
        *(build.harness, build.sanitizers, build.kernels),
        executions=number(r"(?:number_of_executed_units|runs): +(\d+)", output),
        seconds=seconds,
        edges=number(r" cov: (\d+)", output),
        all_edges=number(r"\((\d+) inline 8-bit counters\)", output),
        translated=number(r"translated: (\d+)", output),
        findings=[" ".join(command)] if done.returncode else [],
    )
    save(result, work)
    if done.returncode:
        print(output[-6_000:])
        print_command(command, output, own)
        raise typer.Exit(1)
    print(table([result]))


def print_command(command: Sequence[str], output: str, environment: dict[str, str]) -> None:
    """Print the command that repeats a finding."""
    written = [line.rpartition(" ")[2] for line in output.splitlines() if "written to " in line]
    settings = " ".join(f"{name}={value}" for name, value in environment.items())
    again = [command[0], *written] if written else command
    print(f"\nFound something. To repeat it:\n{settings} {' '.join(again)}")


if __name__ == "__main__":
    try:
        app()
    except FuzzError as error:
        sys.exit(f"error: {error}")
