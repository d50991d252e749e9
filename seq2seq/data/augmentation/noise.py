"""Pairs as people type them: without the full stop, the capital at the beginning, the accents.

A model of tidy sentences alone makes nonsense of "casa de papel", as each of its sources ends with
a stop and begins with a capital. Training on text so changed is what Belinkov and Bisk (2018) found
to help against it."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Sequence

from seq2seq.data.augmentation.names import WORD, names

STOPS = ".。!！"
ENDS = STOPS + "?？"
_OPENING = "¿¡"
_MARK = re.compile(
    "[\u0300-\u036f]"
)  # those of Latin, Greek and Cyrillic letters: to others they are no ornament
_STOPPED = re.compile(f"[{STOPS}]$")


def untidied(
    sources: Sequence[str], targets: Sequence[str], share: float, seed: int
) -> tuple[list[str], list[str]]:
    """The pairs, with such a share of them untidy, the same ones for the same seed.

    Of an untidy pair both sides lose their full stop, if both have one; of a question the source
    alone loses its marks. Half of these lose the capital they begin with, which the target keeps in
    a word that these targets mostly have with a capital (a name, "I", a German noun); half of them,
    on the source, the accents."""
    draw, known = random.Random(seed), names(targets)
    pairs = list(zip(sources, targets, strict=True))
    for index in range(len(pairs)):
        if draw.random() < share:
            pairs[index] = _untidy(
                *pairs[index], known, lower=draw.random() < 0.5, plain=draw.random() < 0.5
            )
    return [source for source, _ in pairs], [target for _, target in pairs]


def _untidy(
    source: str, target: str, known: set[str], *, lower: bool, plain: bool
) -> tuple[str, str]:
    stopped = _STOPPED.search(source) and _STOPPED.search(target)
    new_source = (
        source.rstrip(ENDS).lstrip(_OPENING) if stopped or source.endswith(("?", "？")) else source
    )
    new_target = target.rstrip(STOPS) if stopped else target
    if lower:
        new_source = _lowered(new_source)
        first = WORD.search(new_target)
        new_target = new_target if first is None or first.group() in known else _lowered(new_target)
    if plain:
        new_source = without_accents(new_source)
    return (
        (new_source, new_target) if new_source.strip() and new_target.strip() else (source, target)
    )


def without_accents(text: str) -> str:
    """The text without the marks above and below letters: "canción" is "cancion"."""
    return unicodedata.normalize("NFC", _MARK.sub("", unicodedata.normalize("NFD", text)))


def _lowered(text: str) -> str:
    """The text with its first letter small, whatever signs come before it."""
    first = WORD.search(text)
    return (
        text
        if first is None
        else text[: first.start()] + text[first.start()].lower() + text[first.start() + 1 :]
    )
