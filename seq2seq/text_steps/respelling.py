"""Respelling of single characters: what to write for a character that a model does not know.

Quotes, dashes and punctuation have equivalents in a table here. Compatibility forms (ligatures,
full-width and mathematical letters) and letters with a stroke follow from Unicode data.
Superscripts, fractions, currency signs and private-use characters have no respelling, because
another spelling would say something else.
"""

from __future__ import annotations

import unicodedata

OPENING_QUOTES = "“„‟⹂〝❝🙶"
CLOSING_QUOTES = "”〞〟❞❠🙷🙸"
OPENING_SINGLE_QUOTES = "‘‚‛❛"
CLOSING_SINGLE_QUOTES = "’❜❟"
PRIMES = "′‵´՚"
DOUBLE_PRIMES = "″‶"
QUOTES = (
    OPENING_QUOTES
    + CLOSING_QUOTES
    + OPENING_SINGLE_QUOTES
    + CLOSING_SINGLE_QUOTES
    + PRIMES
    + DOUBLE_PRIMES
    + "«»‹›"
)
"""Quotation marks and apostrophes of alphabetic scripts, except the two in ASCII."""

HYPHENS = "‐‑‒–−⁃"
"""Short dashes except the one in ASCII, with the minus sign."""

LONG_DASHES = "—―⸺⸻"
"""Dashes that separate parts of a sentence."""

BOX_DASH = "─"
"""A line for drawing boxes, which some texts have in place of a long dash."""

SPACES = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
"""All spaces except U+0020, as the inside of a character class."""

_BLANKS = "\u2800\u3164\uffa0"
"""Characters that are drawn as a space, but are not one to Unicode."""

_EQUIVALENTS = {
    **dict.fromkeys(OPENING_QUOTES, '"“«'),
    **dict.fromkeys(CLOSING_QUOTES, '"”»'),
    **dict.fromkeys("«《「『｢﹁﹃", '"“«'),
    **dict.fromkeys("»》」』｣﹂﹄", '"”»'),
    **dict.fromkeys(OPENING_SINGLE_QUOTES + "‹〈", "'‘’"),
    **dict.fromkeys(CLOSING_SINGLE_QUOTES + "›〉" + PRIMES, "'’"),
    **dict.fromkeys("ʼʻʹʽʾˈ`´", "'’"),
    **dict.fromkeys(DOUBLE_PRIMES + "ʺˮ", '"”'),
    '"': "”“»'",
    "'": "’‘",
    **dict.fromkeys(HYPHENS + "֊־᐀᠆⸗⹀⹝﹣－˗", "-–—"),
    **dict.fromkeys(LONG_DASHES + BOX_DASH + "﹘", "—–-"),
    "-": "–—",
    **dict.fromkeys("〜∼˜", "~-"),
    **dict.fromkeys("【〔〖⟦❲", "[("),
    **dict.fromkeys("】〕〗⟧❳", "])"),
    **dict.fromkeys("[⟨❨", "("),
    **dict.fromkeys("]⟩❩", ")"),
    "{": "([",
    "}": ")]",
    **dict.fromkeys("⁄∕", "/"),
    "∖": "\\",
    "∗": "*",
    "∶": ":",
    "。": ".",
    **dict.fromkeys("、،٬", ","),
    "٫": ".",
    "؛": ";",
    "؟": "?",
    "٪": "%",
    **dict.fromkeys("‧∙⋅・", "·"),
    **dict.fromkeys("‣◦▪●○", "•"),
    "º": "°",
    "°": "º",
    **dict.fromkeys(_BLANKS, " "),
}
"""Equivalents of a character, in order of preference."""

_SPELLED = {
    "ß": "ss",
    "ẞ": "SS",
    "æ": "ae",
    "Æ": "AE",
    "œ": "oe",
    "Œ": "OE",
    "ð": "d",
    "Ð": "D",
    "þ": "th",
    "Þ": "TH",
    "ı": "i",
    "ȷ": "j",
    "ĸ": "k",
    "ə": "e",
    "Ə": "E",
}
"""Letters that Unicode does not decompose."""

_SAME_TEXT = {
    "<circle>",
    "<compat>",
    "<final>",
    "<font>",
    "<initial>",
    "<isolated>",
    "<medial>",
    "<narrow>",
    "<small>",
    "<square>",
    "<vertical>",
    "<wide>",
}
"""Unicode's kinds of decomposition that say the same; <super>, <sub> and <fraction> do not."""

_CONJOINING_JAMO = range(0x1100, 0x1200)


def equivalents(character: str) -> str:
    """Return single characters that may stand for a character, the best one first.

    Args:
        character: A single character.

    Returns:
        The candidates; empty if there are none.
    """
    if unicodedata.category(character) == "Nd":
        return str(unicodedata.decimal(character))
    return _EQUIVALENTS.get(character, "")


def expansion(character: str) -> str:
    """Return simpler characters that spell a character: "ﬁ" becomes "fi", "𝐇" "H", "ø" "o".

    The result may contain characters that have a respelling of their own. Accents of composed
    letters are not covered: they are separate characters in a decomposed text (NFD).

    Args:
        character: A single character.

    Returns:
        The spelling; empty if there is none.
    """
    if character in _SPELLED:
        return _SPELLED[character]
    if unicodedata.category(character) in ("No", "Sc"):
        return ""
    kind, _, codes = unicodedata.decomposition(character).partition(" ")
    if kind in _SAME_TEXT:
        spelled = "".join(chr(int(code, 16)) for code in codes.split())
        return spelled if _stands_alone(spelled) else ""
    return _without_stroke(character)


def _stands_alone(spelled: str) -> bool:
    """Return whether a spelling neither is a spacing accent nor can compose with its neighbors."""
    if spelled.startswith(" "):
        return False
    return not any(
        unicodedata.category(one)[0] == "M" or ord(one) in _CONJOINING_JAMO for one in spelled
    )


def _without_stroke(character: str) -> str:
    """Return the letter without its stroke, hook or tail, which only its Unicode name tells."""
    name, found, _ = unicodedata.name(character, "").partition(" WITH ")
    if not (found and name.startswith("LATIN ") and "LETTER" in name):
        return ""
    if unicodedata.decomposition(character):
        return ""
    try:
        return unicodedata.lookup(name)
    except KeyError:
        return ""
