"""HTML: its texts translated, everything else letter by letter as it was.

A run of text with inline tags, such as a sentence with a link, is translated as a whole, with a
marker in place of each tag. If the markers do not come back as they were, its texts are translated
one by one.

Text that comes back is escaped, so a translation cannot become markup.
"""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from seq2seq.serving.html_tokens import RAW, VOID, Token, names, tokens

INLINE = names(
    "a abbr acronym b bdi bdo big cite code del dfn em font i ins kbd label mark q s samp small "
    "span strike strong sub sup time tt u var"
)
"""Elements inside a sentence. Every other element ends a sentence."""

KEPT = RAW | names("applet canvas code kbd math object pre samp svg template var")
"""Elements whose content is not translated: code, and what browsers do not read as markup."""

MAX_MARKERS = 8
"""Maximum number of tags in a run that is translated as a whole: more get lost too often."""

_LETTER = re.compile(r"[^\W\d_]")
_MARKER = re.compile(r"</?x\d{1,2}>")


@dataclass
class _Piece:
    """Piece of a page: its source, and its text if it is translated.

    Attributes:
        raw: The source, letter by letter.
        is_text: True for text to translate.
        ends_run: True if no sentence goes on over it.
    """

    raw: str
    is_text: bool
    ends_run: bool = False


class HtmlText:
    """A page, or a part of one, and the texts in it.

    Translate `texts`, hand the result to `retries`, translate what that returns, and hand the
    result to `finish`.

    Args:
        source: The page.

    Attributes:
        texts: Text of each run, with markers in place of tags.
    """

    def __init__(self, source: str) -> None:
        self._pieces = _pieces(source)
        self._runs = list(_runs(self._pieces))
        self.texts = [self._text(run) for run in self._runs]
        self._done: dict[int, str] = {}
        self._again: list[int] = []

    def retries(self, translations: Sequence[str]) -> list[str]:
        """Take the translation of each run; return the texts of runs whose markers were lost."""
        self._again = []
        for run, translation in zip(self._runs, translations, strict=True):
            if len(run) == 1:
                self._done[run[0]] = translation
            elif (parts := self._parts(run, translation)) is not None:
                self._done |= dict(zip(run[::2], parts, strict=True))
            else:
                self._again += [place for place in run[::2] if _has_words(self._pieces[place])]
        return [_plain(self._pieces[place].raw) for place in self._again]

    def finish(self, translations: Sequence[str]) -> str:
        """Take the translations of the retries; return the translated page."""
        self._done |= dict(zip(self._again, translations, strict=True))
        return "".join(
            _with_edges(piece.raw, self._done[place]) if place in self._done else piece.raw
            for place, piece in enumerate(self._pieces)
        )

    def _parts(self, run: list[int], translation: str) -> list[str] | None:
        """Return the texts between the markers of a translation; None if it cannot be used."""
        if _MARKER.findall(translation) != [f"<x{number}>" for number in range(len(run) // 2)]:
            return None
        parts = _MARKER.split(translation)
        for place, part in zip(run[::2], parts, strict=True):
            if _has_words(self._pieces[place]) and not part.strip():
                return None  # everything has moved into the tag, or out of it
        return parts

    def _text(self, run: list[int]) -> str:
        """Return the text of a run with markers: text and tags come in turn."""
        if len(run) == 1:
            return _plain(self._pieces[run[0]].raw)
        parts = [
            f"<x{number // 2}>" if number % 2 else _plain(self._pieces[place].raw)
            for number, place in enumerate(run)
        ]
        return " ".join(filter(None, parts))  # glued to its tags, a word would be taken for a name


def _pieces(source: str) -> list[_Piece]:
    """Split a page at its tags; joined, the pieces give the page."""
    pieces: list[_Piece] = []
    kept: list[str] = []
    for token in tokens(source):
        inside = bool(kept)
        if token.kind == "tag" and token.name not in VOID:
            _follow(kept, token)
        ends_run = token.kind == "tag" and token.name not in INLINE and not inside
        pieces.append(_Piece(token.raw, token.kind == "text" and not inside, ends_run))
    return _merged(pieces)


def _follow(kept: list[str], token: Token) -> None:
    """Keep track of the element whose content stays as it is, and those of its name inside."""
    if not kept:
        if token.opens and (token.untouched or token.name in KEPT):
            kept.append(token.name)
    elif token.name == kept[0]:
        if token.opens:
            kept.append(token.name)
        else:
            kept.pop()


def _merged(pieces: list[_Piece]) -> list[_Piece]:
    """Join neighbouring pieces of the same kind, such as text and its entities."""
    merged: list[_Piece] = []
    for is_text, group in itertools.groupby(pieces, key=lambda piece: piece.is_text):
        several = list(group)
        raw = "".join(piece.raw for piece in several)
        merged.append(_Piece(raw, is_text, any(piece.ends_run for piece in several)))
    return merged


def _runs(pieces: list[_Piece]) -> Iterator[list[int]]:
    """Yield the places of texts and inline tags that make a sentence; each begins with a text."""
    run: list[int] = []
    for place, piece in enumerate(pieces):
        if piece.ends_run:
            yield from _usable(run, pieces)
            run = []
        else:
            run.append(place)
    yield from _usable(run, pieces)


def _usable(run: list[int], pieces: list[_Piece]) -> Iterator[list[int]]:
    """Yield a run without tags at its ends, or its texts one by one if it has many tags."""
    texts = [place for place in run if _has_words(pieces[place])]
    if not texts:
        return
    inner = run[run.index(texts[0]) : run.index(texts[-1]) + 1]
    literal = any(_MARKER.search(html.unescape(pieces[place].raw)) for place in inner)
    if len(inner) // 2 > MAX_MARKERS or literal:
        yield from ([place] for place in texts)
    else:
        yield inner


def _has_words(piece: _Piece) -> bool:
    """Return whether a piece has something to translate."""
    return piece.is_text and _LETTER.search(_plain(piece.raw)) is not None


def _with_edges(raw: str, translation: str) -> str:
    """Return a translation, escaped, between the white space around its source."""
    inner = raw.strip()
    begin = raw.index(inner)
    return f"{raw[:begin]}{escape(translation.strip())}{raw[begin + len(inner) :]}"


def escape(text: str) -> str:
    """Return a text as HTML."""
    return html.escape(text, quote=False)


def _plain(raw: str) -> str:
    """Return the text that HTML without tags shows, with single blanks for white space."""
    return re.sub(r"[ \t\r\n\f]+", " ", html.unescape(raw)).strip()
