"""Build and check a release; nothing is uploaded or tagged.

    pip install -c constraints.txt -e '.[release]'
    python tools/release.py --date 2026-12-01     date the section of the changelog; commit it
    python tools/release.py                       build, check, install and translate: minutes
    python tools/release.py --draft --system-site-packages      a quick trial

What is built is the last commit. The files go to dist/ after they have passed all checks: the
state of the repository, `twine check`, the contents of both, and an installation of the wheel into
an empty environment, where it translates a sentence. At the end the commands that publish the
release are printed.
"""

from __future__ import annotations

import datetime
import importlib.util
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from release_commands import ReleaseError, run
from release_contents import package_files, sdist_problems, wheel_problems
from release_install import SENTENCE, install_and_translate
from release_state import CHANGELOG, CITATION, git, read_version, set_date, state_problems

ROOT = Path(__file__).resolve().parents[1]


def main(
    date: Annotated[
        datetime.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Date the section of the changelog, and stop."),
    ] = None,
    draft: Annotated[
        bool, typer.Option("--draft", help="Allow uncommitted changes and an undated section.")
    ] = False,
    python: Annotated[
        Path, typer.Option(help="Interpreter that the empty environment is made with.")
    ] = Path(sys.executable),
    system_site_packages: Annotated[
        bool,
        typer.Option(
            "--system-site-packages",
            help="Let that environment use the packages of --python, such as PyTorch.",
        ),
    ] = False,
    constraint: Annotated[
        Path | None, typer.Option(help="File of versions to install, such as constraints.txt.")
    ] = None,
    output: Annotated[Path, typer.Option(help="Folder of the finished files.")] = Path("dist"),
) -> None:
    """Build and check a release."""
    if date is not None:
        set_date(ROOT, date.strftime("%Y-%m-%d"))
        print(f"dated {CHANGELOG} and {CITATION}; commit them")
        return
    _require_tools()
    _fail(state_problems(ROOT, draft=draft))
    version = read_version(ROOT)
    print(f"seq2seq {version}: the state is good{' for a draft' if draft else ''}", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        source = _export(folder / "source")
        files = _build(source, folder / "built")
        _check(files, source, version)
        translation = install_and_translate(
            next(path for path in files if path.suffix == ".whl").resolve(),
            folder=folder,
            python=python.absolute(),
            system_site_packages=system_site_packages,
            constraint=constraint.resolve() if constraint else None,
        )
        print(f"{SENTENCE} {translation}")
        output.mkdir(parents=True, exist_ok=True)
        finished = [Path(shutil.copy(path, output)) for path in files]
        for path in finished:
            print(f"{path}: {path.stat().st_size:,} bytes")
        # Before the environment is removed, which may take a minute.
        print(_next_commands(version, finished, draft), flush=True)


def _require_tools() -> None:
    """Raise ReleaseError if a package that the release needs is not installed."""
    missing = [name for name in ("build", "twine") if importlib.util.find_spec(name) is None]
    if missing:
        raise ReleaseError(
            f"{' and '.join(missing)} not installed; run: pip install -c constraints.txt "
            "-e '.[release]'"
        )


def _export(folder: Path) -> Path:
    """Write the last commit into a folder, so that nothing else can get into the release."""
    folder.mkdir()
    archive = folder.with_suffix(".tar")
    git(ROOT, "archive", "--output", str(archive), "HEAD")
    with tarfile.open(archive) as files:
        files.extractall(folder, filter="data")
    archive.unlink()
    return folder


def _build(source: Path, folder: Path) -> list[Path]:
    """Build the source distribution, and the wheel from it; return both."""
    command: list[str | Path] = [sys.executable, "-m", "build", "--outdir", folder, source]
    output = run(command, step="build", folder=source.parent)
    _fail([line.strip() for line in output.splitlines() if "DeprecationWarning" in line])
    return sorted(folder.iterdir())


def _check(files: list[Path], source: Path, version: str) -> None:
    """Raise ReleaseError if the metadata or the contents of the built files are wrong."""
    command: list[str | Path] = [sys.executable, "-m", "twine", "check", "--strict", *files]
    run(command, step="twine check", folder=source.parent)
    package = package_files(source)
    problems = []
    for path in files:
        check = wheel_problems if path.suffix == ".whl" else sdist_problems
        problems += check(path, package=package, version=version)
    _fail(problems)
    print(f"contents: {len(package)} files of the package in both, nothing else", flush=True)


def _next_commands(version: str, files: list[Path], draft: bool) -> str:
    """Return the commands that publish the release."""
    if draft:
        return "a draft: not to be published"
    names = " ".join(map(str, files))
    return f"""
All checks passed. To publish:

    git tag -a v{version} -m "seq2seq {version}"
    git push origin v{version}
    python -m twine upload {names}

Then raise the version in seq2seq/version.py and {CITATION}, and begin a section in {CHANGELOG}."""


def _fail(problems: list[str]) -> None:
    """Raise ReleaseError with all problems, if there are any."""
    if problems:
        raise ReleaseError("\n".join(problems))


if __name__ == "__main__":
    program = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    program.command()(main)
    try:
        program()
    except ReleaseError as error:
        sys.exit(f"error: {error}")
