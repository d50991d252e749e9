"""Pairs of which a phrase has come from another pair, where it stood in a like place.

A small text shows most words in one sentence or two. Phrases that stand behind the same words may take each other's
place (Andreas 2020 for single texts): "Veo un perro negro." and "Es un hombre viejo." become "Veo un hombre viejo." and
"Es un perro negro.", and their translations with them.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence

from seq2seq.data.phrases import Phrase, PhrasesOf
from seq2seq.data.word_alignment import WordAligner


def recombined(
    sources: Sequence[str], targets: Sequence[str], share: float, seed: int, aligner: WordAligner
) -> tuple[list[str], list[str]]:
    """The pairs; in such a share of them, where there is one, another phrase of that share has taken a phrase's place.

    It stood in a like place: the same words or signs were beside it, on both sides. The same seed gives the same.
    """
    draw = random.Random(seed)
    pairs = list(zip(sources, targets, strict=True))
    rows = [row for row in range(len(pairs)) if draw.random() < share]
    links = aligner.links([sources[row] for row in rows], [targets[row] for row in rows])
    phrases = {row: list(PhrasesOf(*pairs[row], linked)) for row, linked in zip(rows, links, strict=True)}
    alike: defaultdict[tuple[str, ...], list[tuple[int, Phrase]]] = defaultdict(list)
    for row, found in phrases.items():
        for phrase in found:
            alike[phrase.beside].append((row, phrase))
    new = dict[int, tuple[str, str]]()
    for row, found in phrases.items():
        if places := [phrase for phrase in found if len(alike[phrase.beside]) > 1]:
            place = draw.choice(places)
            giver, given = draw.choice(alike[place.beside])
            new[row] = _with(pairs[row], place, pairs[giver], given)
    changed = [new.get(row, pair) for row, pair in enumerate(pairs)]
    return [source for source, _ in changed], [target for _, target in changed]


def _with(pair: tuple[str, str], place: Phrase, giver: tuple[str, str], given: Phrase) -> tuple[str, str]:
    """The pair with a phrase of another in the place of one of its own."""
    (ours, theirs), (our_place, their_place), (our_part, their_part) = giver, place.sides, given.sides
    source, target = pair
    return (
        source[: our_place[0]] + ours[slice(*our_part)] + source[our_place[1] :],
        target[: their_place[0]] + theirs[slice(*their_part)] + target[their_place[1] :],
    )
