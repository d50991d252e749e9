"""Case of whole lines: CAPITALS and Title Case, which a model hardly ever saw in training.

Such a line is translated in lowercase, and its translation gets the case of the line.
"""

from __future__ import annotations

import re
from enum import Enum

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_COMPOUND = re.compile(r"(?:[A-ZÀ-Þ][a-zß-ÿ'’]+){2,}|[A-ZÀ-Þ]['’][A-ZÀ-Þ][a-zß-ÿ]+|[A-Z]{2,}s")
"""Matches McDonald, O'Neill and PDFs."""

_SHORT = 3
"""Number of letters up to which a word of a title may be lowercase ("of", "the", "de", "con")."""


class LetterCase(Enum):
    """Case of a line."""

    ORDINARY = 0
    """Any other case, which a model can read as it is."""

    CAPITALS = 1
    """All letters are capitals."""

    TITLE = 2
    """All words but short ones begin with a capital."""

    FULL_TITLE = 3
    """All words begin with a capital."""

    MIXED = 4
    """Capitals stand inside words (hOLA aMIGO), as with the caps lock on."""


def letter_case(text: str) -> LetterCase:
    """Return the case of a line.

    Capitals need at least two words or four letters. A title needs at least three words, since two
    may well be a name; with lowercase words among them, it needs four capitals and no period,
    since names in a sentence look alike.

    Args:
        text: Any text.

    Returns:
        The case; ORDINARY if in doubt.
    """
    words = [word for word in _WORD.findall(text) if word.upper() != word.lower()]
    if words and 2 * sum(map(_has_inner_capitals, words)) >= len(words):
        return LetterCase.MIXED
    if not words or words[0][0].islower():
        return LetterCase.ORDINARY
    if all(word == word.upper() for word in words):
        letters = sum(map(len, words))
        enough = letters >= 4 or (len(words) > 1 and letters > len(words))
        return LetterCase.CAPITALS if enough else LetterCase.ORDINARY
    if len(words) < 3 or not all(_begins_like_title(word) for word in words):
        return LetterCase.ORDINARY
    small = [word for word in words if word[0].islower()]
    if not small:
        return LetterCase.FULL_TITLE
    is_sentence = text.rstrip()[-1:] in tuple(".?!…")
    if is_sentence or len(words) - len(small) < 4 or any(len(word) > _SHORT for word in small):
        return LetterCase.ORDINARY
    return LetterCase.TITLE


def in_sentence_case(text: str) -> str:
    """Return a line in lowercase, with a capital at its beginning."""
    lowered = text.lower()
    first = _WORD.search(lowered)
    if first is None:
        return lowered
    at = first.start()
    return lowered[:at] + lowered[at].upper() + lowered[at + 1 :]


def in_letter_case(text: str, case: LetterCase) -> str:
    """Return a translation in the case of its source.

    Args:
        text: The translation.
        case: Case of the source line.

    Returns:
        The translation with capitals; unchanged if the case is ORDINARY or MIXED.
    """
    if case in (LetterCase.ORDINARY, LetterCase.MIXED):
        return text
    if case is LetterCase.CAPITALS:
        return text.upper()
    longest_small = _SHORT if case is LetterCase.TITLE else 0
    return _WORD.sub(lambda found: _titled(found, longest_small), text)


def _has_inner_capitals(word: str) -> bool:
    """Return whether a word of three letters or more mixes capitals into lowercase letters."""
    mixed = word != word.upper() and word[1:] != word[1:].lower()
    return len(word) > 2 and mixed and not _COMPOUND.fullmatch(word)


def _begins_like_title(word: str) -> bool:
    return word == word.lower() or word[1:] == word[1:].lower()


def _titled(found: re.Match[str], longest_small: int) -> str:
    word = found.group()
    if len(word) <= longest_small and found.start() > 0:
        return word
    return word[0].upper() + word[1:]
