"""Where the elements of a source go in a translation: a run of target words for each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from seq2seq.documents.markup_tree import Node, elements, innermost, shared_element

Links = Sequence[tuple[int, int]]
"""Pairs (source word, target word); words are separated by white space and counted from 0."""

Alone = Mapping[str, str]
"""Translations of texts by themselves."""

MIN_LETTERS = 4
"""Minimum number of letters of a word that is looked for without the words beside it."""

_WORD = re.compile(r"\S+")
TRAILING = re.compile(r"[^\w\s]+$")
"""Punctuation at the end of a text."""

LEADING = re.compile(r"^[^\w\s]+")
"""Punctuation at the beginning of a text."""


def find_known(root: Node, source: str, target: str, alone: Alone) -> None:
    """Find where the translation of each element by itself occurs in that of the segment.

    Args:
        root: The tree of the source.
        source: The source, without markup.
        target: Its translation.
        alone: Translations of the texts of elements.
    """
    there = [_bare(found[0]) for found in _WORD.finditer(target)]
    for node in elements(root):
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
    return LEADING.sub("", TRAILING.sub("", word)).casefold()


def owners_of(root: Node, words: Sequence[tuple[int, int]], count: int, links: Links) -> list[Node]:
    """Return the element that each target word belongs to.

    Args:
        root: The tree of the source.
        words: Where the source words begin and end.
        count: Number of target words.
        links: Word alignment; none if unknown.

    Returns:
        An element per target word.
    """
    of_source = [innermost(root, *span) for span in words]
    known: list[Node | None] = [None] * count
    if not links:  # in proportion
        return [of_source[min(j * len(words) // count, len(words) - 1)] for j in range(count)]
    for i, j in links:
        node = of_source[i]
        known[j] = node if known[j] is None else shared_element(known[j], node)
    before: list[Node] = []
    last = of_source[0]
    for one in known:
        last = one or last
        before.append(last)
    after: list[Node] = []
    last = of_source[-1]
    for one in reversed(known):
        last = one or last
        after.append(last)
    pairs = zip(known, before, reversed(after), strict=True)
    return [one or shared_element(left, right) for one, left, right in pairs]


def choose_spans(node: Node, owners: Sequence[Node], words: int) -> None:
    """Choose the target words of each element in a node, those with most words first.

    Args:
        node: An element whose span is known, such as the root.
        owners: The element that each target word belongs to.
        words: Number of source words.
    """
    free = [node.span]
    children = [child for child in node.children if child.has_words]
    for child in sorted(children, key=lambda one: one.words[0] - one.words[1]):
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
    for child in children:
        choose_spans(child, owners, words)


def _known_run(
    node: Node,
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
