"""Invisible characters: which of them a text needs, and which are only in the way.

Joiners are needed between the letters of Persian and Indic words and inside an emoji; a variation
selector is needed after an emoji, and tag characters in a flag. Everywhere else they are left over
from typesetting or copying, as are zero-width spaces, byte order marks, soft hyphens, bidirectional
marks and control characters.
"""

from __future__ import annotations

import functools
import re
import unicodedata

from seq2seq.text import MAX_MARKS, character_class, combining_marks

INVISIBLE = (
    "\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Invisible characters, as the inside of a character class. Tabs and line breaks do not count."""

EMOJI = (
    "\u2190-\u21ff\u2300-\u2328\u232b-\u23ff\u2600-\u275a\u2761-\u2767\u2794-\u27bf\u2b00-\u2bff"
    "\U0001f000-\U0001f0ff\U0001f300-\U0001f675\U0001f680-\U0001faff"
)
"""Emoji and other pictographs, as the inside of a character class."""

_EMOJI_WITH_SELECTOR = (
    EMOJI + "\xa9\xae\u203c\u2049\u2122\u2139\u24c2\u25a0-\u25ff\u2934\u2935\u3030\u303d\u3297"
    "\u3299\U0001f100-\U0001f2ff"
)
"""Characters that U+FE0F makes an emoji, as the inside of a character class."""

_SKIN = "\U0001f3fb-\U0001f3ff"
_ONE_EMOJI = f"[{EMOJI}](?:\ufe0f|[{_SKIN}])?"
_EMOJI_SEQUENCE = (
    f"{_ONE_EMOJI}(?:\u200d{_ONE_EMOJI})+"
    "|\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f"
    f"|[{_EMOJI_WITH_SELECTOR}]\ufe0f"
    "|[0-9#*]\ufe0f?\u20e3"
)

_JOINING_SCRIPTS = (
    range(0x0600, 0x10A0),  # Arabic to Burmese, with all major scripts of India
    range(0x1780, 0x18B0),  # Khmer, Mongolian
    range(0x1900, 0x1D00),
    range(0xA800, 0xAB30),
    range(0xFB50, 0xFEFD),
    range(0x10A00, 0x12000),
    range(0x1E900, 0x1E960),
)
"""Blocks of scripts in which joiners change how a word is written."""

_JOINERS = "\u200c\u200d\u180b-\u180f"


@functools.cache
def invisible_pattern(known: str = "") -> re.Pattern[str]:
    """Return a pattern that matches what invisible characters depend on; group 1 is to be removed.

    Any other match is a sequence in which they are needed, such as an emoji of several characters.

    Args:
        known: Invisible characters to keep everywhere.

    Returns:
        The pattern.
    """
    keep = f"(?![{re.escape(known)}])" if known else ""
    marks = f"(?:(?![{INVISIBLE}])[{combining_marks()}]){{0,{MAX_MARKS}}}"
    joined = f"[{_joining_letters()}]{marks}[{_JOINERS}]"
    return re.compile(f"{_EMOJI_SEQUENCE}|{joined}|({keep}[{INVISIBLE}])")


def drop_invisible(found: re.Match[str]) -> str:
    """Return the replacement of a match of `invisible_pattern`."""
    return "" if found[1] else found[0]


def _joining_letters() -> str:
    """Return the letters of the scripts that need joiners, as the inside of a character class."""
    codes = (code for block in _JOINING_SCRIPTS for code in block)
    return character_class(code for code in codes if unicodedata.category(chr(code))[0] == "L")
