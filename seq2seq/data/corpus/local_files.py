"""Pairs from local files: the reader of a file by its name, else by its first bytes.

A text is kept as it is in its file: quotation marks, "None", "007", trailing spaces. What each
reader reads is in `formats`; here are two line-aligned text files.
"""

from __future__ import annotations

import itertools
import logging
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import pyarrow as pa

# isort: off
import seq2seq.data.corpus.formats.delimited
import seq2seq.data.corpus.formats.json_pairs
import seq2seq.data.corpus.formats.parquet
import seq2seq.data.corpus.formats.po
import seq2seq.data.corpus.formats.tmx
import seq2seq.data.corpus.formats.workbook
import seq2seq.data.corpus.formats.xliff
import seq2seq.data.corpus.formats.wmt_xml  # noqa: F401

# isort: on
from seq2seq.data.corpus.formats.mteval import SUFFIXES, segment_lines
from seq2seq.data.corpus.lines import open_binary
from seq2seq.data.corpus.pair_table import pair_tables
from seq2seq.data.corpus.readers import READERS, Column, PairFile, Reader, Row, TextOptions
from seq2seq.data.corpus.text_stream import check_is_text
from seq2seq.errors import DataError
from seq2seq.runtime.plugins import load_plugins

LOGGER = logging.getLogger("seq2seq.data")

LANGUAGE = "{lang}"
"""Stands for the language in the path of two line-aligned files."""

_HEAD = 1 << 12
"""Number of bytes that tell what kind of file one without a known name is."""

_KINDS = (
    (re.compile(rb"PK\x03\x04.*xl/", re.DOTALL), ".xlsx"),
    (re.compile(rb"PK\x03\x04.*opendocument\.spreadsheet", re.DOTALL), ".ods"),
    (re.compile(rb"PAR1"), ".parquet"),
    (re.compile(rb"[^<]*(?:<[?!][^>]*>\s*)*<tmx\b"), ".tmx"),
    (re.compile(rb"[^<]*(?:<[?!][^>]*>\s*)*<(?:\w+:)?xliff\b"), ".xliff"),
    (re.compile(rb"[^<]*(?:<[?!][^>]*>\s*)*<(?:dataset|mteval|srcset|refset)\b"), ".xml"),
    (re.compile(rb"(?:\s|#[^\n]*\n)*msg(?:id|ctxt)\s"), ".po"),
    (re.compile(rb"\s*[\[{]\s*[\[{\"]"), ".json"),
    (re.compile(rb"[^\t\n]*\t"), ".tsv"),
)
"""First bytes of files, after a byte-order mark, and the suffixes of their readers."""


def suffix(path: str) -> str:
    """Return the suffix by which a reader is found, or "" if there is none for this file.

    Raises:
        ConfigError: If a plug-in that might read it cannot be imported.
    """
    name = os.path.basename(path).lower().removesuffix(".gz").removesuffix(".zst")
    known = _longest_suffix(name)
    if not known and "." in name:
        load_plugins()
        known = _longest_suffix(name)
    return known


def _longest_suffix(name: str) -> str:
    return max((known for known in READERS if name.endswith(known)), key=len, default="")


def read_tables(
    path: str,
    source: Column,
    target: Column,
    references: bool = False,
    options: TextOptions | None = None,
) -> Iterator[pa.Table]:
    """Yield the pairs of a file as pair tables (see `pair_table`).

    With `{lang}` in the path, two line-aligned files are read. The tables come as they are read: a
    file may be larger than memory. Repairs are logged at its end.

    Raises:
        DataError: If the file cannot be read; the message names it, and where it can the line.
        ConfigError: If a plug-in that might read it cannot be imported.
    """
    file = PairFile(path, source, target, references, options=options or TextOptions())
    yield from _noted(file, "pairs")


def read_column(path: str, column: Column, options: TextOptions) -> Iterator[pa.Table]:
    """Yield one column of a file as pair tables whose sources and targets are equal.

    Without a column, the sources are those of a file of pairs. Errors are those of `read_tables`.
    """
    single = column is not None
    file = PairFile(path, column, column, single=single, options=options)
    yield from _noted(file, "texts")


def _noted(file: PairFile, content: str) -> Iterator[pa.Table]:
    """Yield what a file holds as tables; log what was repaired, and raise if it holds nothing."""
    found = False
    for table in _tables(file):
        found = found or table.num_rows > 0
        yield table
    if file.problems:
        repaired = ", ".join(
            f"{name} in {count:,} line{'s'[: count > 1]}"
            for name, count in sorted(file.problems.items())
        )
        LOGGER.warning(
            "%s: %s (kept; undecodable bytes as U+FFFD, NUL as a blank)", file.path, repaired
        )
    if not found:
        raise DataError(f"{file.path}: holds no {content}")


def _tables(file: PairFile) -> Iterator[pa.Table]:
    """Yield what the file's reader reads, as tables."""
    reader = _read_aligned if LANGUAGE in file.path else _reader(file.path)
    items = iter(reader(file))
    first = next(items, None)
    if first is None:
        return
    if isinstance(first, pa.Table):
        yield first
        yield from items
    else:
        rows = itertools.chain([first], cast(Iterator[Row], items))
        yield from pair_tables(rows, file.references)


def _reader(path: str) -> Reader:
    """Return the reader of a file: by its name, else by its first bytes."""
    if found := suffix(path):
        return READERS[found]
    with open_binary(path) as stream:  # report a missing file as missing
        head = stream.peek(_HEAD)[:_HEAD]
    head = head.removeprefix(b"\xef\xbb\xbf")
    for pattern, kind in _KINDS:
        if pattern.match(head):
            return READERS[kind]
    check_is_text(path, head)
    raise DataError(
        f"{path}: not a kind of file known here ({', '.join(READERS)}, or two text files as "
        f"'name.{LANGUAGE}')"
    )


def _read_aligned(file: PairFile) -> Iterator[Row]:
    """Yield the pairs of two text files with a sentence per line, or of two sides of a test set."""
    path = file.path
    source = file.source
    target = file.target
    if source is None or target is None or source == target:
        raise DataError(
            f"{path}: say which two languages stand for {LANGUAGE}, for example source 'de', "
            "target 'en'"
        )
    sides = [
        replace(file, path=path.replace(LANGUAGE, str(language))) for language in (source, target)
    ]
    paths = [side.path for side in sides]
    counts = [0, 0]
    for lines in itertools.zip_longest(*map(_side_lines, sides)):
        counts = [count + (line is not None) for count, line in zip(counts, lines, strict=True)]
        if None not in lines:
            yield lines[0], lines[1], ()
    if counts[0] != counts[1]:
        raise DataError(
            f"{paths[0]} has {counts[0]:,} lines and {paths[1]} has {counts[1]:,}: "
            "line-aligned files need the same number"
        )


def _side_lines(file: PairFile) -> Iterator[str]:
    """Yield the sentences of one side."""
    return segment_lines(file) if suffix(file.path) in SUFFIXES else file.lines()
