"""Placing of inline markup in a translation, where the alignment says that its words went.

The marks of the source form a tree: an element is a pair of marks with what is between them. Each
target word belongs to the element of the source word that it is aligned with. From the outside
in, each element then takes the run of target words that has the most of its own words and the
fewest others; or the run that is the translation of its text by itself, if that occurs. So marks
stay balanced and nested as they were, whatever the alignment says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from seq2seq.documents.element_spans import (
    LEADING,
    TRAILING,
    Alone,
    Links,
    choose_spans,
    find_known,
    owners_of,
)
from seq2seq.documents.markup import Piece, Pieces, joined, marks_of, text_of
from seq2seq.documents.markup_tree import Node, elements, tree_of

MAX_MARKS = 200
"""Maximum number of marks of a segment; in one with more, nothing is translated."""

MAX_ALONE = 4
"""Maximum number of words of an element that is also translated by itself."""

_WORD = re.compile(r"\S+")


def place_marks(pieces: Pieces, target: str, links: Links, alone: Alone | None = None) -> Pieces:
    """Put the markup of a source into its translation.

    Args:
        pieces: The source, with its markup.
        target: The translation, without markup.
        links: Word alignment of the two; none if unknown.
        alone: Translations of the texts of elements by themselves, see `element_texts`.

    Returns:
        The translation with each mark of the source once, balanced as in the source.
    """
    if target == text_of(pieces):
        return pieces
    if not marks_of(pieces):
        return (target,) if target else ()
    source = text_of(pieces)
    words = [found.span() for found in _WORD.finditer(source)]
    root = tree_of(pieces, words)
    places = [found.span() for found in _WORD.finditer(target)]
    if not places or not words:
        return joined([*marks_of(pieces), target])
    links = [(i, j) for i, j in links if i < len(words) and j < len(places)]
    links = spread(links, len(words))
    owners = owners_of(root, words, len(places), links)
    find_known(root, source, target, alone or {})
    root.span = (0, len(places))
    choose_spans(root, owners, len(words))
    return joined(_written(root, _Texts(source, target, words, places, links), (0, len(target))))


def element_texts(pieces: Pieces) -> list[str]:
    """Return the texts of the elements of a segment that are worth translating by themselves.

    Where a phrase is called the same in the sentence as by itself, that says better than attention
    where it went. Elements of many words, and those around the whole segment, are left out.
    """
    source = text_of(pieces)
    words = [found.span() for found in _WORD.finditer(source)]
    texts = [source[node.begin : node.end].strip() for node in elements(tree_of(pieces, words))]
    return [one for one in texts if one != source.strip() and len(one.split()) <= MAX_ALONE]


def spread(links: Links, words: int) -> list[tuple[int, int]]:
    """Give some target words of a source word to its neighbours that have none.

    Attention draws "the" of "the party" to "fiesta" rather than to "la" before it. Of several
    target words in a row with one source word, the first ones therefore go to the source words
    just before it, then the last ones to those just after it, as far as these have no target word.

    Args:
        links: Word alignment, with at most one source word per target word.
        words: Number of source words.

    Returns:
        The alignment, in the order of the target words.
    """
    owner = {j: i for i, j in links}
    linked = set(owner.values())
    for i in sorted(linked):
        run = [j for j in sorted(owner) if owner[j] == i]
        if run[-1] - run[0] != len(run) - 1:
            continue
        for step, place in ((-1, 0), (1, -1)):
            near = i + step
            while len(run) > 1 and 0 <= near < words and near not in linked:
                owner[run.pop(place)] = near
                linked = linked | {near}
                near += step
    return [(i, j) for j, i in sorted(owner.items())]


@dataclass(frozen=True)
class _Texts:
    source: str
    target: str
    words: Sequence[tuple[int, int]]
    places: Sequence[tuple[int, int]]
    links: Links

    def span(self, node: Node) -> tuple[int, int]:
        """Return where an element begins and ends in the target text.

        Punctuation beside it stays outside if it does in the source.
        """
        first, last = node.span
        if first == last:
            at = self.places[first][0] if first < len(self.places) else len(self.target)
            return at, at
        begin = self.places[first][0]
        end = self.places[last - 1][1]
        content = self.source[node.begin : node.end].strip()
        if not LEADING.search(content):
            leading = LEADING.match(self.target[begin:end])
            begin += len(leading[0]) if leading else 0
        if not TRAILING.search(content):
            trailing = TRAILING.search(self.target[begin:end])
            end -= len(trailing[0]) if trailing else 0
        return (begin, end) if begin < end else self._whole(node)

    def _whole(self, node: Node) -> tuple[int, int]:
        return self.places[node.span[0]][0], self.places[node.span[1] - 1][1]

    def place(self, node: Node) -> int:
        """Return where a standalone mark goes in the target text."""
        before = self.source[: node.begin]
        after = self.source[node.begin :]
        if not before.strip():
            return 0
        if not after.strip():
            return len(self.target)
        following = len(before.split())
        inside = not before[-1:].isspace() and not after[:1].isspace()
        if before[-1:].isspace():  # it stands at the word after it
            linked = [j for i, j in self.links if i == following]
            return self.places[min(linked)][0] if linked else self._proportional(following)
        linked = [j for i, j in self.links if i == following - 1]
        if not linked:
            return self._proportional(following)
        begin, end = self.places[max(linked)]
        trailing = TRAILING.search(self.target[begin:end]) if not inside else None
        ends_in_mark = TRAILING.search(before) is not None
        return end - (len(trailing[0]) if trailing and not ends_in_mark else 0)

    def _proportional(self, word: int) -> int:
        """Return the place of a source word, in proportion to the lengths."""
        at = round(word / len(self.words) * len(self.places))
        return self.places[at][0] if at < len(self.places) else len(self.target)


def _written(node: Node, texts: _Texts, span: tuple[int, int]) -> list[Piece]:
    """Return the pieces of a node whose target text has this span."""
    parts: list[tuple[int, int, int, Node]] = []
    for order, child in enumerate(node.children):
        begin, end = texts.span(child) if child.has_words else (texts.place(child),) * 2
        begin = min(max(begin, span[0]), span[1])
        parts.append((begin, min(max(end, begin), span[1]), order, child))
    taken = [(begin, end) for begin, end, _, child in parts if child.has_words]
    placed = sorted(
        (part if part[3].has_words else _outside(part, taken) for part in parts),
        key=lambda part: (part[0], part[1], part[2]),
    )
    found: list[Piece] = [*node.before]
    at = span[0]
    for begin, end, _, child in placed:
        found.append(texts.target[at : max(at, begin)])
        at = max(at, begin)
        found += _written(child, texts, (at, max(at, end))) if child.has_words else child.before
        at = max(at, end)
    return [*found, texts.target[at : span[1]], *node.after]


def _outside(
    part: tuple[int, int, int, Node], taken: Sequence[tuple[int, int]]
) -> tuple[int, int, int, Node]:
    """Return a standalone mark at a place that is in no element beside it."""
    at = part[0]
    for begin, end in taken:
        if begin < at < end:
            at = begin if at - begin < end - at else end
    return at, at, part[2], part[3]
