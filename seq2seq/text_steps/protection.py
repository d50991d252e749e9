"""Protection of what must survive translation: addresses, code, numbers, tags, emoji.

Each such item of a text becomes a placeholder, a single private-use character that the model copies
to where the item belongs in the translation; there the item is restored letter by letter:

    Visita https://example.org/a?b=1 antes del 15/03/2024.
    Visita L0 antes del N0.          (L0 and N0 stand for one character each)
    Visit L0 before N0.

A placeholder tells the model the kind of the item (a number behaves differently from a tag), and
its place among those of its kind, so that items can trade places. The idea of placeholders for
untranslatable text goes back to Luong et al. (2015) and Crego et al. (2016).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from seq2seq.text_steps.item_patterns import KINDS, item_pattern, may_have_items, trim_item

PLACES = 8
"""Number of placeholders of each kind. A text with more items of a kind uses them again in turn."""

_FIRST = 0xE010

PLACEHOLDERS = "".join(map(chr, range(_FIRST, _FIRST + len(KINDS) * PLACES)))
"""All placeholders: those of the first kind, then those of the second, and so on."""

_PLACEHOLDER = re.compile(f"[{PLACEHOLDERS[0]}-{PLACEHOLDERS[-1]}]")
_DIGITS = re.compile(r"\d")


class Item(NamedTuple):
    """Part of a text that must survive translation.

    Attributes:
        begin: Index of its first character in the text.
        text: The item, letter by letter.
        kind: Index of its kind in `KINDS`.
    """

    begin: int
    text: str
    kind: int

    @property
    def end(self) -> int:
        """Index after its last character in the text."""
        return self.begin + len(self.text)


class Protected(NamedTuple):
    """Text with placeholders, and the items they stand for.

    Attributes:
        text: The text.
        items: Pairs (placeholder, item text), in the order of the text.
    """

    text: str
    items: tuple[tuple[str, str], ...]


def find_items(text: str) -> list[Item]:
    """Find the items of a text that must survive translation, from left to right."""
    items: list[Item] = []
    if not may_have_items(text):
        return items
    at = 0
    while (found := item_pattern().search(text, at)) is not None:
        kind = KINDS.index(str(found.lastgroup))
        item = trim_item(found.group())
        if item:
            items.append(Item(found.start(), item, kind))
        at = max(found.start() + len(item), found.start() + 1)
    return items


def protect(text: str, *, places: str = PLACEHOLDERS) -> Protected:
    """Replace the items of a text with placeholders.

    Args:
        text: Any text.
        places: Placeholders that the model has learned. An item of a kind without any stays.

    Returns:
        The text with placeholders. `restore` with its items gives `text` back.
    """
    return _replace(text, find_items(text), places)


def protect_pair(source: str, target: str, *, places: str = PLACEHOLDERS) -> tuple[str, str]:
    """Replace the items that both sides of a training pair share with the same placeholders.

    Numbers are the same if their digits are, so that "1.000,5" matches "1,000.5". An item that only
    one side has stays as it is.

    Args:
        source: Source sentence.
        target: Its translation.
        places: Placeholders to use.

    Returns:
        The two sides with placeholders.
    """
    source_items = find_items(source)
    if not source_items:
        return source, target
    unused: dict[tuple[int, str], list[Item]] = defaultdict(list)
    for item in reversed(find_items(target)):
        unused[_key(item)].append(item)
    pairs = [(item, unused[_key(item)].pop()) for item in source_items if unused[_key(item)]]
    if not pairs:
        return source, target
    chosen = _choose_places([item for item, _ in pairs], places)
    twins = sorted(zip([twin for _, twin in pairs], chosen, strict=True))
    replaced = list(zip([item for item, _ in pairs], chosen, strict=True))
    return _substitute(source, replaced), _substitute(target, twins)


def restore(text: str, items: Sequence[tuple[str, str]]) -> str:
    """Replace placeholders with the items they stand for.

    Args:
        text: Translation with placeholders.
        items: Items of its source, from `protect`.

    Returns:
        The text with its items. A placeholder that stands for nothing (any more) is dropped.
    """
    waiting: dict[str, list[str]] = defaultdict(list)
    for place, item in reversed(items):
        waiting[place].append(item)
    return _PLACEHOLDER.sub(
        lambda found: waiting[found.group()].pop() if waiting[found.group()] else "", text
    )


def lost_items(text: str, items: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the items whose placeholder is missing from a translation.

    Args:
        text: Translation with placeholders.
        items: Items of its source, from `protect`.

    Returns:
        The missing items, in the order of the source.
    """
    found: dict[str, int] = defaultdict(int)
    for place in _PLACEHOLDER.findall(text):
        found[place] += 1
    lost: list[tuple[str, str]] = []
    for place, item in items:
        found[place] -= 1
        if found[place] < 0:
            lost.append((place, item))
    return lost


def with_lost_items(text: str, items: Sequence[tuple[str, str]]) -> str:
    """Insert the placeholders that a translation lacks, in proportion to their place in the source.

    Use it where the search could not place them.

    Args:
        text: Translation with placeholders.
        items: Items of its source, from `protect`.

    Returns:
        The translation with all placeholders.
    """
    lost = lost_items(text, items)
    if not lost:
        return text
    words = text.split(" ")
    order = [place for place, _ in items]
    for place, _ in lost:
        at = round((order.index(place) + 1) / (len(order) + 1) * len(words))
        words.insert(at, place)
    return " ".join(words)


def _replace(text: str, items: Sequence[Item], places: str) -> Protected:
    """Replace items, given from left to right, with placeholders."""
    chosen = [
        (item, place)
        for item, place in zip(items, _choose_places(items, places), strict=True)
        if place
    ]
    return Protected(_substitute(text, chosen), tuple((place, item.text) for item, place in chosen))


def _choose_places(items: Sequence[Item], places: str) -> list[str]:
    """Return the placeholder of each item: those of its kind in turn; "" if there are none."""
    of_kind = [
        [place for place in PLACEHOLDERS[first : first + PLACES] if place in places]
        for first in range(0, len(PLACEHOLDERS), PLACES)
    ]
    counts = [0] * len(KINDS)
    chosen: list[str] = []
    for item in items:
        known = of_kind[item.kind]
        chosen.append(known[counts[item.kind] % len(known)] if known else "")
        counts[item.kind] += 1
    return chosen


def _substitute(text: str, places: Sequence[tuple[Item, str]]) -> str:
    parts: list[str] = []
    end = 0
    for item, place in places:
        parts += text[end : item.begin], place or item.text
        end = item.end
    return "".join([*parts, text[end:]])


def _key(item: Item) -> tuple[int, str]:
    """Return what two items of a pair have in common if they are the same."""
    if KINDS[item.kind] != "number":
        return item.kind, item.text
    return item.kind, "".join(_DIGITS.findall(item.text))
