"""Corpus: source-target pairs, from local files, the Hub or torchtext, as a table of two string
columns.

Knows where pairs come from and how they are held (a `datasets.Dataset`, if asked); knows nothing of
tokens, tensors or batches."""

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
from seq2seq.data.corpus.readers import Column
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
    """Source-target pairs, held as a pair table (see text_columns).

    A corpus loaded for evaluation has a third column, 'references': for each row its target and
    further ones.

    Attributes:
        table: the pairs.
        name: what log lines and messages call it.
        counts: what the filter that made this corpus dropped, if one did.
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
        name: str | None = None,
    ) -> Corpus:
        """Read pairs from a local file or a Hub dataset, or from several of them one after the
        other.

        A path is local if it has a known suffix (.tsv, .csv, .jsonl, .json, .parquet; each also
        with .gz), if it exists, or if it begins with a directory; 'opus_books' or
        'Helsinki-NLP/opus-100' are datasets on the Hub.

        Args:
            where: the place or places. `{lang}` in a path makes it two line-aligned text files.
            source: the column of the source, by name; for .tsv and .csv also by position, counted
                from 0. A column
                inside a 'translation' is found by its language alone. With `{lang}`, what to put in
                    its place.
            target: the same for the target.
            config: the configuration of a Hub dataset; local files have none.
            split: the split of a Hub dataset ('train' unless given); local files have none.
            references: keep the columns of a .tsv or .csv beyond these two as further references of
                a row.
            name: what log lines call the corpus; by default, its place.

        Raises:
            DataError: naming the file or dataset, and the line where it can, if there is anything
                it cannot read.
        """
        tables = read_places(
            where, source, target, config=config, split=split, references=references
        )
        return cls(pa.concat_tables(tables), name or called(where))

    @classmethod
    def from_pairs(cls, pairs: Iterable[tuple[str, str]], name: str = "corpus") -> Corpus:
        """Make a corpus of pairs already in memory."""
        return cls.from_tables(pair_tables((source, target, ()) for source, target in pairs), name)

    @classmethod
    def from_tables(cls, tables: Iterable[pa.Table], name: str = "corpus") -> Corpus:
        """Make a corpus of pair tables (see text_columns), of which there may be none."""
        return cls(pa.concat_tables([PAIRS.empty_table(), *tables]), name)

    @classmethod
    def from_torchtext(
        cls,
        dataset: Iterable[object],
        source: str = "src",
        target: str = "trg",
        name: str = "torchtext",
    ) -> Corpus:
        """Make a corpus of a torchtext dataset, such as its TranslationDataset, with fields of
        these names.

        What a field was cut into is joined by spaces again.

        Raises:
            DataError: if the dataset is empty, or lacks a field or text in it.
        """
        return cls.from_pairs(torchtext_pairs(dataset, source, target), name)

    def __len__(self) -> int:
        return len(self.table)

    @property
    def dataset(self) -> datasets.Dataset:
        """The pairs as a `datasets.Dataset` of the same columns, without a copy."""
        import datasets  # it takes a good part of a second, and local files want none of it

        return datasets.Dataset(datasets.table.InMemoryTable(self.table))

    def pairs(self, batch: int = 1000) -> Iterator[tuple[str, str]]:
        """Yield the pairs, of which `batch` at a time become Python strings."""
        for rows in self.table.to_batches(batch):
            yield from zip(rows["source"].to_pylist(), rows["target"].to_pylist(), strict=True)

    def sources(self) -> list[str]:
        """Return the source texts, in order."""
        return self._column("source")

    def targets(self) -> list[str]:
        """Return the target texts, in order."""
        return self._column("target")

    def references(self) -> list[list[str]]:
        """Return for each row its target and, where the corpus was loaded with references, the
        further ones."""
        if "references" in self.table.column_names:
            references: list[list[str]] = self.table["references"].to_pylist()
            return references
        return [[target] for target in self.targets()]

    def first(self, count: int | None) -> Corpus:
        """The first so many pairs; all of them if that is None or more than there are."""
        if count is None or count >= len(self):
            return self
        return Corpus(self.table.slice(0, count), self.name, self.counts)

    def write(self, path: Place) -> None:
        """Write a .tsv that `load` reads and a configuration can name; further references are
        further columns.

        Tabs, line feeds, carriage returns and NULs in a text become blanks.

        Raises:
            DataError: naming the file, if it is no .tsv or cannot be written.
        """
        if Path(path).suffix.lower() != ".tsv":
            raise DataError(f"{path}: pairs are written as tab-separated text: name a file .tsv")
        rows = zip(self.sources(), self.references(), strict=True)
        lines = (
            "\t".join(_NOT_IN_A_TSV.sub(" ", text) for text in (source, *texts))
            for source, texts in rows
        )
        try:
            atomic_write_text("".join(f"{line}\n" for line in lines), Path(path))
        except OSError as error:
            raise DataError(f"{path}: cannot be written: {error.strerror or error}") from None

    def _column(self, name: str) -> list[str]:
        texts: list[str] = self.table[name].to_pylist()
        return texts

    def filter(self, rules: FilterRules, log: Callable[[str], None] = LOGGER.info) -> Corpus:
        """Return the pairs that break no rule, and log in one line how many broke which.

        Raises:
            DataError: if nothing is left.
        """
        table, counts = apply_rules(self.table, rules)
        log(f"{self.name}: {counts}")
        if not counts.kept:
            raise DataError(f"{self.name}: the filters leave nothing: {counts}")
        return Corpus(table, self.name, counts)


def called(where: Place | Sequence[Place]) -> str:
    """What log lines call a place or places."""
    places = [where] if isinstance(where, str | os.PathLike) else list(where)
    return os.fspath(places[0]) if len(places) == 1 else f"{len(places)} files"


def read_places(
    where: Place | Sequence[Place],
    source: Column = None,
    target: Column = None,
    *,
    config: str | None = None,
    split: str | None = None,
    references: bool = False,
    streaming: bool = False,
) -> Iterator[pa.Table]:
    """Yield the pairs of one or more places, one after the other, as pair tables, each as it is
    read.

    The arguments and errors are those of `Corpus.load`; with `streaming`, a Hub dataset is fetched
    as it is read."""
    places = [where] if isinstance(where, str | os.PathLike) else list(where)
    if not places:
        raise DataError("no file or dataset is named to read pairs from")
    for place in [os.fspath(place) for place in places]:
        if is_local(place):
            yield from read_tables(os.path.expanduser(place), source, target, references)
        elif isinstance(source, int) or isinstance(target, int):
            position = source if isinstance(source, int) else target
            raise DataError(
                f"{place}: a column of a Hub dataset has a name, not the position {position}"
            )
        else:
            from seq2seq.data.corpus.hub_datasets import hub_tables  # which is long to import

            yield from hub_tables(
                place, config, split, source, target, references=references, streaming=streaming
            )


def is_local(place: str) -> bool:
    """Return whether a place is (or is meant to be) a local file rather than a dataset on the
    Hub."""
    return (
        bool(suffix(place))
        or LANGUAGE in place
        or os.path.exists(place)
        or place.startswith(("./", "../", "/", "~"))
        or not _HUB_NAME.fullmatch(place)
    )
