"""Contract of the word aligner that augmentations use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Aligner(Protocol):
    """Contract of a word aligner, which finds the words that are translations of each other."""

    def links(self, sources: Sequence[str], targets: Sequence[str]) -> list[list[tuple[int, int]]]:
        """Return the word links of each pair.

        Args:
            sources: N source sentences.
            targets: Their N translations.

        Returns:
            N ascending lists of links (source word, target word), both counted from 0. No word is
            in two links of a pair.
        """
        ...
