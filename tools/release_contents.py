"""Contents of a source distribution and a wheel: all of the package, and nothing else."""

from __future__ import annotations

import fnmatch
import tarfile
import zipfile
from collections.abc import Mapping
from email.parser import HeaderParser
from pathlib import Path

PACKAGE = "seq2seq"
DISTRIBUTION = "seq2seq-translate"
COMMANDS = ("seq2seq", "translate")
"""Commands that the wheel installs."""

MAX_BYTES = 100_000_000
"""Maximum size of a file on PyPI in bytes."""

NEEDED = (
    "seq2seq/engine/web/engine.mjs",
    "seq2seq/engine/web/s2s.wasm.gz",
    "seq2seq/py.typed",
    "seq2seq/reports/templates/*.j2",
    "seq2seq/shipped/*/README.md",
    "seq2seq/shipped/*/config.yaml",
    "seq2seq/shipped/*/manifest.json",
    "seq2seq/shipped/*/model.safetensors",
    "seq2seq/shipped/*/tokenizer/tokenizer.json",
    "seq2seq/text_steps/languages.bin",
    "seq2seq/text_steps/sentences.json",
    "seq2seq/web/page/main.mjs",
    "seq2seq/web/static/index.html",
)
"""Patterns that match at least one file each: data without which the package is of no use."""

LIBRARIES = ("seq2seq/engine/libs2s.so", "seq2seq/kernels/libkernels.so")
"""Files of a wheel that are compiled from the sources."""

SOURCES = ("seq2seq/engine/native/*", "seq2seq/kernels/native/*")
"""Patterns of files of the package that only the source distribution has."""

BESIDE = {
    "CHANGELOG.md",
    "CITATION.cff",
    "LICENSE",
    "MANIFEST.in",
    "PKG-INFO",
    "README.md",
    "pyproject.toml",
    "setup.cfg",
    "setup.py",
}
"""Files beside the package in a source distribution."""

_CACHES = ("*.pyc", "*.pyo", "*.so", "*/.DS_Store", "*.egg-info/*")


def package_files(source: Path) -> dict[str, bytes]:
    """Return the files of the package below a source tree, by their path in it."""
    files = (path for path in sorted((source / PACKAGE).rglob("*")) if path.is_file())
    found = {path.relative_to(source).as_posix(): path.read_bytes() for path in files}
    return {name: content for name, content in found.items() if not _cached(name)}


def wheel_problems(wheel: Path, *, package: Mapping[str, bytes], version: str) -> list[str]:
    """Return what is wrong with the contents of a wheel, one line per problem.

    Args:
        wheel: File of the wheel.
        package: Files of the package by their path; see `package_files`.
        version: Version that the wheel must have.

    Returns:
        Problems; none if the wheel holds the package, its library and its metadata only.
    """
    with zipfile.ZipFile(wheel) as archive:
        files = {one.filename: archive.read(one) for one in archive.infolist() if not one.is_dir()}
    info = f"{_normalized(DISTRIBUTION)}-{version}.dist-info/"
    others = {name for name in files if not name.startswith(info)}
    installed = {name: content for name, content in package.items() if not _is_source(name)}
    problems = _size_problems(wheel)
    problems += _package_problems(files, installed)
    problems += [f"lacks {one}: it was not compiled" for one in LIBRARIES if one not in files]
    strange = others - set(installed) - set(LIBRARIES)
    problems += [f"does not belong there: {name}" for name in sorted(strange)]
    problems += _metadata_problems(files.get(f"{info}METADATA", b""), version)
    scripts = files.get(f"{info}entry_points.txt", b"").decode("utf-8").splitlines()
    starts = {line.partition("=")[0].strip() for line in scripts}
    problems += [f"lacks the command {name}" for name in COMMANDS if name not in starts]
    return [f"{wheel.name}: {problem}" for problem in problems]


def sdist_problems(sdist: Path, *, package: Mapping[str, bytes], version: str) -> list[str]:
    """Return what is wrong with the contents of a source distribution, one line per problem.

    Args:
        sdist: File of the source distribution.
        package: Files of the package by their path; see `package_files`.
        version: Version that the source distribution must have.

    Returns:
        Problems; none if it holds the package and the files in `BESIDE` only.
    """
    top = f"{_normalized(DISTRIBUTION)}-{version}/"
    files: dict[str, bytes] = {}
    problems = _size_problems(sdist)
    with tarfile.open(sdist) as archive:
        for member in archive:
            if not member.isdir():
                stream = archive.extractfile(member) if member.isfile() else None
                files[member.name] = stream.read() if stream else b""
            if not (member.isfile() or member.isdir()):
                problems.append(f"is no plain file: {member.name}")
    inside = {name.removeprefix(top): content for name, content in files.items()}
    info = f"{_normalized(DISTRIBUTION)}.egg-info/"
    known = BESIDE | set(package)
    problems += [
        f"does not belong there: {name}"
        for name in sorted(files)
        if not name.startswith(top)
        or (name.removeprefix(top) not in known and not name.startswith(top + info))
    ]
    problems += [f"lacks {name}" for name in sorted(BESIDE - set(inside))]
    problems += _package_problems(inside, package)
    problems += _metadata_problems(inside.get("PKG-INFO", b""), version)
    return [f"{sdist.name}: {problem}" for problem in problems]


def _package_problems(files: Mapping[str, bytes], package: Mapping[str, bytes]) -> list[str]:
    """Check that the files of the package are there, unchanged, and that none is missing in it."""
    missing = [f"lacks {name}" for name in package if name not in files]
    changed = [
        f"has another text than the source tree: {name}"
        for name, content in package.items()
        if name in files and files[name] != content
    ]
    needed = [f"has no file {pattern}" for pattern in NEEDED if not fnmatch.filter(files, pattern)]
    return missing + changed + needed


def _metadata_problems(metadata: bytes, version: str) -> list[str]:
    """Check the name and the version in the metadata."""
    fields = HeaderParser().parsestr(metadata.decode("utf-8", errors="replace"))
    expected = {"Name": DISTRIBUTION, "Version": version}
    return [
        f"has the metadata {key}: {fields[key]}, not {value}"
        for key, value in expected.items()
        if fields[key] != value
    ]


def _size_problems(path: Path) -> list[str]:
    size = path.stat().st_size
    return [f"{size:,} bytes; the limit is {MAX_BYTES:,}"] if size > MAX_BYTES else []


def _is_source(name: str) -> bool:
    """Return whether a file of the package is left out of wheels."""
    return any(fnmatch.fnmatch(name, pattern) for pattern in SOURCES)


def _cached(name: str) -> bool:
    """Return whether a file is one that a compiler or a file manager has left."""
    return any(fnmatch.fnmatch(name, pattern) for pattern in _CACHES)


def _normalized(distribution: str) -> str:
    """Return the name of a distribution as file names have it."""
    return distribution.replace("-", "_")
