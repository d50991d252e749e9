"""Pair tables: Arrow tables of text pairs, built row by row or from columns of another table.

A pair table has the string columns 'source' and 'target' and, if asked for, 'references' (a list of
strings).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence, Sized

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seq2seq.data.corpus.lines import NUL, UNDECODABLE
from seq2seq.errors import DataError
from seq2seq.registry import suggestion

_CHUNK_ROWS = 50_000
"""Rows held as Python objects before they become Arrow: it bounds the memory and costs no time."""

_CHUNK_CHARACTERS = 1 << 28
"""Maximum number of characters in a chunk: of up to four bytes each, offsets fit into 32 bits."""

MAX_BYTES = 1 << 20
"""Maximum number of bytes of a text, as of a line of a text file."""

_REFERENCES = pa.field("references", pa.list_(pa.string()))

PAIRS = pa.schema([pa.field("source", pa.string()), pa.field("target", pa.string())])
"""Schema of a pair table without references."""


def pair_tables(
    rows: Iterable[tuple[str, str, Sequence[str]]],
    references: bool = False,
    size: int = _CHUNK_ROWS,
) -> Iterator[pa.Table]:
    """Yield rows as pair tables.

    Args:
        rows: A source, a target and further references for each row.
        references: Keep the target and all further references that are not blank in a column.
        size: Maximum number of rows of a table.

    Yields:
        Pair tables.
    """
    schema = PAIRS.append(_REFERENCES) if references else PAIRS
    for chunk in _chunks(iter(rows), size):
        columns = [_strings([row[0] for row in chunk]), _strings([row[1] for row in chunk])]
        if references:
            choices = [
                [target, *(text for text in further if text.strip())]
                for _, target, further in chunk
            ]
            columns.append(
                pa.ListArray.from_arrays(_ends(choices), _strings(list(itertools.chain(*choices))))
            )
        yield pa.Table.from_arrays(columns, schema=schema)


def _chunks(
    rows: Iterator[tuple[str, str, Sequence[str]]], size: int
) -> Iterator[list[tuple[str, str, Sequence[str]]]]:
    """Yield up to `size` rows at a time, or fewer so that an array of strings can hold the text."""
    chunk: list[tuple[str, str, Sequence[str]]] = []
    characters = 0
    for row in rows:
        chunk.append(row)
        characters += len(row[0]) + len(row[1]) + sum(map(len, row[2]))
        if len(chunk) == size or characters > _CHUNK_CHARACTERS:
            yield chunk
            chunk = []
            characters = 0
    if chunk:
        yield chunk


def _strings(texts: Sequence[str]) -> pa.StringArray:
    """Return texts as `pa.array` does, which imports pandas first: half a second at every start."""
    encoded = [text.encode() for text in texts]
    return pa.StringArray.from_buffers(
        len(encoded), _ends(encoded).buffers()[1], pa.py_buffer(b"".join(encoded))
    )


def _ends(parts: Sequence[Sized]) -> pa.Int32Array:
    """Return 0, then where each part ends if all stand in a row."""
    ends = np.cumsum([0, *map(len, parts)], dtype=np.int32)
    return pa.Int32Array.from_buffers(pa.int32(), len(ends), [None, pa.py_buffer(ends)])


def pair_table(
    table: pa.Table, source: str, target: str, references: bool, place: str, above: int = 0
) -> tuple[pa.Table, dict[str, int]]:
    """Make a pair table of two text columns of a table.

    A name reaches into a struct with a dot ("translation.es"); "es" is also looked for in a
    'translation' struct.

    Args:
        table: The table, which may be a piece of a larger one.
        source: Name of the column of the source.
        target: Name of the column of the target.
        references: Add a column of references, which holds the target.
        place: Name of the table in messages.
        above: Number of rows of the larger table before this piece.

    Returns:
        The pair table, and the number of repaired rows by problem.

    Raises:
        DataError: A column is missing or holds no text, or a row has no value.
    """
    read = [_decoded(_text_column(table, name, place, above)) for name in (source, target)]
    texts = [text for text, _ in read]
    undecodable = sum(count for _, count in read)
    nuls = pc.or_(*(pc.match_substring(text, "\0") for text in texts))
    repaired = pc.sum(nuls).as_py() or 0
    if repaired:
        texts = [pc.replace_substring(text, "\0", " ") for text in texts]
    columns = dict(zip(("source", "target"), texts, strict=True))
    if references:
        flat = texts[1].combine_chunks()
        columns["references"] = pa.ListArray.from_arrays(
            pa.array(range(len(flat) + 1), pa.int32()), flat
        )
    found = {NUL: repaired, UNDECODABLE: undecodable}
    return pa.table(columns), {name: count for name, count in found.items() if count}


def _decoded(column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, int]:
    """Return a column with U+FFFD for bytes that are not UTF-8, and the number of repairs."""
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        raw = column.cast(pa.binary()).to_pylist()
        texts = [value.decode("utf-8", errors="replace") for value in raw]
        repaired = sum(text.encode() != value for text, value in zip(texts, raw, strict=True))
        return pa.chunked_array([_strings(texts)]), repaired
    return column, 0


def _text_column(table: pa.Table, name: str, place: str, above: int) -> pa.ChunkedArray:
    path = column_path(table.schema, name, place)
    column = table.column(path[0])
    for field in path[1:]:
        column = pc.struct_field(column, field)
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if not (
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    ):
        raise DataError(f"{place}: the column {name!r} holds {column.type}, where text is needed")
    if column.null_count:
        row = pc.index(pc.is_null(column), True).as_py() + 1 + above
        raise DataError(
            f"{place}, row {row:,}: {name!r} is null, where text is needed; remove the row, or "
            'write "" for an empty text'
        )
    longest = pc.max(pc.binary_length(column.cast(pa.large_binary()))).as_py() or 0
    if longest > MAX_BYTES:
        raise DataError(f"{place}: {name!r} has a text of {longest:,} bytes, above {MAX_BYTES:,}")
    try:
        return column.cast(pa.string())
    except pa.ArrowException as error:
        raise DataError(f"{place}: the column {name!r} cannot be read as text: {error}") from error


def column_path(schema: pa.Schema, name: str, place: str) -> list[str]:
    """Return the path of a column: its name, or the names of a struct and of the fields within.

    Raises:
        DataError: There is no such column.
    """
    known = _leaves(schema)
    for candidate in (name, f"translation.{name}"):
        if candidate in known:
            return known[candidate]
    raise DataError(f"{place}: there is no column {name!r}{suggestion(name, known)}")


def column_names(schema: pa.Schema) -> list[str]:
    """Return the dotted names of all columns that are not structs."""
    return list(_leaves(schema))


def _leaves(fields: Iterable[pa.Field], above: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """Return the path of every column that is not a struct, by its dotted name."""
    known: dict[str, list[str]] = {}
    for field in fields:
        way = (*above, field.name)
        if pa.types.is_struct(field.type):
            known |= _leaves(field.type, way)
        else:
            known[".".join(way)] = list(way)
    return known
