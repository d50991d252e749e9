"""Columns of the source and the target in a file of pairs, from the names that the file has."""

from __future__ import annotations

import csv
import glob
import json
import re
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from seq2seq.data.corpus.lines import open_binary, read_lines
from seq2seq.data.corpus.local_files import LANGUAGE, suffix
from seq2seq.data.corpus.readers import Column
from seq2seq.errors import DataError
from seq2seq.text_steps.language_names import NAMES, language_code

Columns = tuple[Column, Column]
"""Columns of the source and of the target; None is the default of the format."""

SIDES = (("source", "target"), ("src", "tgt"), ("src", "trg"), ("input", "output"))
"""Names of columns that tell which side they are."""

NUMBERS = ("id", "no")
"""Names of columns that are languages, too, but more often number the rows."""

_NESTED = "translation"
"""Column of an object with one text per language, as in datasets of the Hub."""


def find_columns(path: str) -> Columns:
    """Return the columns of the two sides of a local file.

    Columns are found by names: those in `SIDES`, or two languages, in the order of the file. A
    table without such names has the source in its first column and the target in its second.

    Args:
        path: File of pairs; with `{lang}`, two line-aligned text files.

    Raises:
        DataError: The file cannot be read, or its columns have no names that tell.
    """
    if LANGUAGE in path:
        return _aligned(path)
    kind = suffix(path)
    names = _names(path, kind)
    languages = [name for name in names if language_of(name)]
    if len(languages) > 2:
        languages = [name for name in languages if name.casefold() not in NUMBERS]
    for pair in (*SIDES, languages[:2]):
        found = [name for side in pair for name in names if name.casefold() == side.casefold()]
        if len(found) == 2:
            default = kind != ".tsv" and tuple(found) == SIDES[0]
            return (None, None) if default else (found[0], found[1])
    if kind == ".csv":
        return 0, 1
    if names and kind in (".json", ".jsonl", ".parquet"):
        raise DataError(
            f"{path}: which columns are the source and the target? Name them with --source and "
            f"--target; there are {', '.join(names)}"
        )
    return None, None


def language_of(name: str) -> str:
    """Return the code of the language that the name of a column or file means; "" if none."""
    code = re.split(r"[-_]", name.strip().casefold())[0]
    return code if code in NAMES else language_code(name)


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


def _names(path: str, kind: str) -> Sequence[str]:
    """Return the names of the columns of a file, as far as it has any."""
    if kind == ".parquet":
        with open_binary(path) as file:
            content = pa.BufferReader(file.read()) if path.endswith(".gz") else path
        try:
            return list(pq.read_schema(content).names)
        except (OSError, pa.ArrowException):
            return []  # reading reports it
    if kind not in (".tsv", ".csv", ".json", ".jsonl"):
        return []
    with open_binary(path) as file:
        first = next((line.text for line in islice(read_lines(file), 100) if line.text.strip()), "")
    if kind == ".tsv":
        return first.split("\t")
    if kind == ".csv":
        return next(csv.reader([first]), [])
    return _keys(first)


def _keys(line: str) -> Sequence[str]:
    """Return the keys of a JSON object, those of its translations if it has any."""
    try:
        found = json.loads(line)
    except ValueError:
        return []  # reading reports it
    if isinstance(found, list) and found:
        found = found[0]
    if not isinstance(found, Mapping):
        return []
    inner = found.get(_NESTED)
    return list(inner if isinstance(inner, Mapping) else found)


def dev_beside(path: str) -> str | None:
    """Return the file of dev pairs that is beside a training file, by its name.

    Args:
        path: File of the training pairs, such as train.tsv or train.{lang}.
    """
    place = Path(path)
    for word in ("dev", "valid", "validation", "val"):
        name = place.name.replace("train", word)
        candidate = place.with_name(name)
        exists = glob.glob(str(candidate).replace(LANGUAGE, "*")) if LANGUAGE in name else []
        if name != place.name and (candidate.is_file() or exists):
            return str(candidate)
    return None
