"""Faults that are seen without knowing the language: nothing written, the source left as it is,
words said again.

Each is named by what a reader sees. A fault that a reference has too is none. This file takes
strings."""

from __future__ import annotations

from collections.abc import Sequence

from seq2seq.metrics.tokens import tokens
from seq2seq.text import WORD

EMPTY, UNTRANSLATED, REPEATED, SHORT, LONG = (
    "empty",
    "untranslated",
    "repeated",
    "too short",
    "too long",
)

FAULTS = {
    EMPTY: "nothing was written for a source that is not blank",
    UNTRANSLATED: "at least half of its words are the source's, and in no reference",
    REPEATED: "words come three times in a row, or four and more words twice, and in no reference",
    SHORT: "less than half as long as the shortest reference, of four words or more",
    LONG: "more than twice as long as the longest reference, of four words or more",
}
"""What each fault is."""


def faults(source: str, references: Sequence[str], hypothesis: str) -> list[str]:
    """The faults of one translation, in the order of FAULTS."""
    if not hypothesis.strip():
        return [EMPTY] if source.strip() else []
    found = [UNTRANSLATED] if _is_untranslated(source, references, hypothesis) else []
    if _repeats(tokens(hypothesis)) and not any(
        _repeats(tokens(reference)) for reference in references
    ):
        found.append(REPEATED)
    length, lengths = len(tokens(hypothesis)), [len(tokens(reference)) for reference in references]
    if min(lengths) >= 4:
        found += (
            [SHORT] if 2 * length < min(lengths) else [LONG] if length > 2 * max(lengths) else []
        )
    return found


def _is_untranslated(source: str, references: Sequence[str], hypothesis: str) -> bool:
    there = set(WORD.findall(source.lower()))
    wanted = {word for reference in references for word in WORD.findall(reference.lower())}
    written = WORD.findall(hypothesis.lower())
    left = [word for word in written if word in there and word not in wanted]
    return bool(left) and 2 * len(left) >= len(written)


def _repeats(words: Sequence[str]) -> bool:
    """Whether some words come three times in a row, or four or more twice. Signs alone ("...") do
    not count."""
    for size in range(1, len(words) // 2 + 1):
        times, run = (3 if size < 4 else 2), 0
        for place in range(len(words) - size):
            same = words[place] == words[place + size]
            run = run + 1 if same else 0
            if run >= size * (times - 1) and any(
                map(str.isalnum, "".join(words[place - size + 1 : place + 1]))
            ):
                return True
    return False
