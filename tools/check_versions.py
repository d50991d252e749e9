"""Run the tests with the lowest and with the newest versions of libraries that setup.cfg allows.

Each set is installed into a new environment. The tests run in this copy of the package.

    python tools/check_versions.py
    python tools/check_versions.py --set lowest --keep /tmp/versions --tests tests/cli

PyTorch has the version of constraints.txt in both sets: older ones are builds for GPUs of several
gigabytes. So do the tools that only the tests use, in the lowest set.
"""

from __future__ import annotations

import configparser
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from release_commands import ReleaseError, run

ROOT = Path(__file__).parents[1]
OWN = "seq2seq-translate"

FIXED = "torch"
"""Package that is not varied."""


LIBRARIES = ("", "all", "torchtext")
"""Extras, and no extra, with what the package itself imports."""

TOOLS = ("dev", "docs")
"""Extras with what only the tests need."""


class Set(StrEnum):
    """Set of versions."""

    lowest = "lowest"
    newest = "newest"


def requirements(setup: Path, extra: str = "") -> list[Requirement]:
    """Return what the package needs, or what one of its extras adds.

    Args:
        setup: File setup.cfg.
        extra: Name of the extra; "" is none. Extras that it names are included.

    Raises:
        KeyError: There is no such extra.
    """
    parser = configparser.ConfigParser()
    parser.read(setup, encoding="utf-8")
    text = (
        parser["options.extras_require"][extra] if extra else parser["options"]["install_requires"]
    )
    found = []
    for line in filter(None, map(str.strip, text.split("\n"))):
        one = Requirement(line)
        if one.name == OWN:
            found += [more for name in sorted(one.extras) for more in requirements(setup, name)]
        else:
            found.append(one)
    return found


def floor(requirement: Requirement) -> str:
    """Return the lowest version that a requirement allows.

    Raises:
        ValueError: It allows any old version.
    """
    for one in requirement.specifier:
        if one.operator in (">=", "=="):
            return one.version
    raise ValueError(f"setup.cfg: {requirement} has no lowest version; write >= VERSION")


def lowest_versions(setup: Path) -> dict[str, str]:
    """Return the lowest version of each library that the package itself imports."""
    found = [one for extra in LIBRARIES for one in requirements(setup, extra)]
    return {str(canonicalize_name(one.name)): floor(one) for one in found}


def pinned_versions(path: Path) -> dict[str, str]:
    """Return the versions that a constraints file names."""
    lines = re.findall(r"^([\w.-]+)==(\S+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {str(canonicalize_name(name)): version for name, version in lines}


def constraints(which: Set, *, setup: Path, pinned: Path) -> dict[str, str]:
    """Return the versions that a set prescribes; the other packages are the newest that fit.

    Args:
        which: The set.
        setup: File setup.cfg.
        pinned: File constraints.txt.
    """
    tested = pinned_versions(pinned)
    if which is Set.newest:
        return {FIXED: tested[FIXED]}
    needed = [one for extra in TOOLS for one in requirements(setup, extra)]
    tools = {str(canonicalize_name(one.name)) for one in needed}
    used = {name: tested[name] for name in tools if name in tested}
    return used | lowest_versions(setup) | {FIXED: tested[FIXED]}


def install(which: Set, environment: Path) -> Path:
    """Install a set into a new environment; return its interpreter.

    Args:
        which: The set.
        environment: Folder of the environment; one that exists is used as it is.

    Raises:
        ReleaseError: The set cannot be installed.
    """
    python = environment / "bin" / "python"
    complete = environment / "complete"
    if complete.exists():
        return python
    run([sys.executable, "-m", "venv", "--clear", environment], step=f"{which}: new environment")
    setup = ROOT / "setup.cfg"
    versions = constraints(which, setup=setup, pinned=ROOT / "constraints.txt")
    file = environment / "constraints.txt"
    file.write_text("".join(f"{name}=={version}\n" for name, version in sorted(versions.items())))
    extras = (*LIBRARIES, *TOOLS)
    wanted = sorted({str(one) for extra in extras for one in requirements(setup, extra)})
    pip: list[str | Path] = [python, "-m", "pip", "--disable-pip-version-check"]
    run(
        [*pip, "install", "--no-compile", "--constraint", file, *wanted],
        step=f"{which}: install",
        every=60,
    )
    complete.write_text(run([*pip, "freeze"], step=f"{which}: list"))
    return python


def test(python: Path, tests: Iterable[Path]) -> int:
    """Run tests with the packages of an environment; return pytest's exit status."""
    paths = [str(python.parent), os.environ.get("PATH", "")]
    environment = os.environ | {
        "PATH": os.pathsep.join(paths),
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tools")]),
        "VIRTUAL_ENV": str(python.parents[1]),
    }
    command: list[str | Path] = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def check(sets: Sequence[Set], folder: Path, tests: Sequence[Path]) -> bool:
    """Run the tests with sets of versions; return whether all have passed."""
    results = {}
    for which in sets:
        python = install(which, folder / which)
        started = time.monotonic()
        status = test(python, tests)
        seconds = time.monotonic() - started
        results[which] = status == 0
        print(f"{which}: {'passed' if status == 0 else 'failed'} in {seconds:.0f} s", flush=True)
    return all(results.values())


def main(
    sets: Annotated[
        list[Set] | None, typer.Option("--set", help="Set of versions. Default: both.")
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the environments, which stay and are used again. Default: a temporary "
            "one."
        ),
    ] = None,
    tests: Annotated[
        list[Path] | None, typer.Option(help="Tests to run; repeat for more. Default: all.")
    ] = None,
) -> None:
    """Run the tests with the lowest and with the newest versions that setup.cfg allows."""
    try:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary) if keep is None else keep.absolute()
            passed = check(sets or list(Set), folder, tests or [])
    except ReleaseError as error:
        sys.exit(f"error: {error}")
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    typer.run(main)
