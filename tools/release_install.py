"""Install a wheel into an empty environment, and translate with the model that comes with it."""

from __future__ import annotations

from pathlib import Path

from release_commands import ReleaseError, run

ENVIRONMENT = "environment"
"""Name of the new environment's folder."""

SENTENCE = "¿Dónde está la biblioteca?"
EXPECTED = "library"
"""Word that a translation of `SENTENCE` into English has."""


def install_and_translate(
    wheel: Path,
    *,
    folder: Path,
    python: Path,
    system_site_packages: bool = False,
    constraint: Path | None = None,
) -> str:
    """Install a wheel into a new environment, and run both of its commands there.

    Args:
        wheel: File of the wheel.
        folder: Empty folder for the environment.
        python: Interpreter that the environment is made with.
        system_site_packages: Let the environment use the packages that `python` has, such as
            PyTorch, and install the wheel only.
        constraint: File of versions for pip.

    Returns:
        Translation of `SENTENCE`.

    Raises:
        ReleaseError: A command fails, runs other code than that of the wheel or translates wrongly.
    """
    environment = folder / ENVIRONMENT
    place = folder / "elsewhere"
    place.mkdir()
    run([python, "-m", "venv", environment], step="make an empty environment", folder=place)
    programs = environment / "bin"
    options: list[str | Path] = ["--constraint", constraint] if constraint else []
    if system_site_packages:
        _use_packages(python, programs / "python", place)
        options += ["--no-deps", "--ignore-installed"]
    options.append("--disable-pip-version-check")
    run([programs / "pip", "install", *options, wheel], step="install the wheel", folder=place)
    where = run(
        [programs / "python", "-c", "import seq2seq; print(seq2seq.__file__)"],
        step="import seq2seq",
        folder=place,
    )
    if not Path(where.strip()).resolve().is_relative_to(environment.resolve()):
        raise ReleaseError(f"import seq2seq: is {where.strip()}, not the package of the wheel")
    run([programs / "seq2seq", "--help"], step="seq2seq --help", folder=place)
    output = run([programs / "translate", SENTENCE], step="translate", folder=place)
    translation = output.strip().rpartition("\n")[2]
    if EXPECTED not in translation.lower():
        raise ReleaseError(f"translate: {SENTENCE!r} became {translation!r}, without {EXPECTED!r}")
    return translation


def _use_packages(python: Path, new: Path, folder: Path) -> None:
    """Let a new environment find the packages of an interpreter, after its own.

    The option of `venv` would give it those of the interpreter that `python` was made with if
    `python` is in an environment itself. Editable packages of `python` stay out.
    """
    command = "import sysconfig; print(sysconfig.get_path('purelib'))"
    theirs = run([python, "-c", command], step="find the packages to share", folder=folder)
    own = run([new, "-c", command], step="find the place for packages", folder=folder)
    (Path(own.strip()) / "shared.pth").write_text(theirs, encoding="utf-8")
