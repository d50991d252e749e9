"""Language identification: Spanish, English, French, German, or none of them.

    >>> identify("Where is the station?")
    Guess(language='en', confidence=1.0, script='Latin')

A linear classifier adds up the weights of the character n-grams of each word. The weights are in
languages.bin, made by tools/train_language_identifier.py. An implementation in another language
needs the rules of `words`, of scripts.py, of language_weights.py, and these:

1. If characters of other scripts outweigh the Latin letters, the language is `OTHER`.
2. The score of a language is its bias plus the scale times the sum of its weights over all n-grams
   of all words. The score of `OTHER` is 0. The probabilities are the softmax of the scores.
3. The most probable one is the result, or `UNKNOWN` if its probability is below the threshold.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from seq2seq.text_steps.language_weights import Weights, read_weights
from seq2seq.text_steps.scripts import LATIN, other_scripts

UNKNOWN = "und"
"""Language of a text with too little evidence: names, digits, a word of several languages."""

OTHER = "other"
"""Language of a text in another script, or in a language that the classifier does not know."""

WEIGHTS = Path(__file__).with_name("languages.bin")
"""File of the weights."""

MAX_CHARACTERS = 4000
"""Number of characters of a text that are examined."""

MAX_WORDS = 256
"""Number of words of a text that are examined."""

MAX_WORD = 32
"""Number of characters of a word that are examined."""

_LETTERS = "[a-z\u00df-\u00f6\u00f8-\u024f\u1e00-\u1eff\u0300-\u036f]+"
_WORD = re.compile(f"{_LETTERS}(?:'{_LETTERS})*|[¿¡]")
_SUSPICIOUS = re.compile(r"[0-9<&@#/\\_{}$]|www\.")
_MARKUP = re.compile(r"</?[a-z!][^<>]*>|&#?[0-9a-z]{1,31};")
_COPIED = re.compile(r"[0-9@\\{}$]|://|[a-z]_[a-z]|^#|^~?/|^www\.")


@dataclass(frozen=True)
class Guess:
    """Language of a text, as far as it can be told.

    Attributes:
        language: "es", "en", "fr", "de", `UNKNOWN` or `OTHER`.
        confidence: Probability of the language, from 0 to 1. For `UNKNOWN` it is that of the most
            probable language, and 0 for a text without words. For another script it is the fraction
            of letters in that script.
        script: "Latin", or a script of scripts.py; "" for a text without letters.
    """

    language: str
    confidence: float
    script: str


def identify(text: str) -> Guess:
    """Return the language of a text.

    Args:
        text: Any text. Case, digits, addresses, markup and symbols have no influence, and only
            the beginning of a long text is examined.

    Returns:
        The language, with its probability and the script.

    Raises:
        DataError: The file of weights is damaged.
    """
    return _identify(text, (*weights().languages, OTHER))


def identify_among(text: str, *, languages: Collection[str]) -> Guess:
    """Return the most probable of some languages for a text.

    The text is taken to be in one of them, so the probabilities of all others are left out: only
    `identify` tells whether a text is in a third language.

    Args:
        text: Any text, as for `identify`.
        languages: Languages to choose from. Those that the classifier does not know are ignored.

    Returns:
        One of the languages; `OTHER` if the text is in another script; or `UNKNOWN`.

    Raises:
        DataError: The file of weights is damaged.
    """
    return _identify(text, tuple(one for one in weights().languages if one in languages))


def words(text: str) -> list[str]:
    """Return the words of a text as the classifier sees them.

    The first `MAX_CHARACTERS` characters are normalized to NFKC and lowercased, and "’" becomes
    "'". Tags and entities are removed, and so is each run of characters between blanks that has
    a digit or looks like an address, a handle, a hashtag, a path or code. A word is a run of Latin
    letters and their accents, with apostrophes inside; "¿" and "¡" are words too. At most
    `MAX_WORDS` words are returned, and at most `MAX_WORD` characters of each.

    Args:
        text: Any text.

    Returns:
        Lowercase words.
    """
    plain = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS]).lower().replace("’", "'")
    if _SUSPICIOUS.search(plain):
        plain = _MARKUP.sub(" ", plain)
        plain = " ".join(chunk for chunk in plain.split() if not _COPIED.search(chunk))
    found = itertools.islice(_WORD.finditer(plain), MAX_WORDS)
    return [match[0][:MAX_WORD] for match in found]


def has_latin_words(text: str) -> bool:
    """Return whether a text has a word in Latin letters, as `words` sees it."""
    return any(word not in "¿¡" for word in words(text))


@functools.cache
def weights() -> Weights:
    """Return the weights of the package, read on first use."""
    return read_weights(WEIGHTS)


@functools.lru_cache(maxsize=4096)
def _score(word: str) -> tuple[int, int, int, int]:
    """Return the sums of the weights of a word; frequent words are looked up."""
    return weights().score(word)


def _identify(text: str, candidates: tuple[str, ...]) -> Guess:
    """Return the most probable of some candidates: languages, and possibly `OTHER`."""
    found = words(text)
    letters = sum(len(word) for word in found if word not in "¿¡")
    scripts = None if text.isascii() else other_scripts(text[:MAX_CHARACTERS])
    if scripts:
        [(script, count)] = scripts.most_common(1)
        total = scripts.total() + letters
        if count > letters:
            return Guess(OTHER, count / total, script)
    if letters == 0:
        return Guess(UNKNOWN, 0.0, "")
    probabilities = _probabilities(found, candidates)
    best = max(probabilities, key=probabilities.__getitem__, default=UNKNOWN)
    confidence = probabilities.get(best, 0.0)
    language = best if confidence >= weights().threshold else UNKNOWN
    return Guess(language, confidence, LATIN)


def _probabilities(found: list[str], candidates: tuple[str, ...]) -> dict[str, float]:
    """Return the probability of each candidate, given the words of a text."""
    model = weights()
    sums = map(sum, zip(*map(_score, found), strict=True))
    scores = {OTHER: 0.0}
    for language, bias, total in zip(model.languages, model.bias, sums, strict=True):
        scores[language] = bias + model.scale * total
    highest = max((scores[one] for one in candidates), default=0.0)
    powers = {one: math.exp(scores[one] - highest) for one in candidates}
    whole = sum(powers.values())
    return {one: power / whole for one, power in powers.items()}
