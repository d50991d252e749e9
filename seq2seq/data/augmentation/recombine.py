"""Pairs of which a phrase has come from another pair, where it stood in a like place.

A small text shows most words in one sentence or two. Phrases that stand between the same words may
take each other's place (Andreas 2020, for single texts): of "Veo un perro." and "Es un hombre
viejo." may come "Veo un hombre viejo.", and its translation with it."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence

from seq2seq.data.alignment.word_alignment import WordAligner
from seq2seq.data.augmentation.phrases import Phrase, PhrasesOf

TOGETHER = 20_000
"""Pairs that may give each other phrases, of which all phrases are in memory at a time."""

ROUNDS = 30
"""How often all pairs are recombined, and once more, for `new_sources`."""


def recombined(
    sources: Sequence[str], targets: Sequence[str], share: float, seed: int, aligner: WordAligner
) -> tuple[list[str], list[str]]:
    """The pairs; in such a share of them, where there is one, another phrase of that share has
    taken a phrase's place.

    It stood in a like place: the same words or signs were beside it, on both sides. The same seed
    gives the same."""
    draw = random.Random(f"recombined {seed}")
    pairs = list(zip(sources, targets, strict=True))
    rows = [row for row in range(len(pairs)) if draw.random() < share]
    draw.shuffle(rows)
    new = dict[int, tuple[str, str]]()
    for at in range(0, len(rows), TOGETHER):
        chosen = rows[at : at + TOGETHER]
        made = _recombined([pairs[row] for row in chosen], aligner, draw)
        new.update(zip(chosen, made, strict=True))
    changed = [new.get(row, pair) for row, pair in enumerate(pairs)]
    return [source for source, _ in changed], [target for _, target in changed]


def new_sources(sources: Sequence[str], targets: Sequence[str], count: int, seed: int) -> list[str]:
    """So many sources that are none of these, in random order: all are recombined, and again, in
    ROUNDS rounds.

    Where these do not give so many, there are fewer.
    """
    aligner = WordAligner.train(sources, targets)
    found = dict[str, None]()
    for turn in range(ROUNDS):
        once = recombined(sources, targets, 1.0, seed + 2 * turn, aligner)
        twice = recombined(*once, 1.0, seed + 2 * turn + 1, aligner)
        found.update(dict.fromkeys([*once[0], *twice[0]]))
    new = sorted(found.keys() - set(sources))
    random.Random(f"new sources {seed}").shuffle(new)
    return new[:count]


def _recombined(
    pairs: list[tuple[str, str]], aligner: WordAligner, draw: random.Random
) -> Iterator[tuple[str, str]]:
    """The pairs, each with a phrase of another, where it can."""
    links = aligner.links([source for source, _ in pairs], [target for _, target in pairs])
    phrases = [list(PhrasesOf(*pair, linked)) for pair, linked in zip(pairs, links, strict=True)]
    alike: defaultdict[tuple[str, ...], list[tuple[int, Phrase]]] = defaultdict(list)
    for giver, found in enumerate(phrases):
        for phrase in found:
            alike[phrase.beside].append((giver, phrase))
    for pair, found in zip(pairs, phrases, strict=True):
        if places := [phrase for phrase in found if len(alike[phrase.beside]) > 1]:
            place = draw.choice(places)
            giver, given = draw.choice(alike[place.beside])
            yield _with(pair, place, pairs[giver], given)
        else:
            yield pair


def _with(
    pair: tuple[str, str], place: Phrase, giver: tuple[str, str], given: Phrase
) -> tuple[str, str]:
    """The pair with a phrase of another in the place of one of its own."""
    (ours, theirs), (our_place, their_place), (our_part, their_part) = (
        giver,
        place.sides,
        given.sides,
    )
    source, target = pair
    return (
        source[: our_place[0]] + ours[slice(*our_part)] + source[our_place[1] :],
        target[: their_place[0]] + theirs[slice(*their_part)] + target[their_place[1] :],
    )
