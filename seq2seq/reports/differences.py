"""Differences between a hypothesis and a reference, in tokens (see `metrics.tokens`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from seq2seq.metrics.tokens import is_unspaced, tokens


def differences(hypothesis: str, reference: str) -> tuple[list[str], list[str]]:
    """Split both texts into pieces, in turn shared by both and found in only one.

    Args:
        hypothesis: A translation.
        reference: The text to compare it with.

    Returns:
        The pieces of each text, which together are its tokens. The first piece is a shared one; it
        may be empty.
    """
    ours = tokens(hypothesis)
    theirs = tokens(reference)
    blocks = SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks()
    our_space = "" if is_unspaced(hypothesis) else " "
    their_space = "" if is_unspaced(reference) else " "
    return (
        _pieces(ours, [(block.a, block.size) for block in blocks], our_space),
        _pieces(theirs, [(block.b, block.size) for block in blocks], their_space),
    )


def nearest(hypothesis: str, references: Sequence[str]) -> str:
    """Return the reference that shares the most words with the hypothesis."""
    words = set(tokens(hypothesis))
    return max(references, key=lambda reference: len(words & set(tokens(reference))))


def _pieces(words: Sequence[str], same: Sequence[tuple[int, int]], space: str) -> list[str]:
    """Join words into pieces: in turn those shared with the other text, and those that are not.

    `same` has the start and length of each run of shared words.
    """

    def parts() -> Iterator[tuple[bool, Sequence[str]]]:
        place = 0
        for start, length in same:
            yield False, words[place:start]
            yield True, words[start : start + length]
            place = start + length

    pieces = [""]  # the first piece is shared, though it may be empty
    last = True
    for is_same, some in parts():
        if not some:
            continue
        if is_same != last:
            pieces.append("")
            last = is_same
        separator = space if any(pieces) else ""
        pieces[-1] += separator + space.join(some)
    return pieces
