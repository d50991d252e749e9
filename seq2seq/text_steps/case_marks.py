"""Case marks: spell capitals as marks, so that a model reads and writes lowercase words.

A word then has the same tokens at the beginning of a sentence, in a title and in capitals. The
capital that begins a text is left unmarked, because almost every sentence has one:

    Tengo HAMBRE, Ana.      tengo⇑ hambre,↑ ana.
    tengo hambre            ⇩ tengo hambre
    NASA                    ⇑ nasa

(↑, ⇑ and ⇩ stand for `CAPITAL`, `CAPITALS` and `SMALL`.) A mark precedes the space before its word,
so that the word has the same tokens with and without it; a mark that begins the text is followed by
a space of its own. Inline marks for case go back to Berard et al. (2019).
"""

from __future__ import annotations

import re

CAPITAL = "\ue000"
"""Mark that makes the next letter a capital."""

CAPITALS = "\ue001"
"""Mark that makes all following letters of the word capitals."""

SMALL = "\ue002"
"""Mark that ends capitals inside a word; before the first word, it means no capital."""

CASE_MARKS = CAPITAL + CAPITALS + SMALL
"""All case marks."""

_END = "\u2000"
"""End of the scripts with capitals that are marked: Latin, Greek, Cyrillic and their neighbors."""

_MARK = re.compile(f"[{CASE_MARKS}]")
_OPENING_MARK = re.compile(f"([{CASE_MARKS}])[{CASE_MARKS}]* ")
_IN_WORD = r"[\w\ue003-\uf8ff]"
_WORD = re.compile(f"{_IN_WORD}+")
_MARKED_WORD = re.compile(f"([{CASE_MARKS}]) ?((?:{_IN_WORD}|[{CASE_MARKS}](?={_IN_WORD}))*)")


def mark_case(text: str) -> str:
    """Replace capitals with marks and lowercase letters.

    A single capital letter that is a word by itself ("I", an initial) stays as it is, except at the
    beginning of the text. Letters whose case cannot be restored (such as "İ") stay as they are.

    Args:
        text: Any text. Case marks in it are dropped.

    Returns:
        The marked text. `restore_case` gives `text` back.
    """
    text = _MARK.sub("", text)
    first = _WORD.search(text)
    if first is None:
        return text
    marks, spelled = _mark_word(first.group(), first=True)
    before = text[: first.start()]
    rest = _mark_rest(text[first.end() :])
    if marks == SMALL or (marks and not before.strip(" ")):
        return f"{marks} {before}{spelled}{rest}"
    return f"{before}{marks}{spelled}{rest}"


def mark_case_inside(phrase: str) -> str:
    """Replace capitals with marks in a phrase that stands inside a text, after a space.

    Args:
        phrase: The phrase.

    Returns:
        The marked phrase, after a space, which a mark may precede.
    """
    return _mark_rest(" " + _MARK.sub("", phrase))


def restore_case(text: str) -> str:
    """Replace case marks with the capitals they stand for.

    Args:
        text: Any text, such as the output of a model; marks in impossible places are dropped.

    Returns:
        The text without marks.
    """
    opening = _OPENING_MARK.match(text)
    mark = opening[1] if opening else ""
    body = text[opening.end() :] if opening else text
    first = _WORD.search(body)
    if first is not None and mark != SMALL and not _follows_mark(body, first.start()):
        at = first.start()
        body = body[:at] + (mark + body[at] if mark else _upper(body[at])) + body[at + 1 :]
    return _MARKED_WORD.sub(_restore_word, body) if _MARK.search(body) else body


def _mark_rest(text: str) -> str:
    """Mark the words after the first one."""
    parts: list[str] = []
    end = 0
    for word in _WORD.finditer(text):
        between = text[end : word.start()]
        marks, spelled = _mark_word(word.group(), first=False)
        if marks and between.endswith(" "):
            parts += between[:-1], marks, " ", spelled
        else:
            parts += between, marks, spelled
        end = word.end()
    return "".join([*parts, text[end:]])


def _follows_mark(text: str, place: int) -> bool:
    """Return whether the word at a place has a mark before it."""
    return text[:place].removesuffix(" ")[-1:] in tuple(CASE_MARKS)


def _mark_word(word: str, *, first: bool) -> tuple[str, str]:
    """Return the marks before a word, and the word with lowercase letters and marks."""
    if _UPPERCASE.search(word) is None:
        needs_mark = first and _upper(word[0]) != word[0]
        return (SMALL if needs_mark else ""), word
    if len(word) == 1 and not first:
        return "", word
    parts: list[str] = []
    place = 0
    while place < len(word):
        run = place
        while run < len(word) and _lower(word[run]) != word[run]:
            run += 1
        length = run - place
        if length == 0:
            parts.append(word[place])
            place += 1
            continue
        capitals = length > 1
        parts.append(CAPITALS if capitals else CAPITAL)
        parts += map(_lower, word[place:run])
        if capitals and run < len(word):
            parts.append(SMALL)
        place = run
    return _hoist("".join(parts), first=first)


def _hoist(spelled: str, *, first: bool) -> tuple[str, str]:
    """Split off the mark that begins a word; drop it where a capital goes without saying."""
    mark = spelled[0] if spelled[0] in CASE_MARKS else ""
    rest = spelled[len(mark) :]
    if not first:
        return mark, rest
    if mark == CAPITAL:
        return "", rest
    if not mark and _upper(rest[0]) != rest[0]:
        return SMALL, rest
    return mark, rest


def _restore_word(found: re.Match[str]) -> str:
    """Return a word after a mark, with its capitals."""
    space = " " if found.group()[1:2] == " " else ""
    mode = found[1]
    letters: list[str] = []
    for character in found[2]:
        if character in CASE_MARKS:
            mode = character
            continue
        letters.append(character if mode == SMALL else _upper(character))
        if mode == CAPITAL:
            mode = SMALL
    return space + "".join(letters)


def _lower(letter: str) -> str:
    """Return the lowercase form of a letter, or the letter if its case could not be restored."""
    lowered = letter.lower()
    return lowered if len(lowered) == 1 and lowered.upper() == letter < _END else letter


def _upper(letter: str) -> str:
    """Return the capital of a letter, or the letter if its case could not be restored."""
    raised = letter.upper()
    return raised if len(raised) == 1 and raised.lower() == letter and raised < _END else letter


_UPPERCASE = re.compile(
    "[A-Z"
    + "".join(letter for letter in map(chr, range(0x80, 0x2000)) if _lower(letter) != letter)
    + "]"
)
