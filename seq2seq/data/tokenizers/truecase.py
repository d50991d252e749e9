"""Truecasing: spell the first word of a sentence as it is spelled mid-sentence, losslessly.

"¿Estamos listos?" becomes "¿ estamos listos?". The first word is separated from the opening
punctuation and loses its capital, unless it is a word that is capitalized mid-sentence too. It is
then the same word in all positions, and a small corpus has more examples of it. Exceptions are
marked: "casa de papel", without a capital, becomes "⇩ casa de papel".

Words are separated by spaces.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from seq2seq.text import LETTERS, mostly_capitalized

LOWERCASE_MARK = "⇩"
"""Mark before a word that begins a sentence without a capital."""

SPACE_MARK = "␣"
"""Mark after opening punctuation that is followed by a space."""

_REPLACEMENTS = str.maketrans({LOWERCASE_MARK: "↓", SPACE_MARK: "_"})
"""Replacements for the two marks in the original text."""

_OPENING = re.compile(r"""[¿¡([{«“‘„"]+""")
_END = re.compile(r"""[.!?…][)\]}»”’"']*$""")


def find_names(texts: Iterable[Sequence[str]]) -> list[str]:
    """Return the words that are mostly capitalized mid-sentence, in alphabetical order.

    Args:
        texts: Texts, each as a list of words.
    """
    inside = Counter[str]()
    for words in texts:
        starts = _sentence_starts(words)
        inside.update(
            _first_letters(_split_opening(word)[1])
            for word, starts_sentence in zip(words, starts, strict=True)
            if not starts_sentence
        )
    return sorted(mostly_capitalized(inside))


def truecase(words: Sequence[str], names: frozenset[str], first: bool = True) -> list[str]:
    """Return the words of a text as they are spelled mid-sentence.

    Args:
        words: Words of the text.
        names: Words that keep their capital. Words with further capitals keep it too.
        first: True if the first word begins a sentence.

    Returns:
        The words, with marks and opening punctuation as separate words.
    """
    words = [word.translate(_REPLACEMENTS) for word in words]
    new = list[str]()
    starts = _sentence_starts(words, first)
    for place, (word, starts_sentence) in enumerate(zip(words, starts, strict=True)):
        opening, rest = _split_opening(word)
        if opening:
            new.append(opening)
        if rest:
            new += _lowercase(rest, names) if starts_sentence else [rest]
        elif place + 1 < len(words):
            new.append(SPACE_MARK)
    return new


def restore_case(words: Iterable[str]) -> str:
    """Return the text from which `truecase` makes these words.

    Any sequence of words has a text, because a model can output, for example, a mark at the end.
    """
    new = list[str]()
    opening = ""
    starts_sentence = True
    lowercase = False
    for word in words:
        if word == LOWERCASE_MARK:
            lowercase = True
        elif word == SPACE_MARK:
            if opening:
                new.append(opening)
            opening = ""
        elif _OPENING.fullmatch(word):
            opening += word
        else:
            capital = starts_sentence and not lowercase
            new.append(opening + (_capitalize(word) if capital else word))
            starts_sentence = _starts_after(new[-1], starts_sentence)
            opening = ""
            lowercase = False
    return " ".join([*new, opening] if opening else new)


def word_indices(words: Sequence[str]) -> list[int]:
    """Return, for each word of `truecase`, the index (from 0) of its word in the text."""
    indices = list[int]()
    index = -1
    joined = False
    for word, following in zip(words, [*words, ""][1:], strict=True):
        index += not joined and word != SPACE_MARK
        indices.append(max(0, index))
        joined = word == LOWERCASE_MARK or (
            _OPENING.fullmatch(word) is not None and following != SPACE_MARK
        )
    return indices


def _sentence_starts(words: Iterable[str], first: bool = True) -> Iterator[bool]:
    """Yield True for each word that begins a sentence, otherwise False."""
    for word in words:
        yield first
        first = _starts_after(word, first)


def _starts_after(word: str, first: bool) -> bool:
    """Return whether the next word begins a sentence; `first` is True if this one does.

    After a word that is only punctuation, the next word is still the first of the sentence.
    """
    return _END.search(word) is not None or (first and re.search(r"\w", word) is None)


def _split_opening(word: str) -> tuple[str, str]:
    """Split the opening punctuation off a word, if a letter, a digit or nothing follows it."""
    opening = _OPENING.match(word)
    if opening is None:
        return "", word
    end = opening.end()
    if end < len(word) and not re.match(r"\w", word[end:]):
        return "", word
    return word[:end], word[end:]


def _first_letters(word: str) -> str:
    """Return the letters at the beginning of a word."""
    letters = LETTERS.match(word)
    return "" if letters is None else letters.group()


def _lowercase(word: str, names: frozenset[str]) -> list[str]:
    """Return the first word of a sentence as spelled mid-sentence, after a mark if needed."""
    if _capitalize(word) != word:
        return [LOWERCASE_MARK, word]
    lowercase = word[0].lower() + word[1:]
    letters = _first_letters(word)
    kept = letters in names or any(letter.isupper() for letter in letters[1:])
    return [word] if kept or _capitalize(lowercase) != word else [lowercase]


def _capitalize(word: str) -> str:
    """Capitalize the first letter of a word, if its capital is a single character."""
    return word[0].upper() + word[1:] if len(word[0].upper()) == 1 else word
