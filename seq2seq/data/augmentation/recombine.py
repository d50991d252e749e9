"""Recombine pairs: replace a phrase of one pair with a phrase of another.

Most words of a small corpus occur in only one or two sentences. Phrases with the same neighboring
words can replace each other (Andreas 2020, for single texts): "Veo un perro." and "Es un hombre
viejo." give "Veo un hombre viejo.", and their translations are recombined in the same way.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence

from seq2seq.data.alignment.word_alignment import WordAligner
from seq2seq.data.augmentation.aligner import Aligner
from seq2seq.data.augmentation.phrases import Phrase, PhrasesOf
from seq2seq.runtime.seeds import named_draws

GROUP = 20_000
"""Number of pairs that exchange phrases among themselves. All their phrases are in memory."""

ROUNDS = 30
"""Number of rounds of `recombine_sources`. Each round recombines all pairs twice."""


def recombine(
    sources: Sequence[str],
    targets: Sequence[str],
    *,
    fraction: float,
    seed: int,
    aligner: Aligner,
) -> tuple[list[str], list[str]]:
    """Replace a phrase of each changed pair with a phrase of another one that fits its place.

    A phrase fits if it has the same neighboring words or punctuation, in the source and in the
    target.

    Args:
        sources: N source sentences.
        targets: Their N translations.
        fraction: Fraction of the pairs to change. A pair that no other phrase fits stays as it is.
        seed: Random seed; the same seed gives the same pairs.
        aligner: Word aligner.

    Returns:
        N sources and N targets.
    """
    draw = named_draws("recombined", seed)
    pairs = list(zip(sources, targets, strict=True))
    rows = [row for row in range(len(pairs)) if draw.random() < fraction]
    draw.shuffle(rows)
    new = dict[int, tuple[str, str]]()
    for at in range(0, len(rows), GROUP):
        chosen = rows[at : at + GROUP]
        made = _recombine_group([pairs[row] for row in chosen], aligner, draw)
        new.update(zip(chosen, made, strict=True))
    changed = [new.get(row, pair) for row, pair in enumerate(pairs)]
    return [source for source, _ in changed], [target for _, target in changed]


def recombine_sources(
    sources: Sequence[str], targets: Sequence[str], *, count: int, seed: int
) -> list[str]:
    """Make new source sentences by recombining pairs.

    In each of ROUNDS rounds all pairs are recombined, and the results once more (see `recombine`).

    Args:
        sources: N source sentences.
        targets: Their N translations.
        count: Maximum number of new sources.
        seed: Random seed; the same seed gives the same sources.

    Returns:
        Distinct new sources in random order, none of them among `sources`. There are fewer than
        `count` if the rounds do not make more.
    """
    aligner = WordAligner.train(sources, targets)
    found = dict[str, None]()
    for turn in range(ROUNDS):
        first = seed + 2 * turn
        once = recombine(sources, targets, fraction=1.0, seed=first, aligner=aligner)
        twice = recombine(*once, fraction=1.0, seed=first + 1, aligner=aligner)
        found.update(dict.fromkeys([*once[0], *twice[0]]))
    new = sorted(found.keys() - set(sources))
    named_draws("new sources", seed).shuffle(new)
    return new[:count]


def _recombine_group(
    pairs: list[tuple[str, str]], aligner: Aligner, draw: random.Random
) -> Iterator[tuple[str, str]]:
    """Yield the pairs, each with a phrase of another pair if one fits."""
    links = aligner.links([source for source, _ in pairs], [target for _, target in pairs])
    phrases = [list(PhrasesOf(*pair, linked)) for pair, linked in zip(pairs, links, strict=True)]
    alike: defaultdict[tuple[str, ...], list[tuple[int, Phrase]]] = defaultdict(list)
    for giver, found in enumerate(phrases):
        for phrase in found:
            alike[phrase.beside].append((giver, phrase))
    for pair, found in zip(pairs, phrases, strict=True):
        places = [phrase for phrase in found if len(alike[phrase.beside]) > 1]
        if not places:
            yield pair
            continue
        place = draw.choice(places)
        giver, given = draw.choice(alike[place.beside])
        yield _replace_phrase(pair, place, pairs[giver], given)


def _replace_phrase(
    pair: tuple[str, str], place: Phrase, giver: tuple[str, str], given: Phrase
) -> tuple[str, str]:
    """Replace a phrase of a pair with a phrase of another pair."""
    sides = zip(pair, place.sides, giver, given.sides, strict=True)
    source, target = (
        text[:begin] + other[first:end_of_other] + text[end:]
        for text, (begin, end), other, (first, end_of_other) in sides
    )
    return source, target
