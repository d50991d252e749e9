"""Placing of inline markup in a translation, where the alignment says that its words went.

The marks of the source form a tree: an element is a pair of marks with what is between them. Each
target word belongs to the element of the source word that it is aligned with. From the outside
in, each element then takes the run of target words that has the most of its own words and the
fewest others; or the run that is the translation of its text by itself, if that occurs. So marks
stay balanced and nested as they were, whatever the alignment says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from seq2seq.documents.markup import CLOSE, OPEN, Mark, Piece, Pieces, joined, marks_of, text_of

MAX_MARKS = 200
"""Maximum number of marks of a segment; in one with more, nothing is translated."""

Links = Sequence[tuple[int, int]]
"""Pairs (source word, target word); words are separated by white space and counted from 0."""

Alone = Mapping[str, str]
"""Translations of texts by themselves."""

MAX_ALONE = 4
"""Maximum number of words of an element that is also translated by itself."""

MIN_LETTERS = 4
"""Minimum number of letters of a word that is looked for without the words beside it."""

_WORD = re.compile(r"\S+")
_TRAILING = re.compile(r"[^\w\s]+$")
_LEADING = re.compile(r"^[^\w\s]+")


@dataclass(eq=False)
class _Node:
    """Element, a standalone mark, or the whole text.

    Attributes:
        before: Markup at its beginning.
        begin: Where it begins in the source text.
        parent: Element around it.
        after: Markup at its end.
        end: Where it ends in the source text.
        children: What is in it.
        words: The first of its source words, and the one after its last.
        span: Where it goes in the target text.
        known: Runs of target words that are a translation of its text by itself.
    """

    before: tuple[Mark, ...]
    begin: int
    parent: _Node | None = None
    after: tuple[Mark, ...] = ()
    end: int = 0
    children: list[_Node] = field(default_factory=list)
    words: tuple[int, int] = (0, 0)
    span: tuple[int, int] = (0, 0)
    known: list[tuple[int, int]] = field(default_factory=list)

    @property
    def has_words(self) -> bool:
        return self.words[0] < self.words[1]

    @property
    def depth(self) -> int:
        return 0 if self.parent is None else self.parent.depth + 1

    def within(self, other: _Node) -> bool:
        """Return whether this is another node or is inside it."""
        node: _Node | None = self
        while node is not None and node is not other:
            node = node.parent
        return node is not None


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
    root = _tree(pieces, words)
    places = [found.span() for found in _WORD.finditer(target)]
    if not places or not words:
        return joined([*marks_of(pieces), target])
    links = [(i, j) for i, j in links if i < len(words) and j < len(places)]
    links = spread(links, len(words))
    owners = _owners(root, words, len(places), links)
    _find_known(root, source, target, alone or {})
    root.span = (0, len(places))
    _choose_spans(root, owners, len(words))
    return joined(_written(root, _Texts(source, target, words, places, links), (0, len(target))))


def element_texts(pieces: Pieces) -> list[str]:
    """Return the texts of the elements of a segment that are worth translating by themselves.

    Where a phrase is called the same in the sentence as by itself, that says better than attention
    where it went. Elements of many words, and those around the whole segment, are left out.
    """
    source = text_of(pieces)
    words = [found.span() for found in _WORD.finditer(source)]
    texts = [source[node.begin : node.end].strip() for node in _elements(_tree(pieces, words))]
    return [one for one in texts if one != source.strip() and len(one.split()) <= MAX_ALONE]


def _elements(node: _Node) -> Iterator[_Node]:
    """Yield the elements with words in a node."""
    for child in node.children:
        if child.has_words:
            yield child
        yield from _elements(child)


def _find_known(root: _Node, source: str, target: str, alone: Alone) -> None:
    """Find where the translation of each element by itself occurs in that of the segment."""
    there = [_bare(found[0]) for found in _WORD.finditer(target)]
    for node in _elements(root):
        translation = alone.get(source[node.begin : node.end].strip(), "")
        node.known = _longest_runs(
            [word for word in map(_bare, translation.split()) if word], there
        )


def _longest_runs(words: Sequence[str], there: Sequence[str]) -> list[tuple[int, int]]:
    """Return where words occur in a text, or else the most words in a row that occur.

    "I want" is in "I don't want to" as "want". Short words such as "to" do not count by themselves.
    """
    for size in range(len(words), 0, -1):
        parts = [words[place : place + size] for place in range(len(words) - size + 1)]
        runs = [
            (place, place + size)
            for part in parts
            if size == len(words) or max(map(len, part)) >= MIN_LETTERS
            for place in range(len(there) - size + 1)
            if there[place : place + size] == part
        ]
        if runs:
            return runs
    return []


def _bare(word: str) -> str:
    """Return a word in lowercase, without the punctuation around it."""
    return _LEADING.sub("", _TRAILING.sub("", word)).casefold()


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


def _tree(pieces: Pieces, words: Sequence[tuple[int, int]]) -> _Node:
    """Return the tree of a source; a mark without its other half is standalone."""
    partners = _partners(pieces)
    root = _Node((), 0)
    open_nodes = [root]
    seen: list[Piece] = []
    for place, piece in enumerate(pieces):
        seen.append(piece)
        if isinstance(piece, str):
            continue
        at = len(text_of(seen))
        if place in partners and piece.kind == OPEN:
            node = _Node((piece,), at, open_nodes[-1])
            open_nodes[-1].children.append(node)
            open_nodes.append(node)
        elif place in partners:
            node = open_nodes.pop()
            node.after = (piece,)
            node.end = at
        else:
            open_nodes[-1].children.append(_Node((piece,), at, open_nodes[-1], end=at))
    root.end = len(text_of(pieces))
    _count_words(root, words)
    return root


def _partners(pieces: Pieces) -> set[int]:
    """Return the places of the marks that form properly nested pairs."""
    found: set[int] = set()
    waiting: list[int] = []
    for place, piece in enumerate(pieces):
        if isinstance(piece, str):
            continue
        if piece.kind == OPEN:
            waiting.append(place)
        elif piece.kind == CLOSE:
            names = [pieces[one].name for one in waiting]  # type: ignore[union-attr]
            if piece.name in names:
                last = len(names) - 1 - names[::-1].index(piece.name)
                found |= {waiting[last], place}
                del waiting[last:]
    return found


def _count_words(node: _Node, words: Sequence[tuple[int, int]]) -> None:
    """Find the words of a node; an element without any becomes a standalone mark."""
    inside = [
        place
        for place, (begin, end) in enumerate(words)
        if max(begin, node.begin) < min(end, node.end)
    ]
    if inside:
        node.words = (inside[0], inside[-1] + 1)
    for child in node.children:
        _count_words(child, words)
    if not inside and node.parent is not None and (node.children or node.after):
        node.before = tuple(_marks(node))
        node.after = ()
        node.children = []


def _marks(node: _Node) -> list[Mark]:
    """Return all marks of a node in order."""
    inner = [mark for child in node.children for mark in _marks(child)]
    return [*node.before, *inner, *node.after]


def _owners(root: _Node, words: Sequence[tuple[int, int]], count: int, links: Links) -> list[_Node]:
    """Return the element that each target word belongs to."""
    of_source = [_innermost(root, *span) for span in words]
    known: list[_Node | None] = [None] * count
    if not links:  # in proportion
        return [of_source[min(j * len(words) // count, len(words) - 1)] for j in range(count)]
    for i, j in links:
        node = of_source[i]
        known[j] = node if known[j] is None else _shared(known[j], node)
    before: list[_Node] = []
    last = of_source[0]
    for one in known:
        last = one or last
        before.append(last)
    after: list[_Node] = []
    last = of_source[-1]
    for one in reversed(known):
        last = one or last
        after.append(last)
    pairs = zip(known, before, reversed(after), strict=True)
    return [one or _shared(left, right) for one, left, right in pairs]


def _innermost(node: _Node, begin: int, end: int) -> _Node:
    """Return the innermost element that holds the larger part of a word."""
    for child in node.children:
        shared = min(end, child.end) - max(begin, child.begin)
        if child.has_words and 2 * shared >= end - begin:
            return _innermost(child, begin, end)
    return node


def _shared(one: _Node | None, other: _Node) -> _Node:
    """Return the innermost element around two nodes."""
    while one is not None and not other.within(one):
        one = one.parent
    assert one is not None  # the root is around everything
    return one


def _choose_spans(node: _Node, owners: Sequence[_Node], words: int) -> None:
    """Choose the target words of each element in a node, those with most words first."""
    free = [node.span]
    elements = [child for child in node.children if child.has_words]
    for child in sorted(elements, key=lambda one: one.words[0] - one.words[1]):
        gains = [1.0 if owner.within(child) else -1.0 for owner in owners]
        best = max((_best_run(gains, *gap) for gap in free), default=(0.0, 0, 0))
        known = _known_run(child, gains, best, free)
        if known is not None:
            child.span = known
        elif best[0] > 0:
            child.span = best[1], best[2]
        else:
            at = round(child.words[0] / max(1, words) * len(owners))
            # Something is better than nothing in an element, so it takes a word if one is free.
            child.span = min(
                (
                    (abs(at - place), place, min(place + 1, end))
                    for begin, end in free
                    for place in range(begin, end)
                ),
                default=(0, *(node.span[1],) * 2),
            )[1:]
        free = _without(free, child.span)
    for child in elements:
        _choose_spans(child, owners, words)


def _known_run(
    node: _Node,
    gains: Sequence[float],
    best: tuple[float, int, int],
    free: Sequence[tuple[int, int]],
) -> tuple[int, int] | None:
    """Return the run of a node's own translation: the best one by attention, if it is clear.

    It is clear if it has words that attention gives to the node, or if there is no other one.
    """
    runs = [
        run
        for run in dict.fromkeys(node.known)
        if any(a <= run[0] and run[1] <= b for a, b in free)
    ]
    if not runs:
        return None
    chosen = max(runs, key=lambda run: sum(gains[slice(*run)]))
    overlaps = chosen[0] < best[2] and best[1] < chosen[1]
    return chosen if overlaps or len(runs) == 1 else None


def _best_run(gains: Sequence[float], begin: int, end: int) -> tuple[float, int, int]:
    """Return the sum, the beginning and the end of the run with the highest sum."""
    best = (0.0, begin, begin)
    total = 0.0
    start = begin
    for place in range(begin, end):
        if total <= 0:
            total = 0.0
            start = place
        total += gains[place]
        if total > best[0]:
            best = (total, start, place + 1)
    return best


def _without(free: Sequence[tuple[int, int]], span: tuple[int, int]) -> list[tuple[int, int]]:
    """Return gaps without a span that is taken."""
    left: list[tuple[int, int]] = []
    for begin, end in free:
        if span[0] >= end or span[1] <= begin:
            left.append((begin, end))
            continue
        left += [(begin, span[0])] if begin < span[0] else []
        left += [(span[1], end)] if span[1] < end else []
    return left


@dataclass(frozen=True)
class _Texts:
    source: str
    target: str
    words: Sequence[tuple[int, int]]
    places: Sequence[tuple[int, int]]
    links: Links

    def span(self, node: _Node) -> tuple[int, int]:
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
        if not _LEADING.search(content):
            leading = _LEADING.match(self.target[begin:end])
            begin += len(leading[0]) if leading else 0
        if not _TRAILING.search(content):
            trailing = _TRAILING.search(self.target[begin:end])
            end -= len(trailing[0]) if trailing else 0
        return (begin, end) if begin < end else self._whole(node)

    def _whole(self, node: _Node) -> tuple[int, int]:
        return self.places[node.span[0]][0], self.places[node.span[1] - 1][1]

    def place(self, node: _Node) -> int:
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
        trailing = _TRAILING.search(self.target[begin:end]) if not inside else None
        ends_in_mark = _TRAILING.search(before) is not None
        return end - (len(trailing[0]) if trailing and not ends_in_mark else 0)

    def _proportional(self, word: int) -> int:
        """Return the place of a source word, in proportion to the lengths."""
        at = round(word / len(self.words) * len(self.places))
        return self.places[at][0] if at < len(self.places) else len(self.target)


def _written(node: _Node, texts: _Texts, span: tuple[int, int]) -> list[Piece]:
    """Return the pieces of a node whose target text has this span."""
    parts: list[tuple[int, int, int, _Node]] = []
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
    part: tuple[int, int, int, _Node], taken: Sequence[tuple[int, int]]
) -> tuple[int, int, int, _Node]:
    """Return a standalone mark at a place that is in no element beside it."""
    at = part[0]
    for begin, end in taken:
        if begin < at < end:
            at = begin if at - begin < end - at else end
    return at, at, part[2], part[3]
