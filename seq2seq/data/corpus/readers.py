"""Contract of file readers, and the registry of all readers by suffix."""

from __future__ import annotations

import io
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

import pyarrow as pa

from seq2seq.data.corpus.guess_encoding import undecodable_message
from seq2seq.data.corpus.lines import UNDECODABLE, open_binary, read_lines
from seq2seq.data.corpus.text_stream import check_encoding, open_text
from seq2seq.errors import ConfigError, DataError
from seq2seq.registry import Registry

LOGGER = logging.getLogger("seq2seq.data")

Column = str | int | None
"""Column of a file: its name, or its position from 0; None is the default of the format."""

Row = tuple[str, str, Sequence[str]]
"""A source, its translation, and further reference translations."""


@dataclass(frozen=True)
class TextOptions:
    """How to read the text of a file.

    Attributes:
        encoding: Encoding of text files that have no byte-order mark; "" is UTF-8.
        encoding_errors: "strict" refuses a file with bytes that its encoding does not know;
            "replace" reads them as U+FFFD.
        source_language: Code or name of the source language, "" if unknown. It tells which language
            of a file with several is the source.
        target_language: The same for the target.

    Raises:
        ConfigError: An encoding or a way to treat errors is not known.
    """

    encoding: str = ""
    encoding_errors: str = "strict"
    source_language: str = ""
    target_language: str = ""

    def __post_init__(self) -> None:
        if self.encoding:
            check_encoding(self.encoding)
        if self.encoding_errors not in ("strict", "replace"):
            raise ConfigError(
                f"encoding_errors is {self.encoding_errors!r}; it must be strict or replace"
            )


@dataclass(frozen=True)
class PairFile:
    """A file to read pairs from, with the columns to read.

    Attributes:
        path: The file.
        source: Column of the sources.
        target: Column of the targets.
        references: True if further reference translations are wanted.
        options: How to read its text.
        problems: Number of lines or rows repaired so far, by what was wrong with them. A reader
            adds its own; the total is logged when the file has been read.
        single: True if only one column is wanted, which is then both the source and the target.
    """

    path: str
    source: Column = None
    target: Column = None
    references: bool = False
    options: TextOptions = TextOptions()
    problems: Counter[str] = field(default_factory=Counter)
    single: bool = False

    def open(self) -> BinaryIO:
        """Open the file, which may be gzipped, for reading bytes.

        Returns:
            The stream of its unpacked bytes.

        Raises:
            DataError: If it cannot be opened, and later if it cannot be read.
        """
        return open_binary(self.path)

    def open_text(self, declares: Callable[[bytes], str] | None = None) -> io.BufferedReader:
        """Open the file, which may be gzipped, for reading its text as UTF-8.

        Args:
            declares: Returns the encoding that the first bytes of a file declare.

        Returns:
            The stream of its text in UTF-8, whatever its encoding.

        Raises:
            DataError: If it cannot be opened, or is no text.
        """
        return open_text(self.path, self.options.encoding, declares)

    def lines(self, *, ends: bool = False) -> Iterator[str]:
        """Read the lines. NUL characters are repaired and counted.

        Args:
            ends: If true, lines keep their ends.

        Yields:
            Each line.

        Raises:
            DataError: If the file cannot be read, or a line has bytes that its encoding does not
                know and these are not to be replaced.
        """
        with self.open_text() as stream:
            for number, line in enumerate(read_lines(stream, ends=ends), start=1):
                if line.problems:
                    self.note(line.problems, number)
                yield line.text

    def note(self, problems: Sequence[str], line: int) -> None:
        """Count what had to be repaired in a line.

        Args:
            problems: What it was, as `read_lines` names it.
            line: Number of the line, from 1.

        Raises:
            DataError: If bytes cannot be decoded, and are not to be replaced.
        """
        if UNDECODABLE in problems and self.options.encoding_errors == "strict":
            raise DataError(undecodable_message(self.path, line, self.options.encoding))
        self.problems.update(problems)

    def say(self, note: str) -> None:
        """Log how the file is read, where that is not plain to see.

        Args:
            note: What to say, without the name of the file.
        """
        LOGGER.info("%s: %s", self.path, note)

    def column_names(self) -> tuple[str, str]:
        """Return the names of the two columns, by default "source" and "target".

        Raises:
            DataError: If a column is given by its position.
        """
        return self._name(self.source, "source"), self._name(self.target, "target")

    def languages(self) -> tuple[str, str]:
        """Return the two languages of a file that has several: given as columns, or by the options.

        Raises:
            DataError: They are not named, or a column is given by its position.
        """
        found = (
            self._name(self.source, self.options.source_language),
            self._name(self.target, self.options.target_language),
        )
        if not all(found):
            raise DataError(
                f"{self.path}: name the two languages, such as es and en (data.source and "
                "data.target, or --source and --target)"
            )
        return found

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
