"""Names of encodings of text."""

from __future__ import annotations

import codecs

_TEXT = (
    "utf-",
    "iso8859-",
    "cp",
    "koi8-",
    "ascii",
    "gb",
    "big5",
    "shift_jis",
    "euc_",
    "iso2022_",
    "mac-",
    "johab",
    "hz",
    "kz1048",
    "ptcp154",
    "tis-620",
)
"""Beginnings of names of encodings of text, as Python has them; it has others, such as zip."""


def text_encoding(name: str) -> str:
    """Return Python's name of an encoding of text; "" if there is none of this name."""
    try:
        found = codecs.lookup(name.strip()).name
    except (LookupError, ValueError):  # ValueError: a NUL in the name
        return ""
    return found if found.startswith(_TEXT) else ""
