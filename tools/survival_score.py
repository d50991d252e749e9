"""Score what translations keep: whether items are intact, and whether they are in the right place.

**Intact.** An item is intact if its exact text occurs in the output as often as in the source. An
occurrence must not be part of a longer item: "512" does not occur in "5123", "5.12", "-512" or
"x512", nor a thumb without skin tone in one with it.

**Placed.** Only sentences with all items intact are judged. Text is compared as words in lowercase
without accents; items are no words. An item is in the right place if all of this holds:

1. All items of the sentence come in the order of the reference.
2. If no word stands before it in the source and in the reference, none does in the output; if words
   do in both, some do in the output. The same holds for words after it, and for words between it
   and the next item.
3. Its context or its position agrees. The context agrees if one of the two words to its left is a
   content word and among the three words to its left in the reference, or the same on the right.
   The position agrees if the number of words before it, or after it, differs from the reference's
   by at most 15% of the reference's words, or by one word.
4. Markup belongs to one word: the word next to it on one side is the reference's, or the number of
   words before it, or after it, is.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

NEAR = 2
"""Number of words of the output on either side of an item that can show its place."""

NEAR_IN_REFERENCE = 3
"""Number of words of the reference on either side of an item that they are compared with."""

TOLERANCE = 0.15
"""Difference between two positions that still agree, as a fraction of the reference's words."""

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")

_STOP_WORDS = (
    "a al ante con de del desde e el en entre es esta la las lo los mi no o para por que se sin su "
    "sus tu un una unas unos y ya an and are as at be by for from has have if in into is it its my "
    "not of on or that the their this to was were will with you your"
)
STOP_WORDS = frozenset(_STOP_WORDS.split())
"""Words too frequent to show the place of an item."""

JOINERS = frozenset("\u200d\ufe0f\u20e3").union(map(chr, range(0x1F3FB, 0x1F400)))
"""Characters that make another emoji of the one before them."""


@dataclass(frozen=True)
class Item:
    """Text that must survive, and its kind."""

    kind: str
    text: str


@dataclass(frozen=True)
class Sentence:
    """Source and reference with the items in both; `origin` is "template" or "pair"."""

    source: str
    reference: str
    items: tuple[Item, ...]
    origin: str


@dataclass(frozen=True)
class Judgement:
    """For each item of a sentence, whether it is intact and whether it is in the right place."""

    intact: tuple[bool, ...]
    placed: tuple[bool, ...]


@dataclass
class Tally:
    """Number of items or sentences, of intact ones, of judged ones and of those in place."""

    all: int = 0
    intact: int = 0
    judged: int = 0
    placed: int = 0

    def add(self, intact: bool, judged: bool, placed: bool) -> None:
        """Count one more."""
        self.all += 1
        self.intact += intact
        self.judged += judged
        self.placed += placed

    def __str__(self) -> str:
        intact = f"{self.intact / max(1, self.all):7.2%} of {self.all:5,} intact"
        return f"{intact}, {self.placed / max(1, self.judged):7.2%} of {self.judged:5,} placed"


@dataclass
class Survival:
    """Result over many sentences: all of them, by origin, and their items by kind.

    Attributes:
        sentences: Sentences with all items intact, and of those, with all in the right place.
        origins: The same by origin of the sentence.
        kinds: Items by kind; placed ones are counted in sentences with all items intact.
        failures: Sentences with an item that is not intact or not in place, with the output.
    """

    sentences: Tally = field(default_factory=Tally)
    origins: dict[str, Tally] = field(default_factory=dict)
    kinds: dict[str, Tally] = field(default_factory=dict)
    failures: list[tuple[Sentence, str, Judgement]] = field(default_factory=list)

    @property
    def intact(self) -> float:
        """Fraction of sentences with all items intact."""
        return self.sentences.intact / max(1, self.sentences.all)

    @property
    def placed(self) -> float:
        """Fraction of sentences with all items in place, of those with all items intact."""
        return self.sentences.placed / max(1, self.sentences.judged)


def score(sentences: Sequence[Sentence], outputs: Sequence[str]) -> Survival:
    """Judge one output for each sentence and count."""
    result = Survival()
    for sentence, output in zip(sentences, outputs, strict=True):
        judgement = judge(sentence, output)
        intact = all(judgement.intact)
        placed = all(judgement.placed)
        result.sentences.add(intact, intact, placed)
        result.origins.setdefault(sentence.origin, Tally()).add(intact, intact, placed)
        for item, kept, there in zip(
            sentence.items, judgement.intact, judgement.placed, strict=True
        ):
            result.kinds.setdefault(item.kind, Tally()).add(kept, intact, there)
        if not placed:
            result.failures.append((sentence, output, judgement))
    return result


def judge(sentence: Sentence, output: str) -> Judgement:
    """Return whether each item of one sentence is intact and in place in the output."""
    wanted = Counter(item.text for item in sentence.items)
    found = {text: len(occurrences(text, output)) for text in wanted}
    intact = tuple(found[item.text] == wanted[item.text] for item in sentence.items)
    if not all(intact):
        return Judgement(intact, (False,) * len(intact))
    texts = [item.text for item in sentence.items]
    ours = places(texts, output)
    theirs = places(texts, sentence.reference)
    if [place.item for place in ours] != [place.item for place in theirs]:
        return Judgement(intact, (False,) * len(intact))
    sources = _in_order(places(texts, sentence.source), ours)
    kinds = {item.text: item.kind for item in sentence.items}
    placed = dict.fromkeys(wanted, True)
    for our, their, source in zip(ours, theirs, sources, strict=True):
        right = _keeps_edges(our, their, source) and _is_near(our, their)
        if kinds[our.item] == "markup":
            right = right and _is_attached(our, their)
        placed[our.item] &= right
    return Judgement(intact, tuple(placed[text] for text in texts))


@dataclass(frozen=True)
class Place:
    """Occurrence of an item, with the words to its left and right, and those before the next."""

    item: str
    left: list[str]
    right: list[str]
    gap: list[str]


def _in_order(sources: Sequence[Place], ours: Sequence[Place]) -> list[Place]:
    """Return, for each of our places, the occurrence in the source with the same number."""
    queues: dict[str, list[Place]] = {}
    for place in sources:
        queues.setdefault(place.item, []).append(place)
    return [queues[our.item].pop(0) for our in ours]


def _keeps_edges(our: Place, reference: Place, source: Place) -> bool:
    """Return whether words stand around it where they do in both the source and the reference."""
    return all(
        bool(mine) == bool(theirs) or bool(theirs) != bool(original)
        for mine, theirs, original in (
            (our.left, reference.left, source.left),
            (our.right, reference.right, source.right),
            (our.gap, reference.gap, source.gap),
        )
    )


def _is_near(our: Place, reference: Place) -> bool:
    """Return whether the context or the position agrees with the reference's."""
    if _agrees(our.left[-NEAR:], reference.left[-NEAR_IN_REFERENCE:]):
        return True
    if _agrees(our.right[:NEAR], reference.right[:NEAR_IN_REFERENCE]):
        return True
    allowed = TOLERANCE * (len(reference.left) + len(reference.right))
    return _difference(our, reference) <= max(1, allowed)


def _is_attached(our: Place, reference: Place) -> bool:
    """Return whether a word next to it, or its position, is the reference's."""
    same = our.left[-1:] == reference.left[-1:] or our.right[:1] == reference.right[:1]
    return same or _difference(our, reference) == 0


def _difference(our: Place, reference: Place) -> int:
    """Return the difference between two positions, counted from the end that is more alike."""
    return min(abs(len(our.left) - len(reference.left)), abs(len(our.right) - len(reference.right)))


def _agrees(words: Iterable[str], others: Sequence[str]) -> bool:
    """Return whether a content word is in both."""
    return any(word in others and word not in STOP_WORDS for word in words)


def places(items: Sequence[str], text: str) -> list[Place]:
    """Return the occurrences of the items from left to right, with the words around them."""
    spans = sorted(
        (start, start + len(item), item) for item in set(items) for start in occurrences(item, text)
    )
    words: list[str] = []
    numbers = []
    end = 0
    for start, stop, _ in spans:
        words += folded_words(text[end:start])
        numbers.append(len(words))
        end = max(end, stop)
    words += folded_words(text[end:])
    nexts = [*numbers[1:], len(words)][: len(numbers)]
    return [
        Place(item, words[:number], words[number:], words[number:following])
        for (_, _, item), number, following in zip(spans, numbers, nexts, strict=True)
    ]


def folded_words(text: str) -> list[str]:
    """Return the words in lowercase without accents."""
    plain = unicodedata.normalize("NFKD", text.lower())
    kept = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return WORD.findall(kept)


def occurrences(item: str, text: str) -> list[int]:
    """Return where the item occurs, but not as part of a longer one."""
    found = []
    start = text.find(item)
    while start >= 0:
        end = start + len(item)
        if _stands_alone(item, text[max(0, start - 2) : start], text[end : end + 2]):
            found.append(start)
            start = text.find(item, end)
        else:
            start = text.find(item, start + 1)
    return found


def _stands_alone(item: str, left: str, right: str) -> bool:
    """Return whether the two characters on each side leave the item what it is."""
    if left.endswith("\u200d") or right[:1] in JOINERS:
        return False
    if _is_word(item[0]) or item[0] in "/\\~@#$.-+":
        if left and (_is_word(left[-1]) or left[-1] in "/\\@#$~+−-€£"):
            return False
        if len(left) == 2 and left[1] in ".,:" and _is_word(left[0]) and _is_word(item[0]):
            return False
    if (_is_word(item[-1]) or item[-1] in "/\\") and right:
        if _is_word(right[0]):
            return False
        if len(right) == 2 and right[0] in ".,:/@-" and _is_word(right[1]):
            return False
    return True


def _is_word(sign: str) -> bool:
    return sign.isalnum() or sign == "_"
