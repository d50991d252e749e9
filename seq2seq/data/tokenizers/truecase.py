"""Truecasing: write a sentence's first word as it is inside sentences, and restore it losslessly.

"¿Estamos listos?" becomes "¿ estamos listos?". The first word loses its capital, unless it is a
word that keeps it inside sentences too, and is separated from the opening punctuation. So it is the
same word wherever it stands, and a small text says more about it. Exceptions are marked: "casa de
papel", without a capital, becomes "⇩ casa de papel".

Words are what spaces separate.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from seq2seq.text import LETTERS, mostly_capitalized

LOWERCASE_MARK = "⇩"
"""Stands before a word that begins a sentence without a capital."""

SPACE_MARK = "␣"
"""Stands after opening punctuation that is followed by a space."""

_REPLACEMENTS = str.maketrans({LOWERCASE_MARK: "↓", SPACE_MARK: "_"})
"""Replacements of the two marks in the original text."""

_OPENING = re.compile(r"""[¿¡([{«“‘„"]+""")
_END = re.compile(r"""[.!?…][)\]}»”’"']*$""")


def find_names(texts: Iterable[Sequence[str]]) -> list[str]:
    """Return the words that mostly have a capital inside sentences, in alphabetical order.

    Args:
        texts: texts, each as a list of words.
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
    """Return the words of a text as they are inside sentences.

    Args:
        words: the words of the text.
        names: words that keep their capital. A word with further capitals keeps it too.
        first: whether the first word begins a sentence.

    Returns:
        The words, and marks and opening punctuation as words of their own.
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
    """Return the text that `truecase` gives these words for.

    A model can output words in any order, such as a mark at the end; they give a text too.
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
    """Return the index, from 0, of the word of the text that each word of `truecase` belongs to."""
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
    """Yield for each word whether it begins a sentence."""
    for word in words:
        yield first
        first = _starts_after(word, first)


def _starts_after(word: str, first: bool) -> bool:
    """Return whether a sentence begins after a word, given whether the word begins one itself.

    A word of punctuation only leaves the beginning to the word after it.
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
    """Return the letters that a word begins with."""
    letters = LETTERS.match(word)
    return "" if letters is None else letters.group()


def _lowercase(word: str, names: frozenset[str]) -> list[str]:
    """Return a sentence's first word as it is inside sentences, after a mark if it needs one."""
    if _capitalize(word) != word:
        return [LOWERCASE_MARK, word]
    lowercase = word[0].lower() + word[1:]
    letters = _first_letters(word)
    kept = letters in names or any(letter.isupper() for letter in letters[1:])
    return [word] if kept or _capitalize(lowercase) != word else [lowercase]


def _capitalize(word: str) -> str:
    """Return the word with its first letter as a capital, if that is a single character."""
    return word[0].upper() + word[1:] if len(word[0].upper()) == 1 else word
