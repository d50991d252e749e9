"""Groups of sentences: which of a test set belong together by their length, their rare words, or a
column's value.

It takes texts and gives the numbers of sentences, from 0. What a group scores is `SentenceStatistics.part`'s
to say."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from seq2seq.metrics.copying import words_of
from seq2seq.metrics.tokens import in_letters, tokens
from seq2seq.text import COMPOUND_WORD

Groups = dict[str, list[int]]
"""The sentences of each group, by its name, in the order to show them in; a group without sentences
is not there."""

RARE = 5
"""A word that the training text has less often than this is rare."""

WORD_BOUNDS = [5, 10, 15, 20, 30, 50]
LETTER_BOUNDS = [10, 20, 30, 45, 60, 100]


def by_length(sources: Sequence[str]) -> tuple[str, Groups]:
    """What length is counted in, words or letters (see `tokens`), and the groups."""
    letters = 2 * sum(map(in_letters, sources)) > len(sources)
    lengths = [len(tokens(text)) for text in sources]
    return (
        ("letters", _between(lengths, LETTER_BOUNDS))
        if letters
        else ("words", _between(lengths, WORD_BOUNDS))
    )


def _between(lengths: Sequence[int], bounds: Sequence[int]) -> Groups:
    starts = [0, *(bound + 1 for bound in bounds)]
    names = [f"{start} to {bound}" for start, bound in zip(starts, bounds, strict=False)] + [
        f"over {bounds[-1]}"
    ]
    return _in_order(names, [names[bisect_left(bounds, length)] for length in lengths])


def by_rare_words(sources: Sequence[str], seen: Mapping[str, int]) -> Groups:
    """Whether a source holds a word that the training text lacks, or has less than `RARE` times.

    `seen` says how often the training text has each word; `count_words` makes it.
    """
    names = [
        "a word not in the training text",
        f"a word it has 1 to {RARE - 1} times",
        f"all words {RARE} times or more",
    ]

    def name(text: str) -> str:
        least = min((seen.get(word, 0) for word in words_of(text.lower())), default=RARE)
        return names[0 if not least else 1 if least < RARE else 2]

    return _in_order(names[::-1], [name(text) for text in sources])


def count_words(texts: Iterable[str]) -> Counter[str]:
    """How often these texts have each word, in lower case."""
    return Counter(COMPOUND_WORD.findall("\n".join(texts).lower()))


def by_value(values: Sequence[str], most: int = 30) -> Groups:
    """The sentences of each value, the most frequent first; beyond so many, the others are one
    group."""
    frequent = [value for value, _ in Counter(values).most_common(most)]
    names = [value or "(empty)" for value in frequent]
    return _in_order(
        [*names, OTHERS],
        [(value or "(empty)") if value in set(frequent) else OTHERS for value in values],
    )


OTHERS = "(others)"


def _in_order(names: Sequence[str], found: Sequence[str]) -> Groups:
    """The groups in the order of their names."""
    groups: Groups = {name: [] for name in names}
    for row, name in enumerate(found):
        groups[name].append(row)
    return {name: rows for name, rows in groups.items() if rows}
