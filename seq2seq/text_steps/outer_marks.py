"""Tags and emphasis marks around a whole sentence, which its translation gets back.

A model translates the bare sentence better, and the places of these marks are certain. A paragraph
of several sentences has its opening tag in the first and its closing one in the last, so a tag of
HTML may stand at an end of a sentence without its partner. A tag whose partner is inside stays:

    <p><b>Hola.</b></p>   is read as   Hola.
    <p>Hola.              is read as   Hola.
    <b>Hola</b>, Ana.     is read as it is
"""

from __future__ import annotations

import re
from typing import NamedTuple

_TAG = re.compile(r"<(/?)([A-Za-z][\w:.-]*)(?:\s[^<>]*)?/?>")
_EMPTY = frozenset(("br", "hr", "wbr"))
_HTML_NAMES = """
a abbr b big blockquote caption center cite dd del div dt em font h1 h2 h3 h4 h5 h6 i ins label li
mark p q s section small span strong sub sup td th title tr u
"""
_HTML = _EMPTY.union(_HTML_NAMES.split())
_MARKED = re.compile(r"(\*{1,3}|__?|~~)(?=\S)([^*_~]+)(?<=\S)\1")
_OUTSIDE = frozenset(".,;:")
_LETTER = re.compile(r"[^\W\d_]")


class OuterMarks(NamedTuple):
    """Sentence without the tags and emphasis marks around it.

    Attributes:
        text: The sentence; it keeps a stop that stands after the closing marks.
        opening: The opening marks and the white space among them, or "".
        closing: The closing marks and the white space among them, or "".
        stop: The stop after the closing marks, or "".
    """

    text: str
    opening: str = ""
    closing: str = ""
    stop: str = ""

    @property
    def dropped_words(self) -> int:
        """Number of words of the opening marks that are not glued to the first of `text`."""
        return len(re.findall(r"\s+", self.opening))


def split_outer_marks(text: str) -> OuterMarks:
    """Take away the tags and emphasis marks around a sentence.

    Args:
        text: The sentence.

    Returns:
        The bare sentence and its marks. A text without a letter between them stays as it is.
    """
    stop = text[-1:] if text[-1:] in _OUTSIDE else ""
    begin, end = _without_tags(text[: len(text) - len(stop)])
    emphasis = _MARKED.fullmatch(text, begin, end)
    if emphasis and _is_phrase(emphasis[1], emphasis[2]):
        begin, end = emphasis.span(2)
    if not _LETTER.search(text, begin, end):
        return OuterMarks(text)
    closing = text[end : len(text) - len(stop)]
    return OuterMarks(text[begin:end] + stop, text[:begin], closing, stop if closing else "")


def with_outer_marks(translation: str, marks: OuterMarks) -> str:
    """Return a translation with the marks of its source around it.

    Args:
        translation: Translation of the bare sentence.
        marks: The marks of the source.
    """
    if not translation:
        return translation
    stop = marks.stop
    translation = translation.removesuffix(stop)
    if translation[-1:] in (".", "!", "?", "…"):
        stop = ""
    return marks.opening + translation + marks.closing + stop


class _Tag(NamedTuple):
    """Tag at a place of a text; `partner` is the index of its other half, or -1."""

    begin: int
    end: int
    name: str
    partner: int


def _without_tags(text: str) -> tuple[int, int]:
    """Return the range of a text between the tags at its ends."""
    tags = _find_tags(text) if "<" in text else []
    begin = 0
    end = len(text)
    first = 0
    last = len(tags) - 1
    while first <= last:
        while (
            first <= last and _is_html_half(tags[first]) and _blank(text, begin, tags[first].begin)
        ):
            begin = tags[first].end
            first += 1
        while first <= last and _is_html_half(tags[last]) and _blank(text, tags[last].end, end):
            end = tags[last].begin
            last -= 1
        if first >= last or tags[first].partner != last:
            break
        if not (_blank(text, begin, tags[first].begin) and _blank(text, tags[last].end, end)):
            break
        begin = tags[first].end
        end = tags[last].begin
        first += 1
        last -= 1
    bare = text[begin:end]
    return (
        end - len(bare.lstrip()) if begin else begin,
        begin + len(bare.rstrip()) if end < len(text) else end,
    )


def _blank(text: str, begin: int, end: int) -> bool:
    return not text[begin:end].strip()


def _find_tags(text: str) -> list[_Tag]:
    """Return the tags of a text in order, each with its partner."""
    tags: list[_Tag] = []
    opened: dict[str, list[int]] = {}
    for index, found in enumerate(_TAG.finditer(text)):
        name = found[2].lower()
        partner = -1
        if found[1]:
            waiting = opened.get(name)
            partner = waiting.pop() if waiting else -1
        elif name not in _EMPTY and not found[0].endswith("/>"):
            opened.setdefault(name, []).append(index)
        tags.append(_Tag(found.start(), found.end(), name, partner))
        if partner >= 0:
            tags[partner] = tags[partner]._replace(partner=index)
    return tags


def _is_html_half(tag: _Tag) -> bool:
    """Return whether a tag without a partner only marks text; it stands for no word."""
    return tag.partner < 0 and tag.name in _HTML


def _is_phrase(mark: str, inner: str) -> bool:
    """Return whether marked text is emphasized; `__init__` is a name."""
    return "_" not in mark or " " in inner
