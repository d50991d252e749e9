"""Faults of translations, in any language: empty, untranslated, repetitive, too short or too long.

A translation that shares an oddity with a reference has no fault.
"""

from __future__ import annotations

from collections.abc import Sequence

from seq2seq.metrics.tokens import tokens
from seq2seq.text import WORD

EMPTY = "empty"
UNTRANSLATED = "untranslated"
REPEATED = "repeated"
SHORT = "too short"
LONG = "too long"

FAULTS = {
    EMPTY: "no translation, though the source is not blank",
    UNTRANSLATED: "at least half of the words are in the source and in no reference",
    REPEATED: "a phrase three times in a row, or a long one twice, unlike in any reference",
    SHORT: "less than half as long as the shortest reference, if all have at least four words",
    LONG: "more than twice as long as the longest reference, if all have at least four words",
}
"""Definition of each fault, as shown in reports."""


def faults(source: str, references: Sequence[str], hypothesis: str) -> list[str]:
    """Return the faults of one translation, in the order of FAULTS."""
    if not hypothesis.strip():
        return [EMPTY] if source.strip() else []
    found = [UNTRANSLATED] if _is_untranslated(source, references, hypothesis) else []
    if _repeats(tokens(hypothesis)) and not any(
        _repeats(tokens(reference)) for reference in references
    ):
        found.append(REPEATED)
    length = len(tokens(hypothesis))
    lengths = [len(tokens(reference)) for reference in references]
    if min(lengths) >= 4:
        if 2 * length < min(lengths):
            found.append(SHORT)
        elif length > 2 * max(lengths):
            found.append(LONG)
    return found


def _is_untranslated(source: str, references: Sequence[str], hypothesis: str) -> bool:
    there = set(WORD.findall(source.lower()))
    wanted = {word for reference in references for word in WORD.findall(reference.lower())}
    written = WORD.findall(hypothesis.lower())
    left = [word for word in written if word in there and word not in wanted]
    return bool(left) and 2 * len(left) >= len(written)


def _repeats(words: Sequence[str]) -> bool:
    """Return whether a phrase occurs three times in a row, or twice if it has four or more words.

    A phrase of only punctuation ("...") does not count.
    """
    for size in range(1, len(words) // 2 + 1):
        times = 3 if size < 4 else 2
        run = 0
        for place in range(len(words) - size):
            same = words[place] == words[place + size]
            run = run + 1 if same else 0
            if run >= size * (times - 1) and any(
                map(str.isalnum, "".join(words[place - size + 1 : place + 1]))
            ):
                return True
    return False
