"""Words of a text before and after the text steps, for alignments.

Words are separated by white space and counted from 0.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence

from seq2seq.text_steps.case_marks import restore_case
from seq2seq.text_steps.protection import protect, restore
from seq2seq.text_steps.signs import sign_map

_WORD = re.compile(r"\S+")


def source_word_map(text: str, *, known: frozenset[str], places: str, protects: bool) -> list[int]:
    """Return for each word of a prepared text the index of the word it comes from.

    Case marks and lowercasing change no word, so that they are left out.

    Args:
        text: The text before the steps.
        known: Characters of the source vocabulary.
        places: Placeholders that the model has learned.
        protects: True if items are protected.

    Returns:
        Indices of words of `text`, never descending.
    """
    protected = protect(text, places=places if protects else "")
    origins: list[int] = []
    at = 0
    waiting = iter([*protected.items, ("", "")])
    place, item = next(waiting)
    for character in protected.text:
        origins.append(at)
        if character == place:
            at += len(item)
            place, item = next(waiting)
        else:
            at += 1
    plain, offsets = sign_map(known).with_offsets(protected.text)
    starts = [found.start() for found in _WORD.finditer(text)]
    return [
        max(0, bisect.bisect_right(starts, origins[offsets[found.start()]]) - 1)
        for found in _WORD.finditer(plain)
    ]


def target_word_map(translation: str, items: Sequence[tuple[str, str]]) -> list[int]:
    """Return for each word of a translation with placeholders its index in the finished one.

    Args:
        translation: Translation as the model writes it.
        items: Items of its source, from `protect`.

    Returns:
        Indices of words of the finished translation. A word that is dropped gets the index of the
        word before it.
    """
    places: list[int] = []
    for word in _WORD.finditer(translation):
        before = len(_finished(translation[: word.start()], items).split())
        after = len(_finished(translation[: word.end()], items).split())
        places.append(max(0, min(before, after - 1)))
    return places


def _finished(translation: str, items: Sequence[tuple[str, str]]) -> str:
    return restore(restore_case(translation), items)
