"""Contract of file readers, and the registry of all readers by suffix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

import pyarrow as pa

from seq2seq.data.corpus.lines import open_binary, read_lines
from seq2seq.errors import DataError
from seq2seq.registry import Registry

Column = str | int | None
"""Column of a file: its name, or its position from 0; None is the default of the format."""

Row = tuple[str, str, Sequence[str]]
"""A source, its translation, and further reference translations."""


@dataclass(frozen=True)
class PairFile:
    """A file to read pairs from, with the columns to read.

    Attributes:
        path: The file.
        source: Column of the sources.
        target: Column of the targets.
        references: True if further reference translations are wanted.
        problems: Number of lines or rows repaired so far, by what was wrong with them. A reader
            adds its own; the total is logged when the file has been read.
    """

    path: str
    source: Column = None
    target: Column = None
    references: bool = False
    problems: Counter[str] = field(default_factory=Counter)

    def open(self) -> BinaryIO:
        """Open the file, which may be gzipped, for reading bytes.

        Returns:
            The stream of its unpacked bytes.

        Raises:
            DataError: If it cannot be opened, and later if it cannot be read.
        """
        return open_binary(self.path)

    def lines(self) -> Iterator[str]:
        """Read the lines. Undecodable bytes and NUL characters are repaired and counted.

        Yields:
            Each line, without its end.

        Raises:
            DataError: If the file cannot be read.
        """
        with self.open() as stream:
            for line in read_lines(stream):
                if line.problems:
                    self.problems.update(line.problems)
                yield line.text

    def column_names(self) -> tuple[str, str]:
        """Return the names of the two columns, by default "source" and "target".

        Raises:
            DataError: If a column is given by its position.
        """
        return self._name(self.source, "source"), self._name(self.target, "target")

    def _name(self, column: Column, default: str) -> str:
        if column is None:
            return default
        if isinstance(column, int):
            raise DataError(
                f"{self.path}: a column of this file has a name, not the position {column!r}"
            )
        return column


class Reader(Protocol):
    """Contract of a file reader: a function, registered in READERS under each of its suffixes.

    @READERS.register(".pairs")
    def read_pairs(file: PairFile) -> Iterator[Row]:
        for line in file.lines():
            source, target = line.split(" = ")
            yield source, target, ()
    """

    def __call__(self, file: PairFile, /) -> Iterable[Row] | Iterable[pa.Table]:
        """Read the pairs of a file, one after the other, so that it may be larger than the memory.

        Args:
            file: The file and what is wanted of it.

        Returns:
            Rows; or Arrow tables with the string columns "source" and "target" and, if references
            are wanted, a column "references" of lists of strings, the target among them.

        Raises:
            DataError: If the file cannot be read; the message names it, and where it can the line.
        """
        ...


READERS: Registry[Reader] = Registry("file reader")
"""File readers by suffix, in lower case and with its dot. A file with a further .gz is the same."""
