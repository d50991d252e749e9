"""Decorate pairs with items that must be copied: emoji, quotes, tags, URLs, numbers.

A corpus of plain sentences has none of them, so a model trained on it writes nonsense for any
source with an emoji. The same item at the same place on both sides teaches it to copy.
"""

from __future__ import annotations

import itertools
import random
import re
from collections import Counter
from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from seq2seq.data.augmentation.aligner import Aligner
from seq2seq.data.augmentation.made_up_items import ItemMaker
from seq2seq.data.augmentation.noise import ENDS
from seq2seq.data.augmentation.phrases import Phrase
from seq2seq.data.augmentation.separate_phrases import choose_separate_phrases
from seq2seq.runtime.seeds import named_draws
from seq2seq.text_steps.item_patterns import KINDS
from seq2seq.text_steps.protection import Item, find_items

SEVERAL = 0.15
"""Fraction of the changed pairs that get two or three decorations."""

NEW_NUMBERS = 0.5
"""Fraction of the changed pairs with a shared number in which it is replaced with another one."""

_STOPS = ENDS + "…"
_PLAIN_STOPS = ".。"
_DIGIT = re.compile(r"\d")
_LIST_MARKS = ("• ", "- ", "* ", "→ ", "✓ ", "– ", "‣ ", "> ", "[ ] ", "[x] ", "▪ ", "☐ ", "+ ")
_HEADINGS = ("# ", "## ", "### ")
_EMPHASIS = ("*", "*", "**", "**", "_", "__", "***", "~~")
_QUOTES = (('"', '"'), ("'", "'"), ("“", "”"), ("«", "»"), ("‘", "’"), ("„", "“"))
_PLAIN = str.maketrans("“”„«»‘’", '"""""\'\'')
_BRACKETS = (("(", ")"), ("(", ")"), ("[", "]"))
_JOINTS = ((" ", ""), (" ", ""), (" ", ""), (" (", ")"), (" [", "]"), (": ", ""), (" - ", ""))


class _Place(Enum):
    """Part of a sentence that a decoration encloses."""

    WHOLE = 1
    WITHOUT_STOP = 2
    PHRASE = 3


class _Decoration(NamedTuple):
    """Texts to put before and after a part of each side.

    Attributes:
        before: Text before the part, in the source.
        after: Text after the part, in the source.
        place: The part. If no phrase is certain, the whole sentence is used instead.
    """

    before: str
    after: str
    place: _Place = _Place.WHOLE


class _Kind(Enum):
    """Kind of decoration. Those that enclose others come last."""

    ITEM = 1
    NUMBER = 2
    PICTURES = 3
    EMPHASIS = 4
    QUOTES = 5
    BRACKETS = 6
    TAGS = 7
    SINGLE_TAG = 8
    HEADING = 9
    LIST_MARK = 10


_WEIGHTS = {
    _Kind.ITEM: 20,
    _Kind.NUMBER: 13,
    _Kind.PICTURES: 17,
    _Kind.EMPHASIS: 6,
    _Kind.QUOTES: 12,
    _Kind.BRACKETS: 5,
    _Kind.TAGS: 12,
    _Kind.SINGLE_TAG: 2,
    _Kind.HEADING: 3,
    _Kind.LIST_MARK: 10,
}
_KINDS = tuple(_WEIGHTS)
_CUMULATIVE = tuple(itertools.accumulate(_WEIGHTS.values()))


def add_items(
    sources: Sequence[str],
    targets: Sequence[str],
    *,
    fraction: float,
    seed: int,
    aligner: Aligner,
) -> tuple[list[str], list[str]]:
    """Add made-up items and decorations at the same place on both sides.

    Emoji, tags, quotes, brackets, emphasis, list marks, headings, addresses, code, placeholders and
    numbers are added to the whole sentence or to an aligned phrase. Typographic quotes are plain in
    the target. Some pairs get several. In half of the pairs with a number that both sides share, it
    is replaced with another one instead.

    Args:
        sources: N source sentences.
        targets: Their N translations.
        fraction: Fraction of the pairs to change.
        seed: Random seed; the same seed gives the same pairs.
        aligner: Word aligner.

    Returns:
        N sources and N targets.
    """
    draw = named_draws("items", seed)
    pairs = list(zip(sources, targets, strict=True))
    rows = [row for row in range(len(pairs)) if draw.random() < fraction]
    maker = ItemMaker(draw, sources)
    plans = dict[int, list[_Decoration]]()
    for row in rows:
        if all(text.strip() for text in pairs[row]):
            pairs[row], plans[row] = _plan(pairs[row], maker, draw)
    with_phrase = [
        row
        for row, decorations in plans.items()
        if any(decoration.place is _Place.PHRASE for decoration in decorations)
    ]
    phrases = choose_separate_phrases(pairs, with_phrase, draw=draw, aligner=aligner)
    for row, decorations in plans.items():
        pairs[row] = _decorate(pairs[row], decorations, phrases.get(row))
    return [source for source, _ in pairs], [target for _, target in pairs]


def _plan(
    pair: tuple[str, str], maker: ItemMaker, draw: random.Random
) -> tuple[tuple[str, str], list[_Decoration]]:
    """Replace a number of a pair, or draw its decorations, or both."""
    several = draw.random() < SEVERAL
    new = _replace_number(pair, maker, draw) if draw.random() < NEW_NUMBERS else None
    count = draw.randint(2, 3) if several else 1
    if new is not None:
        count -= 1
    drawn = set(draw.choices(_KINDS, cum_weights=_CUMULATIVE, k=count))
    kinds = [kind for kind in _KINDS if kind in drawn]
    return new or pair, [_draw_decoration(kind, maker, draw) for kind in kinds]


def _draw_decoration(kind: _Kind, maker: ItemMaker, draw: random.Random) -> _Decoration:
    """Make up a decoration of a kind."""
    match kind:
        case _Kind.ITEM:
            return _join(maker.address(), draw)
        case _Kind.NUMBER:
            return _join(maker.placeholder() if draw.random() < 0.5 else maker.number(), draw)
        case _Kind.PICTURES:
            return _place_pictures(maker.pictures(), draw)
        case _Kind.EMPHASIS:
            mark = draw.choice(_EMPHASIS)
            return _Decoration(mark, mark, _draw_place(draw, phrases=0.6))
        case _Kind.QUOTES:
            return _Decoration(*draw.choice(_QUOTES), _draw_place(draw, phrases=0.5))
        case _Kind.BRACKETS:
            return _Decoration(*draw.choice(_BRACKETS), _draw_place(draw, phrases=0.4))
        case _Kind.TAGS:
            return _Decoration(*maker.tags(), _draw_place(draw, phrases=0.5))
        case _Kind.SINGLE_TAG:
            tag = maker.single_tag()
            return _Decoration(tag, "") if draw.random() < 0.2 else _Decoration("", tag)
        case _Kind.HEADING:
            return _Decoration(draw.choice(_HEADINGS), "")
        case _Kind.LIST_MARK:
            return _Decoration(_list_mark(draw), "")


def _draw_place(draw: random.Random, *, phrases: float) -> _Place:
    """Draw a phrase or the whole sentence; the latter at times without its stop."""
    if draw.random() < phrases:
        return _Place.PHRASE
    return _Place.WITHOUT_STOP if draw.random() < 0.3 else _Place.WHOLE


def _join(item: str, draw: random.Random) -> _Decoration:
    """Put an item before or after the sentence, before its stop or after a phrase."""
    style = draw.random()
    if style < 0.15:
        return _Decoration(item + draw.choice((" ", ": ", " - ")), "")
    before, after = draw.choice(_JOINTS)
    if style < 0.35:
        return _Decoration("", f" {item}", _Place.PHRASE)
    place = _Place.WITHOUT_STOP if style < 0.7 or before[0] == ":" else _Place.WHOLE
    return _Decoration("", before + item + after, place)


def _place_pictures(pictures: str, draw: random.Random) -> _Decoration:
    style = draw.random()
    if style < 0.2:
        return _Decoration(f"{pictures} ", "")
    if style < 0.35:
        return _Decoration("", f" {pictures}", _Place.PHRASE)
    space = " " if pictures.isascii() or draw.random() < 0.8 else ""
    place = _Place.WITHOUT_STOP if style < 0.45 else _Place.WHOLE
    return _Decoration("", space + pictures, place)


def _list_mark(draw: random.Random) -> str:
    if draw.random() < 0.6:
        return draw.choice(_LIST_MARKS)
    number = str(draw.randint(1, draw.choice((9, 9, 200))))
    label = number if draw.random() < 0.8 else draw.choice("abcdefgABCDEFG")
    return label + draw.choice((". ", ". ", ") "))


def _decorate(
    pair: tuple[str, str], decorations: Sequence[_Decoration], phrase: Phrase | None
) -> tuple[str, str]:
    """Apply decorations: first the one for the phrase, then those for the sentence."""
    for decoration in sorted(decorations, key=lambda one: one.place is not _Place.PHRASE):
        if decoration.place is _Place.PHRASE and phrase is not None:
            parts = phrase.sides
            phrase = None
        else:
            stops = _PLAIN_STOPS if decoration.before else _STOPS
            parts = _sentence(pair, decoration.place, stops)
        plain = decoration.before.translate(_PLAIN), decoration.after.translate(_PLAIN)
        pair = (
            _enclose(pair[0], parts[0], decoration.before, decoration.after),
            _enclose(pair[1], parts[1], *plain),
        )
    return pair


def _sentence(
    pair: tuple[str, str], place: _Place, stops: str
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the span of each side, without its stop if both have one and it is to be left out."""
    ends = [len(text) for text in pair]
    if place is _Place.WITHOUT_STOP:
        before_stops = [len(text.rstrip(stops)) for text in pair]
        if all(0 < place < end for place, end in zip(before_stops, ends, strict=True)):
            ends = before_stops
    return (0, ends[0]), (0, ends[1])


def _enclose(text: str, part: tuple[int, int], before: str, after: str) -> str:
    begin, end = part
    return text[:begin] + before + text[begin:end] + after + text[end:]


def _replace_number(
    pair: tuple[str, str], maker: ItemMaker, draw: random.Random
) -> tuple[str, str] | None:
    """Replace a number that each side has once; return None if there is none."""
    if not all(_DIGIT.search(text) for text in pair):
        return None
    source, target = map(_numbers, pair)
    shared = sorted(source.keys() & target.keys())
    if not shared:
        return None
    digits = draw.choice(shared)
    new = maker.number()
    return _put(pair[0], source[digits], new), _put(pair[1], target[digits], new)


def _numbers(text: str) -> dict[str, Item]:
    """Return the numbers of a text by their digits, without those that occur twice."""
    found = [item for item in find_items(text) if KINDS[item.kind] == "number"]
    digits = ["".join(_DIGIT.findall(item.text)) for item in found]
    counts = Counter(digits)
    return {one: item for one, item in zip(digits, found, strict=True) if counts[one] == 1}


def _put(text: str, item: Item, new: str) -> str:
    return text[: item.begin] + new + text[item.end :]
