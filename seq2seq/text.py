"""Shared definitions of the parts of a text: words, marks, scripts, accents, lines.

Several parts of the toolkit need a definition of a word, and not the same one. All definitions are
side by side here, with their differences. Where two of them differ for historical reasons only,
both are kept: unifying them would change the training text of models, or measured scores.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping

WORD_BOUNDARY = "\u2581"
"""SentencePiece's "▁": the first character of a piece that starts a word."""

# Words. In "Don't re-read page_2: 3.14 € naïve" (the diaeresis is a separate mark), the words are:
#   LETTERS             Don t re read page nai ve
#   WORD                Don t re read page_2 3 14 nai ve
#   COMPOUND_WORD       Don't re-read page_2 3.14 nai ve
#   alignment_token()   Don't re - read page _ 2 : 3 . 14 € naïve
#   vocabulary_token()  Don ' t re - read page_2 : 3 . 14 € naïve

LETTERS = re.compile(r"[^\W\d_]+")
"""Matches a run of letters, without digits, underscores and combining marks. Used for names."""

WORD = re.compile(r"\w+")
"""Matches a run of letters, digits and underscores."""

COMPOUND_WORD = re.compile(r"\w+(?:[-'’.,:/]\w+)*")
"""Matches a word, including parts joined by hyphens, apostrophes or the points inside numbers."""


@functools.cache
def alignment_token() -> re.Pattern[str]:
    """Return the pattern of a token for word alignment: a word or a single punctuation character.

    A word includes the marks on its letters and parts joined by an apostrophe; "_" is a token by
    itself. Marks beyond U+20000 (variation selectors) count as punctuation, unlike in
    `vocabulary_token`. The pattern is built on first use.
    """
    within = rf"(?:[^\W_]|[{character_class(_marks(range(0x20000)))}\u200c\u200d])"
    return re.compile(rf"[^\W_]{within}*(?:['’]{within}+)*|[^\w\s]|_")


@functools.cache
def vocabulary_token() -> re.Pattern[str]:
    r"""Return the pattern of a token for word-level vocabularies; group 1 matches only words.

    A word may contain combining marks (Hindi vowels, a separate accent) and the two zero-width
    joiners of Persian and Indic scripts; Python's `\w` matches neither. Any other character but
    space is a token by itself. The pattern is built on first use.
    """
    return re.compile(rf"(\w+(?:[{combining_marks()}\u200c\u200d]+\w*)*)|\S")


def _marks(codes: range) -> Iterator[int]:
    """Yield the combining marks (category M) among the code points.

    Unicode has them only below U+20000 and in plane 14. Searching only there takes 25 ms instead of
    240 ms.
    """
    for block in (range(0x300, 0x20000), range(0xE0000, 0xE1000)):
        for code in block:
            if code in codes and unicodedata.category(chr(code)).startswith("M"):
                yield code


@functools.cache
def combining_marks() -> str:
    """Return all combining marks, as the inside of a character class. It is built on first use."""
    return character_class(_marks(range(0x110000)))


def character_class(codes: Iterable[int]) -> str:
    """Return characters as ranges, for the inside of a character class of a regular expression.

    Args:
        codes: Code points in ascending order.

    Returns:
        The ranges, escaped.
    """
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"{re.escape(chr(first))}-{re.escape(chr(last))}" for first, last in ranges)


def mostly_capitalized(counts: Mapping[str, int]) -> set[str]:
    """Return the words that are capitalized more often than not: names, "I", German nouns.

    Args:
        counts: Number of occurrences of each word. Words at the beginning of a sentence must not be
            counted, because their capital means nothing.

    Returns:
        The words, spelled with their capital.
    """
    return {
        word
        for word, count in counts.items()
        if word[:1].isupper() and count > counts.get(word[0].lower() + word[1:], 0)
    }


# Scripts that do not separate words by spaces. The two definitions agree on ordinary text. For
# historical reasons they differ on rare characters: Bopomofo, "々", compatibility ideographs.

UNSPACED_LETTER = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]"
)
"""Matches a Thai, Lao, Burmese, Khmer, Japanese or Chinese letter by its block. Used by metrics."""

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
"""Prefixes of the Unicode names of characters in scripts without spaces. Used by tokenizers."""


def continues_word(character: str) -> bool:
    """Return whether a character belongs to the same word as the one before it.

    True for letters, digits and marks of scripts that separate words by spaces.
    """
    if not character.isalnum() and unicodedata.category(character)[0] != "M":
        return False
    return not unicodedata.name(character, "").startswith(_UNSPACED_NAMES)


# Accents.

MAX_MARKS = 30
"""Maximum number of marks on a character in Unicode's stream-safe text format."""


MAYBE_MARKED = re.compile(
    "[^\\x00-\u02ff\u0400-\u0482\u048a-\u052f\u1e00-\u20cf\u2100-\u2bff\u3001-\u3029\u3030-\u3098"
    "\u309b-\ua66e\uac00-\ud7a3\ue000-\ufaff\uff00-\uffff\U0001f000-\U0001fbff]"
)
"""Matches all combining marks, and characters of blocks that hold some: quicker to build."""


def compose(text: str) -> str:
    """Return the text in composed form (NFC): "e" and a separate accent become "é".

    A character keeps at most `MAX_MARKS` combining marks, because normalizing long runs of them
    takes quadratic time.

    Args:
        text: The text.

    Returns:
        The composed text.
    """
    if text.isascii():
        return text
    if len(text) <= MAX_MARKS or not MAYBE_MARKED.search(text):
        return unicodedata.normalize("NFC", text)
    text = surplus_marks().sub(r"\1", text)
    # A few rare letters are longer in composed form, so there may be too many marks again.
    return surplus_marks().sub(r"\1", unicodedata.normalize("NFC", text))


@functools.cache
def surplus_marks() -> re.Pattern[str]:
    """Return the pattern of a run of more than `MAX_MARKS` marks; group 1 matches those to keep."""
    marks = combining_marks()
    quickly = f"(?={MAYBE_MARKED.pattern})"
    return re.compile(f"{quickly}([{marks}]{{{MAX_MARKS}}})[{marks}]+")


_ACCENT = re.compile("[\u0300-\u036f]")


def strip_accents(text: str) -> str:
    """Return the text without accents, composed (NFC): "canción" becomes "cancion".

    Only the marks on Latin, Greek and Cyrillic letters are removed. In other scripts marks are
    essential, and are kept.
    """
    return unicodedata.normalize("NFC", _ACCENT.sub("", unicodedata.normalize("NFD", text)))


def strip_combining(text: str) -> str:
    """Return the text without the combining characters of any script, decomposed (NFD).

    Unlike `strip_accents` it covers all scripts, such as Hebrew and Arabic vowel points. Use it to
    compare spellings, not for text to be read.
    """
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


# Lines.

LINE_BREAK = re.compile("[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
"""Matches each character at which `str.splitlines` ends a line."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def one_line(text: str) -> str:
    r"""Replace each line break with a space, and each lone surrogate with U+FFFD.

    A lone surrogate comes from an undecodable byte; UTF-8 cannot encode it. The text keeps its
    length, unlike with `join_lines`: "\r\n" becomes two spaces.
    """
    return _LONE_SURROGATE.sub("\ufffd", LINE_BREAK.sub(" ", text))


def join_lines(text: str) -> str:
    """Join the lines of the text with single spaces; a line end at the end of the text is dropped.

    Rare line ends (U+0085, U+2028, …), which only some readers recognize, count too.
    """
    return " ".join(text.splitlines())
