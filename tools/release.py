"""Build and check a release; nothing is uploaded or tagged.

    pip install -c constraints.txt -e '.[release]'
    python tools/release.py --date 2026-12-01     date the section of the changelog; commit it
    python tools/release.py                       build, check, install and translate: minutes
    python tools/release.py --draft --system-site-packages      a quick trial

What is built is the last commit, as tools/build_wheels.py builds it: the source distribution and
wheels. The files go to dist/ after they have passed all checks: the state of the repository, `twine
check`, their contents, and an installation of a wheel into an empty environment, where it
translates. At the end the commands that publish the release are printed.
"""

from __future__ import annotations

import datetime
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from build_wheels import build, fail, finish, problems, require_tools, try_out
from release_commands import ReleaseError, run
from release_state import CHANGELOG, CITATION, export, read_version, set_date, state_problems

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
    require_tools("build", "twine")
    fail(state_problems(ROOT, draft=draft))
    version = read_version(ROOT)
    print(f"seq2seq {version}: the state is good{' for a draft' if draft else ''}", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        built = build(export(ROOT, folder / "source"), folder / "built")
        fail(problems(built, version=version))
        _check(built.distributions)
        report = try_out(
            built,
            folder / "trial",
            python=python.absolute(),
            system_site_packages=system_site_packages,
            constraint=constraint.resolve() if constraint else None,
        )
        finished = finish(built, output)
        print("\n".join(report))
        # Before the environment is removed, which may take a minute.
        print(_next_commands(version, finished, draft), flush=True)


def _check(files: list[Path]) -> None:
    """Raise ReleaseError if a package index would refuse the metadata."""
    command: list[str | Path] = [sys.executable, "-m", "twine", "check", "--strict", *files]
    run(command, step="twine check")


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

Then raise the version in seq2seq/version.py, {CITATION} and README.md, and begin a section in
{CHANGELOG}."""


if __name__ == "__main__":
    program = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    program.command()(main)
    try:
        program()
    except ReleaseError as error:
        sys.exit(f"error: {error}")
