"""Tree of the markup of a text: an element is a pair of marks with what is between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from seq2seq.documents.markup import CLOSE, OPEN, Mark, Piece, Pieces, text_of


@dataclass(eq=False)
class Node:
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
    parent: Node | None = None
    after: tuple[Mark, ...] = ()
    end: int = 0
    children: list[Node] = field(default_factory=list)
    words: tuple[int, int] = (0, 0)
    span: tuple[int, int] = (0, 0)
    known: list[tuple[int, int]] = field(default_factory=list)

    @property
    def has_words(self) -> bool:
        return self.words[0] < self.words[1]

    @property
    def depth(self) -> int:
        return 0 if self.parent is None else self.parent.depth + 1

    def within(self, other: Node) -> bool:
        """Return whether this is another node or is inside it."""
        node: Node | None = self
        while node is not None and node is not other:
            node = node.parent
        return node is not None


def tree_of(pieces: Pieces, words: Sequence[tuple[int, int]]) -> Node:
    """Return the tree of a text; a mark without its other half is standalone.

    Args:
        pieces: The text, with its markup.
        words: Where its words begin and end.

    Returns:
        The root.
    """
    partners = _partners(pieces)
    root = Node((), 0)
    open_nodes = [root]
    seen: list[Piece] = []
    for place, piece in enumerate(pieces):
        seen.append(piece)
        if isinstance(piece, str):
            continue
        at = len(text_of(seen))
        if place in partners and piece.kind == OPEN:
            node = Node((piece,), at, open_nodes[-1])
            open_nodes[-1].children.append(node)
            open_nodes.append(node)
        elif place in partners:
            node = open_nodes.pop()
            node.after = (piece,)
            node.end = at
        else:
            open_nodes[-1].children.append(Node((piece,), at, open_nodes[-1], end=at))
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


def _count_words(node: Node, words: Sequence[tuple[int, int]]) -> None:
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


def _marks(node: Node) -> list[Mark]:
    """Return all marks of a node in order."""
    inner = [mark for child in node.children for mark in _marks(child)]
    return [*node.before, *inner, *node.after]


def elements(node: Node) -> Iterator[Node]:
    """Yield the elements with words in a node.

    Args:
        node: An element, or the root.
    """
    for child in node.children:
        if child.has_words:
            yield child
        yield from elements(child)


def innermost(node: Node, begin: int, end: int) -> Node:
    """Return the innermost element that holds the larger part of a word.

    Args:
        node: Where to look.
        begin: Where the word begins.
        end: Where it ends.
    """
    for child in node.children:
        shared = min(end, child.end) - max(begin, child.begin)
        if child.has_words and 2 * shared >= end - begin:
            return innermost(child, begin, end)
    return node


def shared_element(one: Node | None, other: Node) -> Node:
    """Return the innermost element around two nodes.

    Args:
        one: A node of a tree.
        other: Another node of it.
    """
    while one is not None and not other.within(one):
        one = one.parent
    assert one is not None  # the root is around everything
    return one
