"""Corpus: source-target pairs from local files, the Hub or torchtext, as a table of two columns."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from seq2seq.data.corpus.filters import FilterCounts, FilterRules, apply_rules
from seq2seq.data.corpus.local_files import LANGUAGE, read_tables, suffix
from seq2seq.data.corpus.pair_table import PAIRS, pair_tables
from seq2seq.data.corpus.readers import Column, TextOptions
from seq2seq.data.corpus.sacrebleu_sets import PREFIX, sacrebleu_rows
from seq2seq.data.corpus.torchtext_dataset import torchtext_pairs
from seq2seq.errors import DataError
from seq2seq.runtime.atomic_file import atomic_write_text

if TYPE_CHECKING:
    import datasets

LOGGER = logging.getLogger("seq2seq.data")

Place = str | os.PathLike[str]

_NOT_IN_A_TSV = re.compile("[\t\r\n\0]")
_HUB_NAME = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)?", re.ASCII)


class Corpus:
    """Source-target pairs, held as a pair table (see `pair_table`).

    A corpus that is loaded for evaluation has a third column, 'references': the target of a row
    and its further references.

    Attributes:
        table: The pairs.
        name: Name in log lines and messages.
        counts: Numbers of pairs that the filter dropped, if one made this corpus.
    """

    def __init__(
        self, table: pa.Table, name: str = "corpus", counts: FilterCounts | None = None
    ) -> None:
        self.table = table
        self.name = name
        self.counts = counts

    @classmethod
    def load(
        cls,
        where: Place | Sequence[Place],
        *,
        source: Column = None,
        target: Column = None,
        config: str | None = None,
        split: str | None = None,
        references: bool = False,
        options: TextOptions | None = None,
        name: str | None = None,
    ) -> Corpus:
        """Read pairs from a local file or a Hub dataset, or from several in a row.

        A path is local if it has a known suffix (.tsv, .csv, .json, .jsonl, .parquet, .tmx, .xliff,
        .po, .xlsx and others; each also with .gz), if it exists, or if it begins with a directory;
        'opus_books' or 'Helsinki-NLP/opus-100' are datasets on the Hub; 'sacrebleu:wmt13/es-en' is
        a test set that sacreBLEU knows.

        Args:
            where: Place or places. `{lang}` in a path makes it two line-aligned text files.
            source: Column of the source: its name, or for .tsv and .csv its position, counted from
                0. A column inside a 'translation' is found by its language only. With `{lang}`,
                what to put in its place.
            target: The same for the target.
            config: Configuration of a Hub dataset; local files have none.
            split: Split of a Hub dataset, 'train' by default; local files have none.
            references: Keep the columns of a table after these two as further references of a row.
                Without it, all rows need the same number of columns.
            options: Encoding of the files, and the languages to take from files with several.
            name: Name of the corpus in log lines. Default: its place.

        Returns:
            The corpus.

        Raises:
            DataError: Something cannot be read. The message names the file or dataset and, where
                possible, the line.
        """
        tables = read_places(
            where,
            source=source,
            target=target,
            config=config,
            split=split,
            references=references,
            options=options,
        )
        return cls(pa.concat_tables(tables), name or called(where))

    @classmethod
    def from_pairs(cls, pairs: Iterable[tuple[str, str]], *, name: str = "corpus") -> Corpus:
        """Make a corpus of pairs in memory.

        Args:
            pairs: Source and target of each pair.
            name: Name of the corpus in log lines.

        Returns:
            The corpus.
        """
        tables = pair_tables((source, target, ()) for source, target in pairs)
        return cls.from_tables(tables, name=name)

    @classmethod
    def from_tables(cls, tables: Iterable[pa.Table], *, name: str = "corpus") -> Corpus:
        """Make a corpus of pair tables (see `pair_table`).

        Args:
            tables: The tables; there may be none.
            name: Name of the corpus in log lines.

        Returns:
            The corpus.
        """
        return cls(pa.concat_tables([PAIRS.empty_table(), *tables]), name)

    @classmethod
    def from_torchtext(
        cls,
        dataset: Iterable[object],
        *,
        source: str = "src",
        target: str = "trg",
        name: str = "torchtext",
    ) -> Corpus:
        """Make a corpus of a torchtext dataset, such as its TranslationDataset.

        Tokens of a field are joined by spaces again.

        Args:
            dataset: The examples.
            source: Name of the field of the source.
            target: Name of the field of the target.
            name: Name of the corpus in log lines.

        Returns:
            The corpus.

        Raises:
            DataError: The dataset is empty, or an example lacks a field or its text.
        """
        return cls.from_pairs(torchtext_pairs(dataset, source, target), name=name)

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.table)

    @property
    def dataset(self) -> datasets.Dataset:
        """Pairs as a `datasets.Dataset` with the same columns, without a copy."""
        import datasets  # which takes a good part of a second, and local files do not need it

        return datasets.Dataset(datasets.table.InMemoryTable(self.table))

    def pairs(self, batch: int = 1000) -> Iterator[tuple[str, str]]:
        """Yield the pairs.

        Args:
            batch: Number of pairs that become Python strings at a time.

        Yields:
            Source and target of each pair.
        """
        for rows in self.table.to_batches(batch):
            yield from zip(rows["source"].to_pylist(), rows["target"].to_pylist(), strict=True)

    def sources(self) -> list[str]:
        """Return the source texts, in order."""
        return self._column("source")

    def targets(self) -> list[str]:
        """Return the target texts, in order."""
        return self._column("target")

    def references(self) -> list[list[str]]:
        """Return the references of each row: its target, and further ones if they were loaded."""
        if "references" in self.table.column_names:
            references: list[list[str]] = self.table["references"].to_pylist()
            return references
        return [[target] for target in self.targets()]

    def first(self, count: int | None) -> Corpus:
        """Return a corpus of the first pairs.

        Args:
            count: Maximum number of pairs; None for all.

        Returns:
            The corpus.
        """
        if count is None or count >= len(self):
            return self
        return Corpus(self.table.slice(0, count), self.name, self.counts)

    def write(self, path: Place) -> None:
        """Write a .tsv file that `load` reads; further references become further columns.

        Tabs, line feeds, carriage returns and NULs in a text become spaces.

        Args:
            path: File to write; its name ends in .tsv.

        Raises:
            DataError: The name ends in something else.
            StorageError: The file cannot be written.
        """
        if Path(path).suffix.lower() != ".tsv":
            raise DataError(f"{path}: pairs are written as tab-separated text: name a file .tsv")
        rows = zip(self.sources(), self.references(), strict=True)
        lines = (
            "\t".join(_NOT_IN_A_TSV.sub(" ", text) for text in (source, *texts))
            for source, texts in rows
        )
        atomic_write_text("".join(f"{line}\n" for line in lines), Path(path))

    def _column(self, name: str) -> list[str]:
        texts: list[str] = self.table[name].to_pylist()
        return texts

    def filter(self, rules: FilterRules, *, log: Callable[[str], None] = LOGGER.info) -> Corpus:
        """Return a corpus of the pairs that break no rule.

        Args:
            rules: Rules that say which pairs to drop.
            log: Takes a line that says how many pairs broke which rule.

        Returns:
            The corpus, with its `counts`.

        Raises:
            DataError: Nothing is left.
        """
        table, counts = apply_rules(self.table, rules)
        log(f"{self.name}: {counts}")
        if not counts.kept:
            raise DataError(f"{self.name}: the filters leave nothing: {counts}")
        return Corpus(table, self.name, counts)


def called(where: Place | Sequence[Place]) -> str:
    """Return the name of a place or places in log lines."""
    places = [where] if isinstance(where, str | os.PathLike) else list(where)
    return os.fspath(places[0]) if len(places) == 1 else f"{len(places)} files"


def read_places(
    where: Place | Sequence[Place],
    *,
    source: Column = None,
    target: Column = None,
    config: str | None = None,
    split: str | None = None,
    references: bool = False,
    options: TextOptions | None = None,
    streaming: bool = False,
) -> Iterator[pa.Table]:
    """Yield the pairs of one or more places in a row, as pair tables, each as it is read.

    Arguments and errors are those of `Corpus.load`. With `streaming`, a Hub dataset is fetched as
    it is read.
    """
    places = [where] if isinstance(where, str | os.PathLike) else list(where)
    if not places:
        raise DataError("no file or dataset is named to read pairs from")
    for place in [os.fspath(place) for place in places]:
        if place.startswith(PREFIX):
            yield from pair_tables(sacrebleu_rows(place, source, target), references)
        elif is_local(place):
            yield from read_tables(os.path.expanduser(place), source, target, references, options)
        elif isinstance(source, int) or isinstance(target, int):
            position = source if isinstance(source, int) else target
            raise DataError(
                f"{place}: a column of a Hub dataset has a name, not the position {position}"
            )
        else:
            from seq2seq.data.corpus.hub_datasets import hub_tables  # slow to import

            yield from hub_tables(
                place, config, split, source, target, references=references, streaming=streaming
            )


def is_local(place: str) -> bool:
    """Return whether a place is, or is meant to be, a local file and not a dataset on the Hub."""
    return (
        bool(suffix(place))
        or LANGUAGE in place
        or os.path.exists(place)
        or place.startswith(("./", "../", "/", "~"))
        or not _HUB_NAME.fullmatch(place)
    )
