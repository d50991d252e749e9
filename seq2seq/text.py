"""Shared definitions of what text consists of: words, marks, scripts, accents, lines.

Several parts of the toolkit ask what a word is, and need different answers. All of them stand here
side by side, each with what sets it apart. Where two definitions differ by history rather than on
purpose, both are kept: to unify them would change what models are trained on, or measured scores.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Mapping

WORD_BOUNDARY = "\u2581"
"""SentencePiece's "▁": the first character of a piece that starts a word."""

# Words. For "Don't re-read page_2: 3.14 € naïve" (with the diaeresis as a mark of its own):
#   LETTERS             Don t re read page nai ve
#   WORD                Don t re read page_2 3 14 nai ve
#   COMPOUND_WORD       Don't re-read page_2 3.14 nai ve
#   alignment_token()   Don't re - read page _ 2 : 3 . 14 € naïve
#   vocabulary_token()  Don ' t re - read page_2 : 3 . 14 € naïve

LETTERS = re.compile(r"[^\W\d_]+")
"""Matches a run of letters, without digits, underscores and combining marks: for names."""

WORD = re.compile(r"\w+")
"""Matches a run of letters, digits and underscores."""

COMPOUND_WORD = re.compile(r"\w+(?:[-'’.,:/]\w+)*")
"""Matches a word together with what hyphens, apostrophes and the points inside numbers join."""


@functools.cache
def alignment_token() -> re.Pattern[str]:
    """Return the pattern of a token for word alignment: a word or a single punctuation character.

    A word includes the marks on its letters and what an apostrophe joins; "_" stands by itself.
    Marks beyond U+20000 (variation selectors) count as punctuation, unlike in `vocabulary_token`.
    The pattern is built when first used.
    """
    within = rf"(?:[^\W_]|[{_character_class(_marks(range(0x20000)))}\u200c\u200d])"
    return re.compile(rf"[^\W_]{within}*(?:['’]{within}+)*|[^\w\s]|_")


@functools.cache
def vocabulary_token() -> re.Pattern[str]:
    """Return the pattern of a token for word-level vocabularies; group 1 matches if it is a word.

    A word continues over combining marks (Hindi vowels, a separate accent) and over the two
    zero-width joiners of Persian and Indic scripts; Python's `\\w` matches neither. Everything else
    but space is a token of one character. The pattern is built when first used.
    """
    marks = _character_class(_marks(range(0x110000)))
    return re.compile(rf"(\w+(?:[{marks}\u200c\u200d]+\w*)*)|\S")


def _marks(codes: range) -> Iterator[int]:
    """Yield the combining marks (category M) among the code points.

    Unicode has them only below U+20000 and in plane 14. To look nowhere else takes 25 ms instead of
    240 ms."""
    for block in (range(0x300, 0x20000), range(0xE0000, 0xE1000)):
        for code in block:
            if code in codes and unicodedata.category(chr(code)).startswith("M"):
                yield code


def _character_class(codes: Iterator[int]) -> str:
    """Return the code points, given in ascending order, as ranges for a character class."""
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


def mostly_capitalized(counts: Mapping[str, int]) -> set[str]:
    """Return the words that have a capital more often than not: names, "I", German nouns.

    Args:
        counts: how often each word occurs, in places where its case means something. The words that
            begin a sentence have to be left out.
    """
    return {
        word
        for word, count in counts.items()
        if word[:1].isupper() and count > counts.get(word[0].lower() + word[1:], 0)
    }


# Scripts that do not separate words by spaces. The two definitions agree on ordinary text; by
# history they differ on rare characters, such as Bopomofo, "々" and compatibility ideographs.

UNSPACED_LETTER = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]"
)
"""Matches a Thai, Lao, Burmese, Khmer, Japanese or Chinese letter, by its block: for metrics."""

_UNSPACED_NAMES = (
    "CJK",
    "IDEOGRAPHIC",
    "HIRAGANA",
    "KATAKANA",
    "BOPOMOFO",
    "THAI",
    "LAO",
    "KHMER",
    "MYANMAR",
)
"""First words of the Unicode names of characters in scripts without spaces: for tokenizers."""


def continues_word(character: str) -> bool:
    """Return whether a character after another one belongs to the same word.

    True for letters, digits and marks of scripts that separate words by spaces."""
    if not character.isalnum() and unicodedata.category(character)[0] != "M":
        return False
    return not unicodedata.name(character, "").startswith(_UNSPACED_NAMES)


# Accents.

_ACCENT = re.compile("[\u0300-\u036f]")


def strip_accents(text: str) -> str:
    """Return the text without accents, composed (NFC): "canción" becomes "cancion".

    Only the marks of Latin, Greek and Cyrillic letters are removed. In other scripts marks are no
    ornament, and stay."""
    return unicodedata.normalize("NFC", _ACCENT.sub("", unicodedata.normalize("NFD", text)))


def strip_combining(text: str) -> str:
    """Return the text without the combining characters of any script, decomposed (NFD).

    Unlike `strip_accents` it works on all scripts, such as Hebrew and Arabic vowel points: for
    comparing spellings, not for reading."""
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


# Lines.

LINE_BREAK = re.compile("[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
"""Matches each character at which `str.splitlines` ends a line."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def one_line(text: str) -> str:
    """Return the text with each line break as a space, and half a surrogate pair as U+FFFD.

    Half a surrogate pair comes from an undecodable byte; UTF-8 cannot encode it. The text keeps its
    length, unlike with `join_lines`: "\\r\\n" becomes two spaces."""
    return _LONE_SURROGATE.sub("\ufffd", LINE_BREAK.sub(" ", text))


def join_lines(text: str) -> str:
    """Return the lines of the text joined by one space each; a line end at the very end is dropped.

    The rarer line ends (U+0085, U+2028, …) that some readers know count too."""
    return " ".join(text.splitlines())
