"""Groups of sentences of a test set: by length, by rare words, or by the value of a column."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from seq2seq.metrics.copying import words_of
from seq2seq.metrics.tokens import is_unspaced, tokens
from seq2seq.text import COMPOUND_WORD

Groups = dict[str, list[int]]
"""Indices of the sentences of each group, by its name, in display order. No group is empty."""

MIN_FREQUENCY = 5
"""Words that occur fewer times than this in the training text are rare."""

WORD_BOUNDS = [5, 10, 15, 20, 30, 50]
"""Maximum length of each group, in words."""

CHARACTER_BOUNDS = [10, 20, 30, 45, 60, 100]
"""Maximum length of each group, in characters, for scripts without spaces."""

OTHERS = "(others)"
"""Name of the group of infrequent values."""


def by_length(sources: Sequence[str]) -> tuple[str, Groups]:
    """Group sentences by length.

    Args:
        sources: Source sentences.

    Returns:
        The unit of length, "characters" if most sentences are in a script without spaces and else
        "words", and the groups.
    """
    lengths = [len(tokens(text)) for text in sources]
    if 2 * sum(map(is_unspaced, sources)) > len(sources):
        return "characters", _between(lengths, CHARACTER_BOUNDS)
    return "words", _between(lengths, WORD_BOUNDS)


def _between(lengths: Sequence[int], bounds: Sequence[int]) -> Groups:
    starts = [0, *(bound + 1 for bound in bounds)]
    names = [f"{start} to {bound}" for start, bound in zip(starts, bounds, strict=False)]
    names.append(f"over {bounds[-1]}")
    return _in_order(names, [names[bisect_left(bounds, length)] for length in lengths])


def by_rare_words(sources: Sequence[str], seen: Mapping[str, int]) -> Groups:
    """Group sentences by the frequency of their rarest word in the training text.

    Args:
        sources: Source sentences.
        seen: Frequency of each word in the training text, from `count_words`.

    Returns:
        Up to three groups.
    """
    frequent = f"all words seen {MIN_FREQUENCY} times or more"
    rare = f"rarest word seen 1 to {MIN_FREQUENCY - 1} times"
    unseen = "a word not seen in training"

    def name(text: str) -> str:
        rarest = min((seen.get(word, 0) for word in words_of(text.lower())), default=MIN_FREQUENCY)
        if not rarest:
            return unseen
        return rare if rarest < MIN_FREQUENCY else frequent

    return _in_order([frequent, rare, unseen], [name(text) for text in sources])


def count_words(texts: Iterable[str]) -> Counter[str]:
    """Count the words of texts, lowercased."""
    return Counter(COMPOUND_WORD.findall("\n".join(texts).lower()))


def by_value(values: Sequence[str], *, max_groups: int = 30) -> Groups:
    """Group sentences by the value of a column.

    Args:
        values: One value per sentence.
        max_groups: Number of frequent values with a group of their own; the others share one.

    Returns:
        The groups, the most frequent value first.
    """
    names = {value: value or "(empty)" for value, _ in Counter(values).most_common(max_groups)}
    return _in_order([*names.values(), OTHERS], [names.get(value, OTHERS) for value in values])


def _in_order(names: Sequence[str], found: Sequence[str]) -> Groups:
    """Return the groups in the order of `names`, without empty ones."""
    groups: Groups = {name: [] for name in names}
    for row, name in enumerate(found):
        groups[name].append(row)
    return {name: rows for name, rows in groups.items() if rows}
