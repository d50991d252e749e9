"""Pairs of which a phrase has come from another pair, where it stood in a like place.

A small text shows most words in one sentence or two. Phrases that stand behind the same words may take each other's
place (Andreas 2020 for single texts): "Veo un perro negro." and "Es un hombre viejo." become "Veo un hombre viejo." and
"Es un perro negro.", and their translations with them.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence

from seq2seq.data.phrases import Phrase, PhrasesOf, one_of
from seq2seq.data.word_alignment import WordAligner


def recombined(
    sources: Sequence[str], targets: Sequence[str], share: float, seed: int, aligner: WordAligner
) -> tuple[list[str], list[str]]:
    """The pairs; such a share of them have given each other phrases, as far as they have some in like places.

    One phrase of a pair is drawn. Those behind the same words on both sides, and before the same signs or before words,
    are dealt anew. The same seed gives the same.
    """
    draw = random.Random(seed)
    pairs = list(zip(sources, targets, strict=True))
    rows = [row for row in range(len(pairs)) if draw.random() < share]
    links = aligner.links([sources[row] for row in rows], [targets[row] for row in rows])
    alike: defaultdict[tuple[str, ...], list[tuple[int, Phrase]]] = defaultdict(list)
    for row, linked in zip(rows, links, strict=True):
        phrase = one_of(PhrasesOf(*pairs[row], linked), draw)
        if phrase is not None:
            alike[phrase.beside].append((row, phrase))
    new = dict[int, tuple[str, str]]()
    for places in alike.values():
        for (row, phrase), (giver, given) in zip(places, draw.sample(places, len(places)), strict=True):
            source, target = (
                text[:begin] + other[first:last] + text[end:]
                for text, (begin, end), other, (first, last) in zip(
                    pairs[row], phrase.sides, pairs[giver], given.sides, strict=True
                )
            )
            new[row] = source, target
    changed = [new.get(row, pair) for row, pair in enumerate(pairs)]
    return [source for source, _ in changed], [target for _, target in changed]
