"""State of the repository before a release: the tree, the version, the changelog, the citation."""

from __future__ import annotations

import re
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from release_commands import ReleaseError

CHANGELOG = "CHANGELOG.md"
CITATION = "CITATION.cff"
VERSION = "seq2seq/version.py"
UNRELEASED = "unreleased"
"""Word in place of the date in the heading of a section that has not been released."""

MODELS = "**models**"
"""Mark of an entry that changes how model directories are read or written."""

_NUMBER = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:(?:a|b|rc)\d+)?")
_HEADING = re.compile(r"^## (\S+) \((unreleased|\d{4}-\d{2}-\d{2})\)$", re.MULTILINE)


@dataclass(frozen=True)
class Section:
    """Section of the changelog.

    Attributes:
        version: Version that it describes.
        date: Day of the release, such as "2026-12-01", or "unreleased".
        text: Entries.
    """

    version: str
    date: str
    text: str


def read_version(root: Path) -> str:
    """Return the version of the package; raise ReleaseError if the file does not say it."""
    found = re.search(r'^__version__ = "([^"]+)"$', _read(root / VERSION), re.MULTILINE)
    if found is None:
        raise ReleaseError(f"{VERSION}: has no line __version__ = …")
    return found[1]


def sections(changelog: str) -> list[Section]:
    """Return the sections of a changelog, the newest first."""
    headings = list(_HEADING.finditer(changelog))
    starts = [heading.start() for heading in headings] + [len(changelog)]
    return [
        Section(heading[1], heading[2], changelog[heading.end() : end].strip())
        for heading, end in zip(headings, starts[1:], strict=True)
    ]


def state_problems(root: Path, *, draft: bool = False) -> list[str]:
    """Return what stands in the way of a release, one line per problem.

    Args:
        root: Top directory of the repository.
        draft: Allow uncommitted changes and a section without a date.

    Returns:
        Problems with what to do about them; none if the release can be made.
    """
    version = read_version(root)
    found = sections(_read(root / CHANGELOG))
    date = found[0].date if found else UNRELEASED
    problems = _version_problems(version)
    problems += _changelog_problems(version, found)
    problems += _citation_problems(root, version, date)
    if not draft:
        problems += _tree_problems(root, version)
        problems += _date_problems(version, date)
    return problems


def set_date(root: Path, date: str) -> None:
    """Write the day of the release into the changelog and the citation file.

    Raises:
        ReleaseError: The newest section is of another version or has a date already.
    """
    version = read_version(root)
    changelog = _read(root / CHANGELOG)
    heading = f"## {version} ({UNRELEASED})\n"
    if heading not in changelog:
        raise ReleaseError(f"{CHANGELOG}: has no heading {heading.strip()!r} to write a date into")
    citation = _read(root / CITATION)
    lines = [line for line in citation.splitlines() if not line.startswith("date-released:")]
    position = next(n for n, line in enumerate(lines) if line.startswith("version:")) + 1
    lines.insert(position, f"date-released: {date}")
    (root / CITATION).write_text("\n".join(lines) + "\n", encoding="utf-8")
    dated = changelog.replace(heading, f"## {version} ({date})\n", 1)
    (root / CHANGELOG).write_text(dated, encoding="utf-8")


def _version_problems(version: str) -> list[str]:
    if _NUMBER.fullmatch(version):
        return []
    return [f"{VERSION}: {version} is no version such as 0.2.0 or 1.0.0rc1"]


def _changelog_problems(version: str, found: list[Section]) -> list[str]:
    """Check that the newest section is of this version, and that the others are dated."""
    if not found or found[0].version != version:
        newest = found[0].version if found else "none"
        return [
            f"{CHANGELOG}: the newest section is {newest}, the version is {version}; begin a "
            f"section ## {version} ({UNRELEASED})"
        ]
    problems = []
    if not re.search(r"^- ", found[0].text, re.MULTILINE):
        problems.append(f"{CHANGELOG}: section {version} has no entry")
    number = _NUMBER.fullmatch(version)
    if number and number[3] != "0" and MODELS in found[0].text:
        problems.append(
            f"{CHANGELOG}: {version} changes how models are read or written, as its entries marked "
            f"{MODELS} say; raise more than the last digit (CONTRIBUTING.md)"
        )
    for section in found[1:]:
        if section.date == UNRELEASED:
            problems.append(f"{CHANGELOG}: section {section.version} has no date")
    return problems


def _citation_problems(root: Path, version: str, date: str) -> list[str]:
    lines = _read(root / CITATION).splitlines()
    problems = []
    if f"version: {version}" not in lines:
        problems.append(f"{CITATION}: has no line 'version: {version}'")
    if date != UNRELEASED and f"date-released: {date}" not in lines:
        problems.append(f"{CITATION}: has no line 'date-released: {date}'")
    return problems


def _tree_problems(root: Path, version: str) -> list[str]:
    """Check that all is committed, and that no other commit is tagged as this version."""
    problems = []
    changed = git(root, "status", "--porcelain").splitlines()
    if changed:
        names = ", ".join(line[3:] for line in changed[:5]) + (" …" if len(changed) > 5 else "")
        problems.append(f"uncommitted changes in {names}: commit them")
    tag = f"v{version}"
    if git(root, "tag", "--list", tag).strip():
        tagged = git(root, "rev-parse", f"{tag}^{{commit}}")
        if tagged != git(root, "rev-parse", "HEAD"):
            problems.append(f"the tag {tag} names another commit; raise the version in {VERSION}")
    return problems


def _date_problems(version: str, date: str) -> list[str]:
    if date != UNRELEASED:
        return []
    return [
        f"{CHANGELOG}: section {version} has no date; write today's with "
        "python tools/release.py --date YYYY-MM-DD and commit it"
    ]


def git(root: Path, *arguments: str) -> str:
    """Return the output of a git command; raise ReleaseError if it fails."""
    done = subprocess.run(
        ["git", "-C", root, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ReleaseError(f"git {arguments[0]}: {done.stderr.strip()}")
    return done.stdout


def export(root: Path, folder: Path) -> Path:
    """Write the last commit into a new folder, so that nothing else can get into the release."""
    folder.mkdir()
    archive = folder.with_suffix(".tar")
    git(root, "archive", "--output", str(archive), "HEAD")
    with tarfile.open(archive) as files:
        files.extractall(folder, filter="data")
    archive.unlink()
    return folder


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ReleaseError(f"{path}: {error.strerror}") from None
