"""Every paper that a page, a notebook or a docstring cites is in the bibliography."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from seq2seq import Config

ROOT = Path(__file__).parents[2]
BIBLIOGRAPHY = ROOT / "docs" / "reference" / "bibliography.md"
SOURCES = (
    "README.md",
    "docs/**/*.md",
    "docs/**/*.ipynb",
    "docs/**/*.py",
    "recipes/*/README.md",
    "seq2seq/**/*.py",
)
NAME = r"[A-Z][\w’'-]*[^\W\dA-Z_]"
CITATION = re.compile(rf"({NAME})(?: et al\.| and {NAME})?(?:['’]s)?,? \(?((?:19|20)\d\d)\b")
"""Such as "Elman 1990", "Elman's (1990)", "Post and Vilar 2018" or "Wu et al. (2016)"."""

JOIN = re.compile(r'"\s*\n\s*f?"|\n\s*#|\s+')
"""Separators of two words: the end and start of Python strings, a comment sign, white space."""

ENTRY = re.compile(r"^\*\*(.+)\*\*\n:   (.+(?:\n    .+)*)", re.M)

SETTINGS = Config.from_dict({"data": {"train": "train.tsv", "dev": "dev.tsv"}})


def cited(text: str) -> set[tuple[str, str]]:
    """Return the first author and the year of each citation in a text."""
    words = re.sub(" +", " ", JOIN.sub(lambda gap: "" if '"' in gap[0] else " ", text))
    return {(name.removesuffix("'s"), year) for name, year in CITATION.findall(words)}


def texts() -> Iterator[tuple[Path, str]]:
    for pattern in SOURCES:
        for path in ROOT.glob(pattern):
            if path == BIBLIOGRAPHY:
                continue
            text = path.read_text(encoding="utf-8")
            if path.suffix == ".ipynb":
                text = "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
            yield path.relative_to(ROOT), text


def entries() -> list[tuple[str, str]]:
    return ENTRY.findall(BIBLIOGRAPHY.read_text(encoding="utf-8"))


def test_citations_are_found_in_all_forms() -> None:
    text = """Elman's (1990), Post and
        Vilar 2018; Popović 2017 (Tu et "
        "al. 2016), WMT 2014"""
    assert cited(text) == {
        ("Elman", "1990"),
        ("Popović", "2017"),
        ("Post", "2018"),
        ("Tu", "2016"),
    }


def test_every_cited_paper_has_an_entry_and_every_entry_is_cited() -> None:
    known = {paper for title, _ in entries() for paper in cited(title)}
    citations = {paper: path for path, text in texts() for paper in cited(text)}
    missing = {paper: path for paper, path in citations.items() if paper not in known}
    assert not missing, f"add to {BIBLIOGRAPHY.relative_to(ROOT)}"
    assert known <= citations.keys(), "entries that nothing cites"


def test_entries_are_sorted_and_say_what_uses_the_paper() -> None:
    titles = [title for title, _ in entries()]
    assert len(titles) > 80
    assert titles == sorted(titles, key=str.lower)
    for title, text in entries():
        assert re.search(r"\bUsed\s+by\s", text), title
        for section, setting in re.findall(r"`(\w+)\.(\w+)", text):
            assert setting in type(getattr(SETTINGS, section)).model_fields, title
