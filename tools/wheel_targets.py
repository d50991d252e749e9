"""Targets of the C library: wheels for Linux on two processors, and WebAssembly; zig compiles all.

setup.py knows how the library of a wheel is compiled; here it is only told with what.
"""

from __future__ import annotations

import shlex
import shutil
import sys
import tarfile
from pathlib import Path

from release_commands import ReleaseError, run

ARCHITECTURES = ("x86_64", "aarch64")
"""Processors that wheels are made for, as Linux calls them."""

GLIBC = (2, 17)
"""Version of the oldest C library that the wheels run with, that of manylinux2014."""

TOOLS = ("auditwheel", "ziglang")
"""Packages of the environment that compiles and checks; constraints.txt has their versions."""

NATIVE = Path("seq2seq") / "engine" / "native"
MODULES = Path("seq2seq") / "engine" / "web"
ENGINE = "engine.mjs"
"""Module that a page imports; it imports the others."""

WEB_FLAGS = (
    *("-mexec-model=reactor", "-msimd128", "-std=c11", "-O3", "-g0", "-s", "-fvisibility=hidden"),
    *(f"-Wl,{option}" for option in ("--export-dynamic", "--export=malloc", "--export=free")),
)


def platform_tag(architecture: str) -> str:
    """Return the tag of a wheel's platform, such as "manylinux_2_17_x86_64"."""
    major, minor = GLIBC
    return f"manylinux_{major}_{minor}_{architecture}"


def linux_target(architecture: str) -> str:
    """Return zig's name of a platform, such as "x86_64-linux-gnu.2.17"."""
    major, minor = GLIBC
    return f"{architecture}-linux-gnu.{major}.{minor}"


def make_tools(folder: Path, constraint: Path) -> Path:
    """Make an environment of the tools, or complete the one that is there.

    Args:
        folder: Folder of the environment.
        constraint: File of versions for pip.

    Returns:
        Its Python.

    Raises:
        ReleaseError: A command fails, for example because there is no network.
    """
    python = folder / "bin" / "python"
    if not python.exists():
        run([sys.executable, "-m", "venv", folder], step="make an environment of tools")
    options = ["--quiet", "--disable-pip-version-check", "--constraint", str(constraint)]
    run([python, "-m", "pip", "install", *options, *TOOLS], step=f"install {' and '.join(TOOLS)}")
    return python


def zig_compiler(tools: Path, target: str) -> list[str]:
    """Return the command that compiles for a target with the zig of an environment."""
    return [str(tools), "-m", "ziglang", "cc", "-target", target]


def build_sdist(source: Path, folder: Path) -> Path:
    """Build the source distribution into an empty folder; return its path."""
    return _built(source, folder, step="build the source distribution", options=["--sdist"])


def build_wheel(sdist: Path, folder: Path, *, architecture: str, tools: Path) -> Path:
    """Build the wheel of an architecture from a source distribution.

    Args:
        sdist: The source distribution.
        folder: Folder for the wheel; its sources are unpacked below it, once per architecture.
        architecture: Processor.
        tools: Python of the environment of `make_tools`.

    Returns:
        Path of the wheel.

    Raises:
        ReleaseError: A command fails, or a part of it is deprecated.
    """
    source = unpack(sdist, folder / architecture)
    compiler = shlex.join(zig_compiler(tools.absolute(), linux_target(architecture)))
    return _built(
        source,
        folder / f"wheel-{architecture}",
        step=f"build the wheel for {architecture}",
        options=["--wheel", f"-C--build-option=--plat-name={platform_tag(architecture)}"],
        variables={"CC": compiler, "LDSHARED": f"{compiler} -shared -s"},
    )


def build_web(source: Path, folder: Path, *, tools: Path) -> tuple[Path, Path]:
    """Compile the library to WebAssembly.

    Args:
        source: Source tree.
        folder: Where to write it, with the modules in JavaScript that belong to it.
        tools: Python of the environment of `make_tools`.

    Returns:
        Paths of the library and of the module that a page imports.

    Raises:
        ReleaseError: It cannot be compiled.
    """
    folder.mkdir(parents=True)
    library = folder / "s2s.wasm"
    files = sorted((source / NATIVE).glob("*.c"))
    command = zig_compiler(tools, "wasm32-wasi")
    run([*command, *WEB_FLAGS, *files, "-o", library], step="compile to WebAssembly")
    for module in sorted((source / MODULES).glob("*.mjs")):
        shutil.copy(module, folder)
    return library, folder / ENGINE


def unpack(sdist: Path, folder: Path) -> Path:
    """Unpack a source distribution into a new folder; return the tree."""
    folder.mkdir(parents=True)
    with tarfile.open(sdist) as files:
        files.extractall(folder, filter="data")
    [source] = folder.iterdir()
    return source


def _built(
    source: Path,
    folder: Path,
    *,
    step: str,
    options: list[str],
    variables: dict[str, str] | None = None,
) -> Path:
    """Run `build`, which writes one file into an empty folder; return it."""
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "build",
        *options,
        "--outdir",
        folder,
        source,
    ]
    output = run(command, step=step, folder=source.parent, variables=variables)
    deprecated = [line.strip() for line in output.splitlines() if "DeprecationWarning" in line]
    if deprecated:
        raise ReleaseError("\n".join(deprecated))
    [path] = folder.iterdir()
    return path
