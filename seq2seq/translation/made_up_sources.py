"""Sources that a model has not seen in training: garbled, foreign, decorated."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

Pair = tuple[str, str]
"""Source and reference."""

_LETTER = re.compile(r"[^\W\d_]")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_CYRILLIC = "абвгдежзиклмнопрстуфхцчшщыэюя"
_DECORATIONS = ("{} 😀", "• {}", "{} https://www.example.org/a?b=1", "<b>{}</b>", "## {}", "“{}”")

_FOREIGN = 3
"""Place of the foreign sources among the kinds."""

REPLACED = 0.5
"""Fraction of the letters that are replaced where letters are replaced."""


def made_up_sources(pairs: Sequence[Pair], *, foreign: bool, seed: int = 0) -> list[Pair]:
    """Return pairs with sources that differ from those of the training.

    The kinds take turns: letters permuted in each word, letters replaced, words from all sources,
    the reference as a source, letters of another script in some words, decorations, capitals.

    Args:
        pairs: Pairs of ordinary text.
        foreign: If true, references are among the sources: the model is not to translate from
            their language.
        seed: Random seed.

    Returns:
        One pair per given pair. The reference is that of the original source; it is "" for a
        source in the language of the references, since no translation of it can be trusted, even
        if the model copies it.
    """
    draw = random.Random(seed)
    words = [word for source, _ in pairs for word in source.split()] or [""]
    kinds: list[Callable[[Pair], str]] = [
        lambda pair: _by_word(pair[0], lambda word: _permuted(word, draw)),
        lambda pair: _replaced(pair[0], draw, _ALPHABET, REPLACED),
        lambda pair: " ".join(draw.choice(words) for _ in pair[0].split()),
        lambda pair: pair[1] if foreign else _by_word(pair[0], lambda word: word[::-1]),
        lambda pair: _replaced(pair[0], draw, _CYRILLIC, REPLACED / 2),
        lambda pair: draw.choice(_DECORATIONS).format(pair[0]),
        lambda pair: pair[0].upper(),
    ]
    found = [(kinds[turn % len(kinds)](pair), pair[1]) for turn, pair in enumerate(pairs)]
    if foreign:
        places = range(_FOREIGN, len(found), len(kinds))
        for place in places:
            found[place] = (found[place][0], "")
    return found


def _by_word(text: str, change: Callable[[str], str]) -> str:
    return " ".join(map(change, text.split()))


def _permuted(word: str, draw: random.Random) -> str:
    return "".join(draw.sample(word, len(word)))


def _replaced(text: str, draw: random.Random, alphabet: str, fraction: float) -> str:
    """Replace a fraction of the letters of a text with random ones."""
    return _LETTER.sub(
        lambda match: draw.choice(alphabet) if draw.random() < fraction else match[0], text
    )
