"""Choose phrases that can be changed in place, without cutting a compound or an item such as a URL.

To the aligner, "1.250" and "ice-cream" are several words, so a phrase may be a part of them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence

from seq2seq.data.augmentation.aligner import Aligner
from seq2seq.data.augmentation.phrases import Phrase, PhrasesOf, choose_phrase
from seq2seq.text_steps.protection import find_items

_JOINED_BEFORE = re.compile(r"\w[^\w\s]$")
_JOINED_AFTER = re.compile(r"[^\w\s]\w")


def choose_separate_phrases(
    pairs: Sequence[tuple[str, str]],
    rows: Iterable[int],
    *,
    draw: random.Random,
    aligner: Aligner,
) -> dict[int, Phrase]:
    """Choose a random phrase of some pairs.

    Args:
        pairs: All pairs.
        rows: Indices of the pairs to choose from. All of them are aligned in one call.
        draw: Random generator.
        aligner: Word aligner.

    Returns:
        The phrase of each row, without the rows that have no certain phrase, or whose phrase is a
        part of a compound or an item.
    """
    rows = list(rows)
    if not rows:
        return {}
    links = aligner.links([pairs[row][0] for row in rows], [pairs[row][1] for row in rows])
    found = dict[int, Phrase]()
    for row, linked in zip(rows, links, strict=True):
        phrase = choose_phrase(PhrasesOf(*pairs[row], linked), draw)
        if phrase is not None and all(map(_is_separate, pairs[row], phrase.sides)):
            found[row] = phrase
    return found


def _is_separate(text: str, span: tuple[int, int]) -> bool:
    begin, end = span
    if _JOINED_BEFORE.search(text[max(0, begin - 2) : begin]) or _JOINED_AFTER.match(text, end):
        return False
    return not any(item.begin < edge < item.end for item in find_items(text) for edge in span)
