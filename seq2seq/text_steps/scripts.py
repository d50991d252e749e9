"""Scripts of a text, by Unicode ranges."""

from __future__ import annotations

import bisect
from collections import Counter

LATIN = "Latin"

RANGES = (
    (0x0370, 0x03FF, "Greek"),
    (0x0400, 0x052F, "Cyrillic"),
    (0x0530, 0x058F, "Armenian"),
    (0x0590, 0x05FF, "Hebrew"),
    (0x0600, 0x06FF, "Arabic"),
    (0x0700, 0x074F, "Syriac"),
    (0x0750, 0x077F, "Arabic"),
    (0x0780, 0x07BF, "Thaana"),
    (0x08A0, 0x08FF, "Arabic"),
    (0x0900, 0x097F, "Devanagari"),
    (0x0980, 0x09FF, "Bengali"),
    (0x0A00, 0x0A7F, "Gurmukhi"),
    (0x0A80, 0x0AFF, "Gujarati"),
    (0x0B00, 0x0B7F, "Oriya"),
    (0x0B80, 0x0BFF, "Tamil"),
    (0x0C00, 0x0C7F, "Telugu"),
    (0x0C80, 0x0CFF, "Kannada"),
    (0x0D00, 0x0D7F, "Malayalam"),
    (0x0D80, 0x0DFF, "Sinhala"),
    (0x0E00, 0x0E7F, "Thai"),
    (0x0E80, 0x0EFF, "Lao"),
    (0x0F00, 0x0FFF, "Tibetan"),
    (0x1000, 0x109F, "Myanmar"),
    (0x10A0, 0x10FF, "Georgian"),
    (0x1100, 0x11FF, "Hangul"),
    (0x1200, 0x139F, "Ethiopic"),
    (0x13A0, 0x13FF, "Cherokee"),
    (0x1780, 0x17FF, "Khmer"),
    (0x1800, 0x18AF, "Mongolian"),
    (0x1C80, 0x1C8F, "Cyrillic"),
    (0x1C90, 0x1CBF, "Georgian"),
    (0x1F00, 0x1FFF, "Greek"),
    (0x2D00, 0x2D2F, "Georgian"),
    (0x2D30, 0x2D7F, "Tifinagh"),
    (0x2D80, 0x2DDF, "Ethiopic"),
    (0x2DE0, 0x2DFF, "Cyrillic"),
    (0x3005, 0x3007, "Han"),
    (0x3041, 0x30FF, "Kana"),
    (0x3105, 0x312F, "Bopomofo"),
    (0x3131, 0x318E, "Hangul"),
    (0x31F0, 0x31FF, "Kana"),
    (0x3400, 0x9FFF, "Han"),
    (0xA640, 0xA69F, "Cyrillic"),
    (0xA960, 0xA97F, "Hangul"),
    (0xAC00, 0xD7FF, "Hangul"),
    (0xF900, 0xFAFF, "Han"),
    (0xFB1D, 0xFB4F, "Hebrew"),
    (0xFB50, 0xFDFF, "Arabic"),
    (0xFE70, 0xFEFC, "Arabic"),
    (0xFF66, 0xFF9D, "Kana"),
    (0x20000, 0x3FFFF, "Han"),
)
"""First code point, last code point and script, in ascending order. Latin is not among them."""

SYLLABLES = {"Han", "Kana", "Hangul", "Bopomofo"}
"""Scripts in which a character stands for a syllable or a word, so that it counts twice."""

UNSPACED = frozenset(("Han", "Kana", "Thai", "Lao", "Khmer", "Myanmar", "Tibetan"))
"""Scripts without spaces between words."""

_FIRST = [first for first, _, _ in RANGES]


def other_scripts(text: str) -> Counter[str]:
    """Count the characters of each script other than Latin.

    Characters of `SYLLABLES` count twice. Chinese characters in a text with Japanese syllables
    count as Kana, so that the count separates Japanese from Chinese.

    Args:
        text: Any text.

    Returns:
        Weighted number of characters per script; Latin letters, digits and symbols count nowhere.
    """
    counts: Counter[str] = Counter()
    for code in [ord(character) for character in text if character > "\u036f"]:
        first, last, script = RANGES[bisect.bisect(_FIRST, code) - 1]
        if first <= code <= last:
            counts[script] += 2 if script in SYLLABLES else 1
    if counts["Kana"]:
        counts["Kana"] += counts.pop("Han", 0)
    return +counts
