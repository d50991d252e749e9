"""Plain characters: typographic, invisible and unknown characters become what a model knows.

`plain_signs` prepares the source. It depends on the characters that the vocabulary of a model has:
those stay as they are, and all others are respelled where an equivalent is known. `plain_target`
prepares the target of training pairs. It only makes quotes, dashes, spaces and ellipses plain and
removes invisible characters, so the text still says the same.

Both compose the text (NFC), keep line breaks and emoji, and change nothing when applied again.
"""

from __future__ import annotations

import functools
import re
import sys
import unicodedata
from collections.abc import Iterable

from seq2seq.text import (
    MAYBE_MARKED,
    character_class,
    combining_marks,
    compose,
    surplus_marks,
)
from seq2seq.text_steps.invisible import INVISIBLE, drop_invisible, invisible_pattern
from seq2seq.text_steps.lookalikes import WORD, in_one_script
from seq2seq.text_steps.respelling import (
    BOX_DASH,
    HYPHENS,
    LONG_DASHES,
    QUOTES,
    SPACES,
    equivalents,
    expansion,
)
from seq2seq.text_steps.rewriting import Replacement, rewrite_with_offsets

_ALWAYS_KNOWN = frozenset(" \t\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
"""U+0020, and the tabs and line breaks that other steps handle."""

_SPACE = re.compile(f"[{SPACES}]")
_ANY_INVISIBLE = re.compile(f"[{INVISIBLE}]")

_DROPPED_MARK = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20dc\ufe20-\ufe2f]")
"""Matches an accent, which a letter can go without. Vowel signs and the keycap are no accents."""

_GUILLEMET = re.compile("«[\u00a0\u202f]|[\u00a0\u202f]»")
"""Matches guillemets with a no-break space on their inner side, as in French."""

_TYPOGRAPHIC = re.compile(f"[{QUOTES}{HYPHENS}{LONG_DASHES}{SPACES}´…]")
"""Matches the characters that `plain_target` replaces."""

_NOT_PLAIN_TARGET = re.compile(
    "[^\t\n\r\x20-~\xa1-\xaa\xac\xae-\xb3\xb5-\xba\xbc-\u02af\u0400-\u0482\u048a-\u052f]"
)
"""Matches characters that may need a change in a target text, or need a closer look."""

_EMOJI_SELECTOR = "\ufe0f"

_Step = tuple[re.Pattern[str], Replacement]
"""Pattern, and the replacement of its matches."""


def plain_signs(text: str, *, known: frozenset[str] | None = None) -> str:
    """Return the text with unknown characters respelled by known ones where possible.

    Args:
        text: The text.
        known: Characters of the vocabulary; None stands for printable ASCII and all letters.

    Returns:
        The new text, composed (NFC). A character without a known equivalent stays.
    """
    return sign_map(known)(text)


def plain_signs_with_spans(
    text: str, *, known: frozenset[str] | None = None
) -> tuple[str, list[int]]:
    """Return what `plain_signs` returns, and where each character comes from.

    Args:
        text: The text.
        known: Characters of the vocabulary, as for `plain_signs`.

    Returns:
        The new text, and for each of its characters an index in `text`. The indices never descend.
    """
    return sign_map(known).with_offsets(text)


def plain_target(text: str) -> str:
    """Return a target text with plain quotes, dashes, spaces and ellipses, composed (NFC).

    Letters, digits, superscripts, currency signs and emoji stay as they are.

    Args:
        text: The text.

    Returns:
        The new text.
    """
    if _NOT_PLAIN_TARGET.search(text) is None:
        return text
    if _ANY_INVISIBLE.search(text):
        text = invisible_pattern().sub(drop_invisible, text)
    text = compose(text)
    text = _between_words(LONG_DASHES).sub(" - ", text)
    text = _GUILLEMET.sub(_tight, text)
    return _TYPOGRAPHIC.sub(_typewritten, text)


def with_capitals(known: Iterable[str]) -> frozenset[str]:
    """Return the characters with the capitals of all letters among them.

    Use it for a model that sees lowercase text because a later step turns capitals into marks.

    Args:
        known: Characters of the vocabulary.

    Returns:
        The characters and their capitals, as far as these are single characters.
    """
    characters = frozenset(known)
    capitals = (character.upper() for character in characters)
    return characters.union(capital for capital in capitals if len(capital) == 1)


@functools.lru_cache(maxsize=16)
def sign_map(known: frozenset[str] | None) -> SignMap:
    """Return the `SignMap` of a vocabulary, the same one for each call.

    Args:
        known: Characters of the vocabulary; None stands for printable ASCII and all letters.

    Returns:
        The map.
    """
    return SignMap(_common_characters() if known is None else known)


class SignMap:
    """Function from a text to one in characters that a vocabulary has, where possible.

    Args:
        known: Characters of the vocabulary.
    """

    def __init__(self, known: frozenset[str]) -> None:
        composed = (one for one in known if unicodedata.is_normalized("NFC", one))
        self._known = _ALWAYS_KNOWN.union(composed)
        self._unknown = re.compile(f"[^{_class_of(self._known)}]")
        self._noteworthy = re.compile(f"[^{_class_of(filter(_is_inert, self._known))}]")
        self._respelled: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        """Return the text with unknown characters respelled by known ones where possible."""
        if self._is_plain(text):
            return text
        if _ANY_INVISIBLE.search(text):
            text = self._invisible.sub(drop_invisible, text)
        text = compose(text)
        for pattern, replacement in self._dashes_and_guillemets:
            text = pattern.sub(replacement, text)
        if MAYBE_MARKED.search(text):
            text = self._respelled_clusters(text)
        else:
            text = self._unknown.sub(self._cluster, text)
        if self._unknown.search(text) is None:
            return text
        spelled = WORD.sub(self._word, text)
        return text if spelled == text else self._respelled_clusters(compose(spelled))

    def with_offsets(self, text: str) -> tuple[str, list[int]]:
        """Return what a call returns, and the index in `text` that each character comes from."""
        offsets = list(range(len(text)))
        if self._is_plain(text):
            return text, offsets
        steps = [
            (self._invisible, drop_invisible),
            *_composing(),
            *self._dashes_and_guillemets,
            (self._clusters, self._cluster),
            *_composing(),
            (WORD, self._word),
            *_composing(),
            (self._clusters, self._cluster),
            *_composing(),
        ]
        for pattern, replacement in steps:
            text, offsets = rewrite_with_offsets(
                text, offsets, pattern=pattern, replacement=replacement
            )
        return text, offsets

    def _is_plain(self, text: str) -> bool:
        """Return whether nothing needs to change: true for most texts, so it must be quick."""
        if self._noteworthy.search(text) is None:
            return True
        return self._unknown.search(text) is None and compose(text) == text

    @functools.cached_property
    def _invisible(self) -> re.Pattern[str]:
        return invisible_pattern("".join(sorted(filter(_ANY_INVISIBLE.match, self._known))))

    @functools.cached_property
    def _dashes_and_guillemets(self) -> list[_Step]:
        """Patterns of unknown characters whose neighbors matter, and their replacements."""
        steps: list[_Step] = []
        dashes = [one for one in LONG_DASHES + BOX_DASH if self._spelled(one) not in ("", one)]
        if dashes:
            steps.append((_between_words("".join(dashes)), self._separate))
        if not self._known.intersection("«»\u00a0\u202f") and all(map(self._spelled, "«»")):
            steps.append((_GUILLEMET, _tight))
        return steps

    @functools.cached_property
    def _clusters(self) -> re.Pattern[str]:
        """Pattern of an unknown character, and of any character with marks on it."""
        marks = combining_marks()
        quickly = f"(?={MAYBE_MARKED.pattern})"
        return re.compile(f"{self._unknown.pattern}[{marks}]*|[^\n]{quickly}[{marks}]+")

    def _respelled_clusters(self, text: str) -> str:
        return compose(self._clusters.sub(self._cluster, text))

    def _separate(self, found: re.Match[str]) -> str:
        return f" {self._spelled(found[0])} "

    def _cluster(self, found: re.Match[str]) -> str:
        """Respell a character together with the marks on it."""
        cluster = found[0]
        if len(cluster) == 1 and (spelled := self._spelled(cluster)):
            return spelled
        return self._without_accents(cluster)

    def _word(self, found: re.Match[str]) -> str:
        """Replace unknown look-alikes of another script."""
        word = found[0]
        if self._unknown.search(word) is None:
            return word
        return in_one_script(word, is_known=self._known.__contains__)

    def _without_accents(self, cluster: str) -> str:
        """Return a character with those of its accents that lead to known characters."""
        if _EMOJI_SELECTOR in cluster or self._unknown.search(cluster) is None:
            return cluster
        decomposed = unicodedata.normalize("NFD", cluster)
        base = "" if _is_mark(decomposed[0]) else decomposed[0]
        marks = decomposed[len(base) :]
        spelled = base and self._spelled(base)
        if base and (not spelled or unicodedata.category(base) == "Sm"):
            return cluster  # "≠" without its stroke would be another symbol
        if not all(map(_is_mark, marks)):
            return cluster  # a Korean syllable
        for mark in marks:
            longer = unicodedata.normalize("NFC", spelled + mark)
            fits = self._count_unknown(longer) <= self._count_unknown(spelled)
            if fits or not _DROPPED_MARK.match(mark):
                spelled = longer
        return spelled

    def _count_unknown(self, text: str) -> int:
        return len(self._unknown.findall(text))

    def _spelled(self, character: str) -> str:
        """Return known characters for a single one, "" if there are none."""
        found = self._respelled.get(character)
        if found is None:
            found = self._respelled[character] = self._respell(character)
        return found

    def _respell(self, character: str) -> str:
        if character in self._known:
            return character
        if _SPACE.match(character):
            return " "
        for other in equivalents(character):
            if other in self._known:
                return other
        parts = [self._spelled(part) for part in expansion(character)]
        return "".join(parts) if all(parts) else ""


@functools.cache
def _common_characters() -> frozenset[str]:
    """Return printable ASCII, and all letters and marks without a compatibility form."""
    letters = (
        chr(code)
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code))[0] in "LM"
        and not unicodedata.decomposition(chr(code)).startswith("<")
        and not _ANY_INVISIBLE.match(chr(code))
    )
    return frozenset(map(chr, range(0x20, 0x7F))).union(letters)


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"


def _is_inert(character: str) -> bool:
    """Return whether a character never composes with the one before it."""
    return not _is_mark(character) and not "\u1160" <= character <= "\u11ff"


def _class_of(characters: Iterable[str]) -> str:
    """Return single characters as the inside of a character class."""
    return character_class(sorted(map(ord, characters)))


def _between_words(dashes: str) -> re.Pattern[str]:
    """Return the pattern of a dash between two words, which is not one between two numbers."""
    return re.compile(rf"(?<=[^\W_])[{dashes}](?=[^\W\d_])|(?<=[^\W\d_])[{dashes}](?=\d)")


def _tight(found: re.Match[str]) -> str:
    return found[0].strip("\u00a0\u202f")


def _typewritten(found: re.Match[str]) -> str:
    """Return the plain form of a typographic character."""
    character = found[0]
    if _SPACE.match(character):
        return " "
    ascii_only = filter(str.isascii, equivalents(character))
    return next(ascii_only, "") or expansion(character)


@functools.cache
def _composing() -> list[_Step]:
    """Return the steps that together compose a text as `compose` does."""
    fewer_marks = (surplus_marks(), _kept_marks)
    attached = f"(?={MAYBE_MARKED.pattern})[{combining_marks()}\u1160-\u11ff]"
    cluster = re.compile(f"(?s:.)(?:{attached})+|[^\\x00-\u02ff]")
    return [fewer_marks, (cluster, _composed), fewer_marks]


def _kept_marks(found: re.Match[str]) -> str:
    return found[1]


def _composed(found: re.Match[str]) -> str:
    return unicodedata.normalize("NFC", found[0])
