"""Test sets: where their texts are, and how they are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from seq2seq.data.corpus.corpus import Corpus, is_local
from seq2seq.data.corpus.lines import read_lines
from seq2seq.data.corpus.readers import TextOptions
from seq2seq.data.corpus.sacrebleu_sets import PREFIX
from seq2seq.data.corpus.text_stream import open_text
from seq2seq.errors import DataError
from seq2seq.evaluation.examine import TestSet
from seq2seq.evaluation.training_words import TrainingWords


@dataclass(frozen=True)
class ReadSet:
    """A test set in memory.

    Attributes:
        corpus: Its pairs, with further references.
        by: Name of the column that groups the sentences, or "".
        values: The values of that column, or None.
    """

    corpus: Corpus
    by: str = ""
    values: Sequence[str] | None = None

    def test_set(self, words: TrainingWords) -> TestSet:
        """Return the set with what is known of its words."""
        return TestSet(
            self.corpus.name,
            self.corpus.sources(),
            self.corpus.references(),
            words.counts,
            self.values,
            self.by,
            words.notes,
        )


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Where the texts of a test set are, and how to read them, as for `evaluate`."""

    source: str | None
    target: str | None
    config: str | None
    split: str | None
    by: str | None
    references: bool = False
    options: TextOptions | None = None

    def read(self, place: str) -> ReadSet:
        """Read a test set; raise DataError if it cannot be read."""
        if self.split is None and not is_local(place):
            raise DataError(
                f"{place}: name the split of the Hub dataset to evaluate on, such as --split test"
            )
        corpus = Corpus.load(
            place,
            source=self.source,
            target=self.target,
            config=self.config,
            split=self.split,
            references=self.references or place.startswith(PREFIX),
            options=self.options,
            name=place,
        )
        if self.by is None:
            return ReadSet(corpus)
        column = Corpus.load(
            place,
            source=self.source,
            target=self.by,
            config=self.config,
            split=self.split,
            options=self.options,
        )
        return ReadSet(corpus, self.by, column.targets())


def hypotheses_in(file: Path, corpus: Corpus) -> list[str]:
    """Read a file of translations, one per sentence of a set.

    Raises:
        DataError: It cannot be read, or has another number of lines.
    """
    with open_text(str(file)) as stream:
        lines = [line.text for line in islice(read_lines(stream), len(corpus) + 1)]
    if len(lines) != len(corpus):
        there = f"{len(lines):,}" if len(lines) < len(corpus) else f"more than {len(corpus):,}"
        raise DataError(
            f"{file}: {there} lines, for the {len(corpus):,} sentences of {corpus.name}"
        )
    return lines
