"""Differences of a hypothesis and a reference, word by word (letter by letter where no spaces part
words)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from seq2seq.metrics.tokens import in_letters, tokens


def differences(hypothesis: str, reference: str) -> tuple[list[str], list[str]]:
    """Both texts in pieces that are the other's too, and that are not, in turn; the first is one
    that is."""
    ours, theirs = tokens(hypothesis), tokens(reference)
    blocks = SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks()
    own = _pieces(
        ours, [(block.a, block.size) for block in blocks], "" if in_letters(hypothesis) else " "
    )
    other = _pieces(
        theirs, [(block.b, block.size) for block in blocks], "" if in_letters(reference) else " "
    )
    return own, other


def nearest(hypothesis: str, references: Sequence[str]) -> str:
    """The reference that shares most words with the hypothesis."""
    words = set(tokens(hypothesis))
    return max(references, key=lambda reference: len(words & set(tokens(reference))))


def _pieces(words: Sequence[str], same: Sequence[tuple[int, int]], space: str) -> list[str]:
    """The words, what is `same` (start, length) and what is not in turn; joined, the pieces are the
    text."""

    def parts() -> Iterator[tuple[bool, Sequence[str]]]:
        place = 0
        for start, length in same:
            yield False, words[place:start]
            yield True, words[start : start + length]
            place = start + length

    pieces, last = [""], True  # a piece that is the same comes first, though it may be empty
    for is_same, some in parts():
        if not some:
            continue
        if is_same != last:
            pieces.append("")
            last = is_same
        behind = space if any(pieces) else ""
        pieces[-1] += behind + space.join(some)
    return pieces
