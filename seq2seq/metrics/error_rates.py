"""Error rates of pronunciations: of phonemes, and of whole words.

A hypothesis is a word's phonemes, separated by spaces. Of several references, the nearest counts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seq2seq.metrics.metric import Counts, Metric, References, Totals


class ErrorRate(Metric):
    """Base class for rates of errors in tokens separated by spaces, in percent.

    The counts of a sentence are its errors, and how many there could be.
    """

    higher_is_better = False
    by_default = False

    def score(self, totals: Totals) -> float:
        """Compute the number of errors per 100 of those that there could be."""
        errors, most = totals
        if not most:
            return 100.0 if errors else 0.0
        return float(100 * errors / most)

    def _tokens(self, text: str) -> list[str]:
        return (text.lower() if self.lowercase else text).split()


class PhonemeErrorRate(ErrorRate):
    """Insertions, deletions and substitutions per 100 phonemes of the nearest references.

    The nearest reference is the one with the fewest edits, and of several such the longest one.
    With words in place of phonemes, this is what speech recognition calls the word error rate.
    """

    name = "phoneme error rate"

    def statistics(self, hypotheses: Sequence[str], references: References) -> Counts:
        """Count the edits and the phonemes of the nearest reference."""
        return np.array(
            [
                min(
                    ((edits(given, tokens), len(tokens)) for tokens in map(self._tokens, choices)),
                    key=lambda pair: (pair[0], -pair[1]),
                )
                for given, choices in zip(map(self._tokens, hypotheses), references, strict=True)
            ],
            dtype=np.float64,
        )


class WordErrorRate(ErrorRate):
    """Percentage of words whose phonemes are not those of any reference.

    It is 100 minus the accuracy, as is usual for letters to sounds (Yao and Zweig 2015).
    """

    name = "word error rate"

    def statistics(self, hypotheses: Sequence[str], references: References) -> Counts:
        """Count the words that are wrong."""
        return np.array(
            [
                (self._tokens(hypothesis) not in map(self._tokens, choices), 1)
                for hypothesis, choices in zip(hypotheses, references, strict=True)
            ],
            dtype=np.float64,
        )


def edits(one: Sequence[str], other: Sequence[str]) -> int:
    """Return the number of insertions, deletions and substitutions between two sequences.

    Args:
        one: M tokens.
        other: N tokens.

    Returns:
        The Levenshtein distance.
    """
    above = list(range(len(other) + 1))
    for row, token in enumerate(one, start=1):
        current = [row]
        for column, against in enumerate(other, start=1):
            change = above[column - 1] + (token != against)
            current.append(min(change, above[column] + 1, current[-1] + 1))
        above = current
    return above[-1]
