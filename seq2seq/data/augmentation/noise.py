"""Make pairs look as people type them: without periods, first capitals and accents.

A model that has only seen sources with a first capital and a period writes nonsense for "casa de
papel". Training on such noise makes a model robust against it (Belinkov and Bisk 2018).
"""

from __future__ import annotations

import random
import re
from collections.abc import Container, Sequence

from seq2seq.data.augmentation.aligner import Aligner
from seq2seq.data.augmentation.names import find_names
from seq2seq.text import LETTERS, strip_accents

STOPS = ".。!！"
ENDS = STOPS + "?？"
_OPENING = "¿¡"
_STOPPED = re.compile(f"[{STOPS}]$")


def add_noise(
    sources: Sequence[str],
    targets: Sequence[str],
    *,
    fraction: float,
    seed: int,
    aligner: Aligner | None = None,
) -> tuple[list[str], list[str]]:
    """Drop periods, first capitals and accents, as people do when they type.

    If both sides of a changed pair have a period, both lose it. A question loses its question
    marks, but only in the source. Half of the changed pairs lose the first capital; the target
    keeps it in a word that is mostly capitalized in the targets (a name, "I", a German noun). Half
    of the changed pairs lose the accents of the source.

    Args:
        sources: N source sentences.
        targets: Their N translations.
        fraction: Fraction of the pairs to change.
        seed: Random seed; the same seed gives the same pairs.
        aligner: Not used.

    Returns:
        N sources and N targets.
    """
    draw = random.Random(seed)
    known = find_names(targets)
    pairs = list(zip(sources, targets, strict=True))
    for index in range(len(pairs)):
        if draw.random() < fraction:
            lowercase = draw.random() < 0.5
            plain = draw.random() < 0.5
            pairs[index] = _noisy(*pairs[index], known, lowercase=lowercase, plain=plain)
    return [source for source, _ in pairs], [target for _, target in pairs]


def _noisy(
    source: str, target: str, known: set[str], *, lowercase: bool, plain: bool
) -> tuple[str, str]:
    new_source = source
    new_target = target
    stopped = _STOPPED.search(source) and _STOPPED.search(target)
    if stopped or source.endswith(("?", "？")):
        new_source = source.rstrip(ENDS).lstrip(_OPENING)
    if stopped:
        new_target = target.rstrip(STOPS)
    if lowercase:
        new_source = _lowercase_first(new_source)
        new_target = lowercase_first_unless_name(new_target, names=known)
    if plain:
        new_source = strip_accents(new_source)
    if new_source.strip() and new_target.strip():
        return new_source, new_target
    return source, target


def lowercase_first_unless_name(text: str, *, names: Container[str]) -> str:
    """Lowercase the first letter of a text, unless its first word is a name.

    Args:
        text: Any text.
        names: Words that keep their capital.

    Returns:
        The new text.
    """
    first = LETTERS.search(text)
    if first is None or first.group() in names:
        return text
    return _lowercase_first(text)


def _lowercase_first(text: str) -> str:
    """Lowercase the first letter, even if other characters come before it."""
    first = LETTERS.search(text)
    if first is None:
        return text
    at = first.start()
    return text[:at] + text[at].lower() + text[at + 1 :]
