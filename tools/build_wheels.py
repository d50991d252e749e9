"""Build wheels for Linux on x86-64 and AArch64, and the library for web pages, and try them out.

    pip install -c constraints.txt -e '.[release]'
    python tools/build_wheels.py                        minutes; the files go to dist/
    python tools/build_wheels.py --lines dev.tsv        try them out on text of your own

What is built is the last commit. zig, in an environment of its own, compiles for all targets. The
wheel for this machine is installed into an empty environment and translates lines of text; the
others have to find the same translations: that for another processor under qemu, and WebAssembly in
node. What cannot be run here is built and checked, and reported as not run.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from release_commands import ReleaseError
from release_contents import package_files, sdist_problems, wheel_problems
from release_install import ENVIRONMENT, SENTENCE, install_and_translate
from release_state import export, read_version
from wheel_checks import platform_problems, web_problems
from wheel_runs import emulator_of, make_job, try_web, try_wheel
from wheel_targets import ARCHITECTURES, build_sdist, build_web, build_wheel, make_tools

ROOT = Path(__file__).resolve().parents[1]
CONSTRAINTS = ROOT / "constraints.txt"
TOOLS = ROOT / ".cache" / "wheels"
"""Environment of zig, which is kept: it takes half a gigabyte."""

LINES = ROOT / "recipes" / "sample_es_en" / "test.tsv"
COUNT = 200
"""Number of lines that are translated."""


@dataclass(frozen=True)
class Built:
    """Files of a release.

    Attributes:
        source: Source tree.
        tools: Python of the environment that compiled them.
        sdist: Source distribution.
        wheels: Wheels by processor.
        web: Library for web pages, and the module that belongs to it.
    """

    source: Path
    tools: Path
    sdist: Path
    wheels: dict[str, Path]
    web: tuple[Path, Path]

    @property
    def distributions(self) -> list[Path]:
        """Files that a package index takes."""
        return [self.sdist, *self.wheels.values()]


def main(
    lines: Annotated[
        Path, typer.Option(help="File of sentences to translate, up to a tab.")
    ] = LINES,
    python: Annotated[
        Path, typer.Option(help="Interpreter that the empty environment is made with.")
    ] = Path(sys.executable),
    output: Annotated[Path, typer.Option(help="Folder of the finished files.")] = Path("dist"),
) -> None:
    """Build and try out wheels and the library for web pages."""
    require_tools("build")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        built = build(export(ROOT, folder / "source"), folder / "built")
        fail(problems(built, version=read_version(ROOT)))
        report = try_out(built, folder / "trial", python=python.absolute(), lines=lines)
        finish(built, output)
        print("\n".join(report), flush=True)  # before folders are removed, which may take a while


def require_tools(*names: str) -> None:
    """Raise ReleaseError if a package is not installed."""
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        raise ReleaseError(
            f"{' and '.join(missing)} not installed; run: pip install -c constraints.txt "
            "-e '.[release]'"
        )


def build(source: Path, folder: Path) -> Built:
    """Build the source distribution, the wheels from it, and the library for web pages.

    Args:
        source: Source tree.
        folder: New folder for what is built.

    Returns:
        The files.

    Raises:
        ReleaseError: A command fails.
    """
    tools = make_tools(TOOLS, CONSTRAINTS)
    sdist = build_sdist(source, folder / "sdist")
    wheels = {
        architecture: build_wheel(sdist, folder, architecture=architecture, tools=tools)
        for architecture in ARCHITECTURES
    }
    web = build_web(source, folder / "web", tools=tools)
    return Built(source, tools, sdist, wheels, web)


def problems(built: Built, *, version: str) -> list[str]:
    """Return what is wrong with the contents and the platforms of the files.

    Args:
        built: The files.
        version: Version that the distributions must have.

    Returns:
        Problems, one per line; none if all is right.
    """
    package = package_files(built.source)
    found = sdist_problems(built.sdist, package=package, version=version)
    for architecture, wheel in built.wheels.items():
        found += wheel_problems(wheel, package=package, version=version)
        found += platform_problems(wheel, architecture=architecture, tools=built.tools)
    return found + web_problems(built.web[0])


def try_out(
    built: Built,
    folder: Path,
    *,
    python: Path,
    lines: Path = LINES,
    system_site_packages: bool = False,
    constraint: Path | None = None,
) -> list[str]:
    """Install the wheel of this machine, translate with it, and compare the others.

    Args:
        built: The files.
        folder: New folder for the environment and the translations.
        python: Interpreter that the environment is made with.
        lines: File of sentences, up to a tab.
        system_site_packages: Let the environment use the packages of `python`.
        constraint: File of versions for pip.

    Returns:
        A line on everything that was run, or not.

    Raises:
        ReleaseError: Something cannot be installed or run, or translates differently.
    """
    native = [one for one in built.wheels if emulator_of(one) == []]
    if not native:
        return ["nothing was run: none of the wheels is for this machine"]
    folder.mkdir()
    translation = install_and_translate(
        built.wheels[native[0]].resolve(),
        folder=folder,
        python=python,
        system_site_packages=system_site_packages,
        constraint=constraint,
    )
    job = make_job(
        folder / ENVIRONMENT / "bin" / "python",
        folder,
        weights=built.source / "seq2seq" / "shipped" / "es-en" / "model.safetensors",
        lines=lines,
        count=COUNT,
    )
    report = [f"{SENTENCE} {translation}"]
    for one, wheel in built.wheels.items():
        report += try_wheel(
            wheel, folder / one, architecture=one, source=built.source, tools=built.tools, job=job
        )
    return report + try_web(*built.web, job=job)


def finish(built: Built, output: Path) -> list[Path]:
    """Copy the files into a folder, those for web pages below it; return the distributions."""
    (output / "web").mkdir(parents=True, exist_ok=True)
    finished = [Path(shutil.copy(path, output)) for path in built.distributions]
    for path in [*finished, *(Path(shutil.copy(path, output / "web")) for path in built.web)]:
        print(f"{path}: {path.stat().st_size:,} bytes")
    return finished


def fail(found: list[str]) -> None:
    """Raise ReleaseError with all problems, if there are any."""
    if found:
        raise ReleaseError("\n".join(found))


if __name__ == "__main__":
    program = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    program.command()(main)
    try:
        program()
    except ReleaseError as error:
        sys.exit(f"error: {error}")
