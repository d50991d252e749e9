"""Look-alike letters: Latin, Cyrillic and Greek letters that are drawn alike."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable

_SCRIPTS = {
    "Latin": "ABCEHIJKMNOPSTXYZaceijopsxyhqw",
    "Cyrillic": "АВСЕНІЈКМ ОРЅТХУ асеіјорѕхуһԛԝ",
    "Greek": "ΑΒ ΕΗΙ ΚΜΝΟΡ ΤΧΥΖ     ο",
}
"""Letters that are drawn alike stand at the same place of each script."""

_BLOCKS = {
    "Latin": (range(0x41, 0x250), range(0x1E00, 0x1F00)),
    "Cyrillic": (range(0x400, 0x530),),
    "Greek": (range(0x370, 0x400), range(0x1F00, 0x2000)),
}

_LETTERS = (
    "A-Za-z\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"
    "\u0370-\u0482\u048a-\u052f\u1e00-\u1fff"
)

WORD = re.compile(f"[{_LETTERS}][{_LETTERS}\u0300-\u036f]*")
"""Matches a word of the three scripts, with the accents on its letters."""


def _twins(script: str) -> dict[str, str]:
    """Return the letters of the other scripts that are drawn like one of this script."""
    return {
        other: letter
        for name, letters in _SCRIPTS.items()
        for other, letter in zip(letters, _SCRIPTS[script], strict=False)
        if name != script and other != " " and letter != " "
    }


_TWINS = {script: _twins(script) for script in _SCRIPTS}


def in_one_script(word: str, *, is_known: Callable[[str], bool]) -> str:
    """Return a word with unknown look-alikes of another script replaced.

    They are replaced only if all unknown letters of other scripts have look-alikes in the script of
    most known letters. A word without a known letter is left alone.

    Args:
        word: Letters and marks, in composed form (NFC).
        is_known: Return whether a character is known.

    Returns:
        The word, in which replaced letters are decomposed.
    """
    scripts = [_script(character) for character in word]
    known = Counter(
        script
        for character, script in zip(word, scripts, strict=True)
        if script and is_known(character)
    )
    if not known:
        return word
    main = max(_SCRIPTS, key=lambda script: known[script])
    spelled = []
    for character, script in zip(word, scripts, strict=True):
        if script in ("", main) or is_known(character):
            spelled.append(character)
            continue
        decomposed = unicodedata.normalize("NFD", character)
        twin = _TWINS[main].get(decomposed[0], "")
        if not (twin and is_known(twin)):
            return word
        spelled.append(twin + decomposed[1:])
    return "".join(spelled)


def _script(character: str) -> str:
    """Return the script of a letter, "" for a character of none of the three."""
    for script, blocks in _BLOCKS.items():
        if any(ord(character) in block for block in blocks):
            return script if character.isalpha() else ""
    return ""
