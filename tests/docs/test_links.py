"""Links in the Markdown files outside the site: they lead to files that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REPOSITORY = "https://github.com/seq2seq-translate/seq2seq/blob/main/"
RAW = "https://raw.githubusercontent.com/seq2seq-translate/seq2seq/main/"
FILES = sorted(
    [
        *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")),
        *ROOT.glob("recipes/*/README.md"),
        *ROOT.glob("tools/*/README.md"),
        *ROOT.glob("seq2seq/shipped/*/README.md"),
    ]
)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def links(path: Path) -> list[str]:
    """Return the addresses of a file's links and images, outside its blocks of code."""
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    return LINK.findall(text)


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_links_to_files_of_the_project_lead_somewhere(path: Path) -> None:
    for link in links(path):
        place, _, _ = link.partition("#")
        if place.startswith((REPOSITORY, RAW)):
            assert (ROOT / place.removeprefix(REPOSITORY).removeprefix(RAW)).exists(), link
        elif place and "://" not in place and not place.startswith("mailto:"):
            assert (path.parent / place).exists(), link


def test_links_of_the_readme_work_on_a_package_index() -> None:
    assert all(link.startswith("https://") for link in links(ROOT / "README.md"))


def test_the_readme_is_one_page() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 130
