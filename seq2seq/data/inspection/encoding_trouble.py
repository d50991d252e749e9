"""Text that was decoded with the wrong encoding: found, and repaired where nothing was lost.

UTF-8 that was read as Windows-1252 or the like can be read back: "aÃ±o" is "año". What was read
with another code page of one byte per character ("a¤o"), or was replaced ("a?o"), cannot.
"""

from __future__ import annotations

import functools
import html
import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple

from seq2seq.text import compose
from seq2seq.text_steps.scripts import other_scripts

REPLACED = "characters replaced with U+FFFD"
MISREAD = "UTF-8 read as another encoding"
CODE_PAGE = "another code page"
LOST = "letters replaced with a question mark"
ENTITIES = "letters as HTML entities"
GAPS = "UTF-16 read as single letters"
CONTROL = "control characters"
UNUSUAL = "characters that hardly any other text has"

REPAIRED = frozenset((MISREAD, ENTITIES))
"""Kinds of trouble that `repaired` removes."""

_MISREAD_AS = ("cp1252", "latin-1", "mac_roman", "cp437", "cp850")
"""Encodings that UTF-8 is often taken for."""

_PLAUSIBLE = re.compile("[\u00a1-\u017f\u0218-\u021b\u2010-\u2044\u20ac\u2122\u00a0]")
"""Characters that a repair may bring about; others, only if some are in a row."""

_IN_A_ROW = 3

_LETTER_ENTITY = re.compile(r"&(?:[A-Za-z]{2,8}|#[0-9]{2,4}|#x[0-9A-Fa-f]{2,3});")

_SYMBOLS = "¢-©¬¯±´-¶¸¹¼-¾×÷‚„†‡•‰˂-˅˒-˟\u2200-\u22ff\u2300-\u23ff\u2500-\u25ff"
"""Characters that do not follow a letter, as the inside of a character class."""

_LATIN = "A-Za-zÀ-ÖØ-öø-ɏ"
_SMALL = "a-zß-öø-ÿ"
_CAPITALS = "".join(chr(code) for code in range(0xC0, 0x250) if chr(code).isupper())
_CODE_PAGE = re.compile(
    f"[{_LATIN}][{_SYMBOLS}]"  # bailar‚, a¤o
    f"|[{_SMALL}][¡ªº«](?=[{_SMALL}])"  # d¡a
    f"|[{_SMALL}][{_CAPITALS}]"  # aÒo
    "|[A-Za-z][\u0370-\u03ff\u0400-\u04ff\u05d0-\u05ea]"  # aсo, with a Cyrillic letter
    "|[\u0400-\u04ff\u05d0-\u05ea][A-Za-z]"
)
_LOST = re.compile(
    f"[^\\W\\d_]\\?(?=[{_SMALL}])"  # ma?ana
    r"|(?:^|(?<=\s))\?(?=[^\W\d_])"  # ?C
    r"|[^\W\d_]\?\.(?!\.)"  # habl?.
)
_BEYOND_ASCII = re.compile("[\x80-\u024f\u2010-\u25ff]")
_BESIDE_LETTER = re.compile(
    rf"(?<=[{_LATIN}]){_BEYOND_ASCII.pattern}|{_BEYOND_ASCII.pattern}(?=[{_LATIN}])"
)

_ENOUGH = 10_000
_RARE = 5000
"""A character is unusual if at most one text in 5,000 has it."""

_ADDRESS = re.compile(r"\S*(?:://|www\.|=)\S*")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")


def trouble(text: str) -> str:
    """Return what is wrong with the encoding of a text, or "".

    Args:
        text: A text, as it was read.

    Returns:
        One of the kinds above.
    """
    if len(text) > 7 and not text[1::2].strip() and text[::2].strip():
        return GAPS
    if "&" in text and _LETTER_ENTITY.sub(_letter, text) != text:
        return ENTITIES
    if "?" in text and _LOST.search(_ADDRESS.sub(" ", text)):
        return LOST
    if text.isascii():
        return CONTROL if _CONTROL.search(text) else ""
    if "\ufffd" in text:
        return REPLACED
    if repaired(text) != text:
        return MISREAD
    if _CONTROL.search(text):
        return CONTROL
    return CODE_PAGE if _mostly_latin(text) and _CODE_PAGE.search(compose(text)) else ""


def unusual_characters(texts: Sequence[str]) -> frozenset[str]:
    """Return characters beyond ASCII that so few texts in Latin script have that they are suspect.

    A capital is not among them if its small letter is frequent. There are none among few texts.

    Args:
        texts: All sources and targets.
    """
    if len(texts) < _ENOUGH:
        return frozenset()
    found: Counter[str] = Counter()
    for text in texts:
        if not text.isascii():
            found.update(_BEYOND_ASCII.findall(text))
    rare = {one for one, count in found.items() if count <= len(texts) / _RARE}
    return frozenset(one for one in rare if one.lower() in rare or one.lower() not in found)


def has_unusual(text: str, unusual: Collection[str]) -> bool:
    """Return whether one of the characters is in a text, next to a letter."""
    return not text.isascii() and any(
        match[0] in unusual for match in _BESIDE_LETTER.finditer(text)
    )


def _mostly_latin(text: str) -> bool:
    letters = sum(map(str.isalpha, text))
    return 2 * other_scripts(text).total() < letters


def repaired(text: str) -> str:
    """Return a text with the characters that its wrong decoding has spoiled.

    Args:
        text: A text.

    Returns:
        The text, with letters for their entities ("&ntilde;") and with UTF-8 read as UTF-8.
    """
    if "&" in text:
        text = _LETTER_ENTITY.sub(_letter, text)
    for _ in range(2):  # it may have been read wrongly twice
        if text.isascii():
            break
        # The right encoding explains the most characters; the wrong one read each as several.
        text = min([text, *(one.repair(text) for one in _misreadings())], key=len)
    return text


def _letter(entity: re.Match[str]) -> str:
    found = html.unescape(entity[0])
    return found if len(found) == 1 and found.isalpha() and not found.isascii() else entity[0]


class _Misreading(NamedTuple):
    """Characters that UTF-8 becomes if it is read in another encoding.

    Attributes:
        sequences: Pattern of one or more characters in a row, each read as several.
        to_bytes: Byte of each character, as a table for `str.translate`.
    """

    sequences: re.Pattern[str]
    to_bytes: dict[int, str]

    def repair(self, text: str) -> str:
        """Return the text with what was read so read as UTF-8."""
        decoded = map(self._decoded, self.sequences.findall(text))
        certain = any(len(found) >= _IN_A_ROW for found in decoded)

        def replace(match: re.Match[str]) -> str:
            found = self._decoded(match[0])
            likely = certain or all(map(_PLAUSIBLE.match, found))
            return (found if likely else "") or match[0]

        return self.sequences.sub(replace, text)

    def _decoded(self, misread: str) -> str:
        """Return what was misread; "" if it was not."""
        try:
            found = misread.translate(self.to_bytes).encode("latin-1").decode()
        except UnicodeError:
            return ""
        return found if found.isprintable() or found == "\xa0" else ""


@functools.cache
def _misreadings() -> list[_Misreading]:
    return [_misreading(encoding) for encoding in _MISREAD_AS]


def _misreading(encoding: str) -> _Misreading:
    characters = {}
    for byte in range(0x80, 0x100):
        try:
            characters[byte] = bytes([byte]).decode(encoding)
        except UnicodeDecodeError:
            characters[byte] = chr(byte)  # what Windows-1252 leaves undefined
    following = _class(characters, 0x80, 0xC0)
    one = "|".join(
        f"{_class(characters, first, last)}{following * count}"
        for first, last, count in ((0xC2, 0xE0, 1), (0xE0, 0xF0, 2), (0xF0, 0xF5, 3))
    )
    to_bytes = {ord(character): chr(byte) for byte, character in characters.items()}
    return _Misreading(re.compile(f"(?:{one})+"), to_bytes)


def _class(characters: dict[int, str], first: int, last: int) -> str:
    inside = "".join(re.escape(characters[byte]) for byte in range(first, last))
    return f"[{inside}]"
