"""Where a term occurs in a text: as whole words, in any case, in the singular or the plural."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_ENDINGS = (("ies", "y"), ("ces", "z"), ("es", ""), ("s", ""))
"""Ends of plurals in English and Spanish, and what the singular has in their place."""

_ACUTE = "\u0301"


def words_of(text: str) -> list[str]:
    """Return the words of a text."""
    return _WORD.findall(text)


@functools.lru_cache(maxsize=1 << 16)
def forms(word: str) -> frozenset[str]:
    """Return a word, and what it would be in the singular, without accents and in lowercase.

    The plural of "estación" is "estaciones", so that acute accents do not count.
    """
    letters = unicodedata.normalize("NFD", word.casefold()).replace(_ACUTE, "")
    plain = unicodedata.normalize("NFC", letters)
    singular = {
        plain.removesuffix(plural) + end
        for plural, end in _ENDINGS
        if plain.endswith(plural) and len(plain) > len(plural) + 1
    }
    return frozenset((plain, *singular))


def same_word(one: str, other: str) -> bool:
    """Return whether two words are the same but for case and number.

    An abbreviation in capitals, such as "IT", is only itself.
    """
    if one == other:
        return True
    alike = not forms(one).isdisjoint(forms(other))
    return alike and not _is_abbreviation(one) and not _is_abbreviation(other)


def occurrences(term: list[str], text: list[str]) -> Iterator[int]:
    """Yield the places where the words of a term begin among those of a text."""
    for place in range(len(text) - len(term) + 1):
        if all(map(same_word, term, text[place : place + len(term)])):
            yield place


def occurs(term: str, text: str) -> bool:
    """Return whether a term occurs in a text."""
    return within(words_of(term), words_of(text))


def within(term: list[str], text: list[str]) -> bool:
    """Return whether the words of a term occur among those of a text."""
    return bool(term) and next(occurrences(term, text), None) is not None


def _is_abbreviation(word: str) -> bool:
    return 1 < len(word) < 4 and word.isupper()
