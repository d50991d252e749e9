"""Replace names with made-up ones, so that a model learns to copy names.

Most names are rare in a small corpus, and a model trained on it replaces an unknown name with one
it knows well. A made-up name occurs only once or twice, so the model can only learn to copy it
letter by letter.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from seq2seq.data.augmentation.aligner import Aligner
from seq2seq.text import LETTERS, mostly_capitalized

_INSIDE = re.compile(r"(?<=[^\W\d_][ ,;:-])[^\W\d_]+|(?<=[,;:] )[^\W\d_]+")
"""Matches a word inside a sentence, not at its beginning."""


def find_names(texts: Iterable[str]) -> set[str]:
    """Return the words that are mostly capitalized mid-sentence: names, "I", German nouns."""
    found = Counter(word for text in texts for word in _INSIDE.findall(text))
    return mostly_capitalized(found)


def augment_names(
    sources: Sequence[str],
    targets: Sequence[str],
    *,
    fraction: float,
    seed: int,
    aligner: Aligner | None = None,
) -> tuple[list[str], list[str]]:
    """Replace names that occur on both sides of a pair with made-up ones, the same on both sides.

    A made-up name consists of the beginning of one source word and the end of another.

    Args:
        sources: N source sentences.
        targets: Their N translations.
        fraction: Fraction of the pairs to change. A pair without a shared name stays
            as it is.
        seed: Random seed; the same seed gives the same pairs.
        aligner: Not used.

    Returns:
        N sources and N targets.
    """
    draw = random.Random(seed)
    known = find_names(targets)
    words = sorted(
        {word for text in sources for word in LETTERS.findall(text) if 4 <= len(word) <= 12}
    )
    pairs = list(zip(sources, targets, strict=True))
    for index, (source, target) in enumerate(pairs):
        if draw.random() >= fraction:
            continue
        shared = sorted(known & set(LETTERS.findall(source)) & set(LETTERS.findall(target)))
        if shared and words:
            new = {name: _make_up_name(draw, words) for name in shared}
            pairs[index] = _replace_words(source, new), _replace_words(target, new)
    return [source for source, _ in pairs], [target for _, target in pairs]


def _make_up_name(draw: random.Random, words: Sequence[str]) -> str:
    first = draw.choice(words)
    second = draw.choice(words)
    return (first[: (len(first) + 1) // 2] + second[len(second) // 2 :]).capitalize()


def _replace_words(text: str, new: dict[str, str]) -> str:
    return LETTERS.sub(lambda found: new.get(found.group(), found.group()), text)
