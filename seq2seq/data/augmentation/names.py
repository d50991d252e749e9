"""Pairs in which a name is another, made-up one: from them a model learns to copy names, rather
than some names.

In a small text most names are few: a model of it writes the name it knows best for one it does not
know. Of words that were made up, each comes but once or twice, so that nothing but copying them
letter by letter is of use."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence

WORD = re.compile(r"[^\W\d_]+")
_WITHIN = re.compile(r"(?<=[^\W\d_][ ,;:-])[^\W\d_]+|(?<=[,;:] )[^\W\d_]+")


def names(texts: Iterable[str]) -> set[str]:
    """The words that mostly have a capital within a sentence too, with it: names, "I", German
    nouns."""
    found = Counter(word for text in texts for word in _WITHIN.findall(text))
    return {
        word
        for word, count in found.items()
        if word[0].isupper() and count > found[word[0].lower() + word[1:]]
    }


def renamed(
    sources: Sequence[str], targets: Sequence[str], share: float, seed: int
) -> tuple[list[str], list[str]]:
    """The pairs; in such a share of those with a name on both sides each such name is a made-up
    one, on both sides.

    A made-up name is the beginning of one word of the sources and the end of another. The same seed
    gives the same."""
    draw, known = random.Random(seed), names(targets)
    words = sorted(
        {word for text in sources for word in WORD.findall(text) if 4 <= len(word) <= 12}
    )
    pairs = list(zip(sources, targets, strict=True))
    for index, (source, target) in enumerate(pairs):
        if draw.random() >= share:
            continue
        shared = sorted(known & set(WORD.findall(source)) & set(WORD.findall(target)))
        if shared and words:
            new = {name: _made_up(draw, words) for name in shared}
            pairs[index] = _replaced(source, new), _replaced(target, new)
    return [source for source, _ in pairs], [target for _, target in pairs]


def _made_up(draw: random.Random, words: Sequence[str]) -> str:
    first, second = draw.choice(words), draw.choice(words)
    return (first[: (len(first) + 1) // 2] + second[len(second) // 2 :]).capitalize()


def _replaced(text: str, new: dict[str, str]) -> str:
    return WORD.sub(lambda found: new.get(found.group(), found.group()), text)
