"""Write the pairs of the phrase book as people type them: another ending, a small first letter.

People type "hola", "Hola" and "hola." A pair that is trained on in one of these forms only is known
in no other, so each phrase is in the training text in all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from seq2seq.data.augmentation.names import find_names
from seq2seq.data.augmentation.noise import lowercase_first_unless_name

Pair = tuple[str, str]

INVERTED = "¿¡"
STOP = "."
MARKS = "?!"


def with_variants(pairs: Sequence[Pair]) -> list[Pair]:
    """Return pairs and their variants; a variant does not replace a pair with the same source.

    Args:
        pairs: Sources and targets.

    Returns:
        The pairs, and after them the variants whose source none of the pairs has, each once.
    """
    names = find_names([target for _, target in pairs])
    known = {source for source, _ in pairs}
    made: dict[str, str] = {}
    for pair in pairs:
        for source, target in _variants(pair, names):
            if source not in known:
                made.setdefault(source, target)
    return [*pairs, *made.items()]


def _variants(pair: Pair, names: set[str]) -> Iterator[Pair]:
    """Yield the other endings of a pair, and all of them with a small first letter."""
    endings = list(_endings(*pair))
    yield from endings
    for source, target in [pair, *endings]:
        small = lowercase_first_unless_name(source, names=names)
        if small != source:
            yield small, lowercase_first_unless_name(target, names=names)


def _endings(source: str, target: str) -> Iterator[Pair]:
    """Yield a pair without its final stop, or with one; with its marks left out of the source."""
    if _ends(source, target, STOP):
        yield source.removesuffix(STOP), target.removesuffix(STOP)
    elif source[-1:] in tuple(MARKS):
        open_ended = source.lstrip(INVERTED)
        yield open_ended, target
        yield open_ended.rstrip(MARKS), target
    elif source[-1:].isalnum() and target[-1:].isalnum():
        yield f"{source}{STOP}", f"{target}{STOP}"


def _ends(source: str, target: str, mark: str) -> bool:
    """Return whether both texts end with one such mark, and not with an ellipsis."""
    return all(text.endswith(mark) and not text.endswith(mark * 2) for text in (source, target))
