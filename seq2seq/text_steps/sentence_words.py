"""Abbreviations and other words that decide where a sentence ends, of several languages together.

They are in sentences.json. An abbreviation is written there without the spaces inside it.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path

_ABBREVIATIONS = (
    "never_final",
    "never_final_if_capitalized",
    "final_before_starter",
    "final_before_capital",
    "before_number",
)
"""Kinds of abbreviations in sentences.json.

- never_final: does not end a sentence ("Mr.", "z. B.").
- never_final_if_capitalized: the same, but the word in lowercase is no abbreviation ("Gen.").
- final_before_starter: ends a sentence only before a word that often begins one ("Inc. The").
- final_before_capital: ends a sentence before any capital ("etc.", "Ud.").
- before_number: does not end a sentence before a number ("p. 12", "cap. IV").
"""


@functools.cache
def words(kind: str) -> frozenset[str]:
    """Return the words of one kind, such as "starters", in lowercase."""
    return frozenset(
        word.casefold() for listed in table()[kind].values() for word in listed.split()
    )


@functools.cache
def table() -> dict[str, dict[str, str]]:
    """Return sentences.json: for each kind and language, words with spaces between them."""
    path = Path(__file__).with_name("sentences.json")
    found: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return found


@functools.cache
def _abbreviations() -> dict[str, frozenset[str]]:
    kinds: dict[str, set[str]] = {}
    for kind in _ABBREVIATIONS:
        for word in words(kind):
            kinds.setdefault(word.rstrip("."), set()).add(kind)
    return {word: frozenset(found) for word, found in kinds.items()}


def abbreviation_kinds(abbreviation: str) -> frozenset[str]:
    """Return the kinds of an abbreviation, none if it is not in the table.

    Args:
        abbreviation: Its words, joined by periods, without the last period: "EE.UU".
    """
    return _abbreviations().get(abbreviation.casefold(), frozenset())
