"""Columns of the source and the target in a file of pairs, from the names that the file has."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from seq2seq.data.corpus.columns import header_columns, known_names, language_of
from seq2seq.data.corpus.formats.delimited import first_row
from seq2seq.data.corpus.formats.json_pairs import first_names
from seq2seq.data.corpus.formats.parquet import parquet_names
from seq2seq.data.corpus.formats.tmx import memory_languages
from seq2seq.data.corpus.formats.xliff import file_languages
from seq2seq.data.corpus.local_files import LANGUAGE, suffix
from seq2seq.data.corpus.readers import Column, PairFile, TextOptions
from seq2seq.errors import DataError

Columns = tuple[Column, Column]
"""Columns of the source and of the target; None is the default of the format.

In translation memories and XLIFF files they are the codes of the languages."""

_DEFAULT: Columns = (None, None)

_PLAIN = TextOptions()

_INNER = "translation."
"""Begins the names of columns of an object with one text per language, as on the Hub."""

_SHOWN = 40
"""Number of characters that are shown of a name; in a table without a header it is a text."""


def find_columns(path: str, options: TextOptions = _PLAIN) -> Columns:
    """Return the columns of the two sides of a local file.

    They are found by their names, as they are where the pairs are read. A table of two columns
    without such names has the source in the first. Translation memories and XLIFF files have
    languages for columns. Formats whose readers find the sides themselves have the default.

    Args:
        path: File of pairs; with `{lang}`, two line-aligned text files.
        options: How to read its text.

    Raises:
        DataError: The file cannot be read, or its columns have no names that tell.
    """
    if LANGUAGE in path:
        return _aligned(path)
    kind = suffix(path)
    file = PairFile(path, options=options)
    if kind in (".tsv", ".tab", ".txt"):
        return _headed(file, first_row(file, is_csv=False)) or _DEFAULT
    if kind == ".csv":
        return _of_csv(file)
    if kind in (".json", ".jsonl", ".ndjson"):
        return _named(file, first_names(file))
    if kind == ".parquet":
        return _named(file, parquet_names(file))
    if kind == ".tmx":
        return _of_memory(file)
    if kind.endswith(("xlf", "xliff")):
        return _of_xliff(file)
    return _DEFAULT


def _of_csv(file: PairFile) -> Columns:
    headed = _headed(file, first_row(file, is_csv=True))
    if headed is not None:
        return headed
    positions = (0, 1)
    row = first_row(replace(file, source=0, target=1), is_csv=True)
    return positions if len(row) == len(positions) else _named(file, row)


def _of_memory(file: PairFile) -> Columns:
    """Return the two languages of a translation memory."""
    codes = memory_languages(file)
    if not codes:
        return _DEFAULT  # reading reports it
    found = _shortened(codes)
    if len(found) != 2:
        raise DataError(
            f"{file.path}: which languages are the source and the target? Name them with --source "
            f"and --target; there are {', '.join(codes)}"
        )
    return found[0], found[1]


def _of_xliff(file: PairFile) -> Columns:
    """Return the two languages of an XLIFF file; the default if it does not name both."""
    codes = file_languages(file)
    if not all(codes):
        return _DEFAULT
    source, target = _shortened(codes)
    return source, target


def _shortened(codes: Sequence[str]) -> tuple[str, ...]:
    """Return codes without regions, which mean all variants, if they are two languages then."""
    short = tuple(dict.fromkeys(language_of(code) or code for code in codes))
    return short if len(short) == 2 else tuple(codes)


def _headed(file: PairFile, row: Sequence[str]) -> Columns | None:
    """Return the columns that the first row of a table names; None if it is no header."""
    found = header_columns(row, file)
    return None if found is None else _explicit(row[found[0]], row[found[1]])


def _named(file: PairFile, names: Sequence[str]) -> Columns:
    """Return the columns of a file whose columns have names."""
    if not names:
        return _DEFAULT  # reading reports it
    found = known_names(file, names)
    if set(found) <= set(names):
        return _explicit(*found)
    raise DataError(
        f"{file.path}: which columns are the source and the target? Name them with --source and "
        f"--target; there are {', '.join(name[:_SHOWN] for name in names)}"
    )


def _explicit(source: str, target: str) -> Columns:
    if (source, target) == ("source", "target"):
        return _DEFAULT
    return source.removeprefix(_INNER), target.removeprefix(_INNER)


def _aligned(path: str) -> Columns:
    """Return the two languages that stand for `{lang}` in the names of files."""
    pattern = LANGUAGE.join(glob.escape(part) for part in path.split(LANGUAGE))
    beginning, _, end = path.partition(LANGUAGE)
    found = sorted(
        name[len(beginning) : len(name) - len(end)]
        for name in glob.glob(pattern.replace(LANGUAGE, "*"))
    )
    languages = [name for name in found if language_of(name)] or found
    if len(languages) != 2:
        raise DataError(
            f"{path}: which two languages stand for {LANGUAGE}? Name them with --source and "
            f"--target; there are {', '.join(found) or 'no such files'}"
        )
    return languages[0], languages[1]


def dev_beside(path: str) -> str | None:
    """Return the file of dev pairs that is beside a training file, by its name.

    Args:
        path: File of the training pairs, such as train.tsv or train.{lang}.
    """
    place = Path(path)
    if not place.name:  # a place such as "."
        return None
    for word in ("dev", "valid", "validation", "val"):
        name = place.name.replace("train", word)
        candidate = place.with_name(name)
        exists = glob.glob(str(candidate).replace(LANGUAGE, "*")) if LANGUAGE in name else []
        if name != place.name and (candidate.is_file() or exists):
            return str(candidate)
    return None
