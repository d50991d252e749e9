"""Number of a term: its plural in English and Spanish, where its source is in the plural."""

from __future__ import annotations

import re

from seq2seq.documents.term_matching import forms, occurrences, words_of

_VOWEL = re.compile("[aeiouáéó]$", re.IGNORECASE)
_SIBILANT = re.compile("(?:s|x|z|ch|sh)$", re.IGNORECASE)


def in_number(target: str, source: str, text: str, language: str) -> str:
    """Return a target term in the number that its source has in a text.

    Only terms of one word on both sides change, and only to the plural.

    Args:
        target: The target term, in the singular.
        source: The source term.
        text: The source text.
        language: Code of the target language. Plurals are known for "en" and "es".

    Returns:
        The term, or its plural.
    """
    words = words_of(source)
    typed = words_of(text)
    found = [typed[place] for place in occurrences(words, typed)]
    if not found or any(len(_plain(word)) <= len(_plain(words[0])) for word in found):
        return target
    return plural(target, source, language)


def plural(target: str, source: str, language: str) -> str:
    """Return the plural of a target term, or the term if it does not change.

    Args:
        target: The target term, in the singular.
        source: The source term.
        language: Code of the target language.
    """
    if len(words_of(source)) != 1 or words_of(target) != [target]:
        return target
    if language not in ("en", "es") or not target[-1:].islower() or target.endswith("s"):
        return target
    return _english(target) if language == "en" else _spanish(target)


def _plain(word: str) -> str:
    """Return a word in lowercase, without accents: the longest of its forms."""
    return max(forms(word), key=len)


def _english(word: str) -> str:
    if _SIBILANT.search(word):
        return f"{word}es"
    if word.endswith("y") and not _VOWEL.search(word[:-1]):
        return f"{word[:-1]}ies"
    return f"{word}s"


def _spanish(word: str) -> str:
    if _VOWEL.search(word):
        return f"{word}s"
    if word.endswith("z"):
        return f"{word[:-1]}ces"
    ending = {"ón": "on", "án": "an", "én": "en", "ín": "in"}.get(word[-2:])
    return f"{word[:-2]}{ending}es" if ending else f"{word}es"
