"""First look at pairs: how many there are, how long they are, and in which languages."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from seq2seq.data.corpus.columns import language_of
from seq2seq.data.corpus.corpus import read_places
from seq2seq.data.corpus.formats.po import catalogue_language
from seq2seq.data.corpus.local_files import suffix
from seq2seq.data.corpus.readers import Column, PairFile, TextOptions
from seq2seq.text_steps.language_names import NAMES, english_name
from seq2seq.text_steps.languages import OTHER, UNKNOWN, identify
from seq2seq.text_steps.scripts import LATIN, UNSPACED, other_scripts
from seq2seq.training.find_columns import Columns, find_columns

SAMPLE = 20_000
"""Number of pairs, from the beginning, whose words are counted."""

LINES = 500
"""Number of pairs whose languages are identified."""

_OF_SCRIPT = {
    "Greek": "el",
    "Hebrew": "he",
    "Hangul": "ko",
    "Kana": "ja",
    "Han": "zh",
    "Thai": "th",
}
"""Language that a script nearly always means."""


@dataclass(frozen=True)
class Side:
    """The sources or the targets.

    Attributes:
        language: Code of the language; "" if it is unknown.
        script: Script of most letters.
        words: Mean number of words; of characters in a script without spaces.
        long: Number of words, or characters, that one text in a hundred exceeds.
        vocabulary: Number of different words in the sample.
    """

    language: str
    script: str
    words: float
    long: int
    vocabulary: int

    @property
    def name(self) -> str:
        """English name of the language; "" if it is unknown."""
        return english_name(self.language) if self.language else ""

    @property
    def spaced(self) -> bool:
        """True if words are separated by spaces."""
        return self.script not in UNSPACED


@dataclass(frozen=True)
class Look:
    """Summary of the training and dev pairs.

    Attributes:
        columns: Columns of the source and the target in the files.
        pairs: Number of training pairs.
        dev_pairs: Number of dev pairs.
        shared: Number of dev pairs that are training pairs, too.
        source: The sources.
        target: The targets.
        encoding: Encoding of the files as it was named; "" if it was not.
    """

    columns: Columns
    pairs: int
    dev_pairs: int
    shared: int
    source: Side
    target: Side
    encoding: str = ""


def look_at(
    train: Sequence[str], dev: str, *, source: Column, target: Column, encoding: str = ""
) -> Look:
    """Read training and dev pairs, and count.

    Args:
        train: Files of the training pairs.
        dev: File of the dev pairs.
        source: Column of the source; None finds it.
        target: Column of the target; None finds it.
        encoding: Encoding of the files; "" is UTF-8, or what their byte-order mark says.

    Returns:
        What was counted.

    Raises:
        DataError: A file cannot be read, or its columns cannot be found.
    """
    options = TextOptions(encoding)
    columns: Columns = (source, target)
    if source is None and target is None:
        columns = find_columns(train[0], options)
    dev_pairs = list(_pairs([dev], columns, options))
    wanted = set(dev_pairs)
    seen: set[tuple[str, str]] = set()
    sample: list[tuple[str, str]] = []
    count = 0
    for table in read_places(train, source=columns[0], target=columns[1], options=options):
        rows = list(_rows(table))
        count += len(rows)
        seen |= wanted.intersection(rows)
        sample += rows[: max(0, SAMPLE - len(sample))]
    names = [column if isinstance(column, str) else "" for column in columns]
    if suffix(train[0]) == ".po":
        names[1] = catalogue_language(PairFile(train[0], options=options))
    return Look(
        columns,
        count,
        len(dev_pairs),
        sum(pair in seen for pair in dev_pairs),
        _side([pair[0] for pair in sample], names[0]),
        _side([pair[1] for pair in sample], names[1]),
        encoding,
    )


def _pairs(
    places: Sequence[str], columns: Columns, options: TextOptions
) -> Iterator[tuple[str, str]]:
    for table in read_places(places, source=columns[0], target=columns[1], options=options):
        yield from _rows(table)


def _rows(table: pa.Table) -> Iterator[tuple[str, str]]:
    return zip(table["source"].to_pylist(), table["target"].to_pylist(), strict=True)


def _side(texts: Sequence[str], column: str) -> Side:
    """Describe one side of a sample."""
    script = _script(texts[:LINES])
    words = [list(text) if script in UNSPACED else text.split() for text in texts]
    lengths = sorted(map(len, words))
    return Side(
        language=language_of(column) or _language(texts[:LINES], script),
        script=script,
        words=statistics.fmean(lengths) if lengths else 0.0,
        long=lengths[int(0.99 * (len(lengths) - 1))] if lengths else 0,
        vocabulary=len({word for text in words for word in text}),
    )


def _script(texts: Iterable[str]) -> str:
    """Return the script of most letters."""
    letters: Counter[str] = Counter()
    for text in texts:
        others = other_scripts(text)
        letters.update(others)
        letters[LATIN] += sum(map(str.isalpha, text)) - sum(others.values())
    return max(letters, key=letters.__getitem__, default=LATIN)


def _language(texts: Iterable[str], script: str) -> str:
    """Return the language of most texts; "" if it is not certain."""
    if script != LATIN:
        return _OF_SCRIPT.get(script, "")
    found = Counter(identify(text).language for text in texts)
    for unclear in (UNKNOWN, OTHER):
        del found[unclear]
    if not found:
        return ""
    language, count = found.most_common(1)[0]
    return language if language in NAMES and count > found.total() / 2 else ""
