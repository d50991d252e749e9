"""Text in which a sentence's first word is written as it is inside sentences, and back again,
losing nothing.

"¿Estamos listos?" is "¿ estamos listos?": the first word has lost its capital, unless it is one
that keeps it inside sentences too, and stands apart from the mark before it. So it is the same word
wherever it stands, of which a small text says more. What is not as usual has a sign: "casa de
papel", without a capital, is "⇩ casa de papel".

It works on words, which are what spaces part, and knows nothing of tokenizers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from seq2seq.text import LETTERS, mostly_capitalized

LOWERCASE_MARK = "⇩"
"""Stands before a word that begins a sentence without a capital."""

SPACE_MARK = "␣"
"""Stands behind an opening mark that has a space behind it."""

_REPLACEMENTS = str.maketrans({LOWERCASE_MARK: "↓", SPACE_MARK: "_"})
"""What the signs become that a text has itself."""

_OPENING = re.compile(r"""[¿¡([{«“‘„"]+""")
_END = re.compile(r"""[.!?…][)\]}»”’"']*$""")


def find_names(texts: Iterable[Sequence[str]]) -> list[str]:
    """Of texts in words: those that inside sentences mostly have a capital, in alphabetical
    order."""
    inside = Counter[str]()
    for words in texts:
        firsts = _sentence_starts(words)
        inside.update(
            _first_letters(_split_opening(word)[1])
            for word, first in zip(words, firsts, strict=True)
            if not first
        )
    return sorted(mostly_capitalized(inside))


def truecase(words: Sequence[str], names: frozenset[str], first: bool = True) -> list[str]:
    """The words as they are inside sentences; `first`: the text's first word begins a sentence.

    A word keeps its capital if it is one of `names` or has others.
    """
    words = [word.translate(_REPLACEMENTS) for word in words]
    new = list[str]()
    for place, (word, begins) in enumerate(zip(words, _sentence_starts(words, first), strict=True)):
        mark, rest = _split_opening(word)
        new += [mark] if mark else []
        if rest:
            new += _lowercase(rest, names) if begins else [rest]
        elif place + 1 < len(words):
            new.append(SPACE_MARK)
    return new


def restore_case(words: Iterable[str]) -> str:
    """The text that `truecase` gives these words for; words of any other kind give one too."""
    new, first, mark, small = list[str](), True, "", False
    for word in words:
        if word == LOWERCASE_MARK:
            small = True
        elif word == SPACE_MARK:
            new += [mark] if mark else []
            mark = ""
        elif _OPENING.fullmatch(word):
            mark += word
        else:
            new.append(mark + (_capitalize(word) if first and not small else word))
            first, mark, small = _starts_after(new[-1], first), "", False
    return " ".join([*new, mark] if mark else new)


def word_indices(words: Sequence[str]) -> list[int]:
    """Of words as `truecase` gives them: which word of the text each belongs to, counted from
    0."""
    numbers, number, joined = list[int](), -1, False
    for word, following in zip(words, [*words, ""][1:], strict=True):
        number += not joined and word != SPACE_MARK
        numbers.append(max(0, number))
        joined = word == LOWERCASE_MARK or (
            _OPENING.fullmatch(word) is not None and following != SPACE_MARK
        )
    return numbers


def _sentence_starts(words: Iterable[str], first: bool = True) -> Iterator[bool]:
    """Whether each word begins a sentence."""
    for word in words:
        yield first
        first = _starts_after(word, first)


def _starts_after(word: str, first: bool) -> bool:
    """Whether a sentence begins behind a word, which begins one itself if `first`: marks alone
    begin none."""
    return _END.search(word) is not None or (first and re.search(r"\w", word) is None)


def _split_opening(word: str) -> tuple[str, str]:
    """The opening marks that a word begins with, and the rest: all is rest if no letter or digit
    follows the marks."""
    mark = _OPENING.match(word)
    if mark is None or not (mark.end() == len(word) or re.match(r"\w", word[mark.end() :])):
        return "", word
    return word[: mark.end()], word[mark.end() :]


def _first_letters(word: str) -> str:
    """The letters that a word begins with."""
    letters = LETTERS.match(word)
    return "" if letters is None else letters.group()


def _lowercase(word: str, names: frozenset[str]) -> list[str]:
    """The first word of a sentence, and the sign before it that it may need."""
    if _capitalize(word) != word:
        return [LOWERCASE_MARK, word]
    small, letters = word[0].lower() + word[1:], _first_letters(word)
    kept = letters in names or any(letter.isupper() for letter in letters[1:])
    return [word] if kept or _capitalize(small) != word else [small]


def _capitalize(word: str) -> str:
    """The word with a capital, if there is one for its first letter."""
    return word[0].upper() + word[1:] if len(word[0].upper()) == 1 else word
