"""Tables of text pairs: built row by row, or taken out of an Arrow table by the names of its
columns.

Knows Arrow; knows neither file formats nor the Hub. Every table that leaves this file has the
string columns 'source' and 'target', and 'references' (a list of strings) where it was asked for.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence, Sized

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seq2seq.data.corpus.lines import NUL
from seq2seq.errors import DataError
from seq2seq.registry import suggestion

_CHUNK = (
    50_000  # rows held as Python objects before they become Arrow: bounds the memory, costs no time
)
_MOST_CHARACTERS = 1 << 28  # in a chunk: of up to four bytes each, their offsets fit into 32 bits
_REFERENCES = pa.field("references", pa.list_(pa.string()))
PAIRS = pa.schema([pa.field("source", pa.string()), pa.field("target", pa.string())])


def pair_tables(
    rows: Iterable[tuple[str, str, Sequence[str]]], references: bool = False, size: int = _CHUNK
) -> Iterator[pa.Table]:
    """Yield rows of a source, a target and further references as tables of at most `size` rows.

    With `references`, the further ones that are not blank stand behind the target in a column of
    their own."""
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
    """As many rows at a time, or fewer that have no more characters than an array of strings can
    hold."""
    chunk: list[tuple[str, str, Sequence[str]]] = []
    characters = 0
    for row in rows:
        chunk.append(row)
        characters += len(row[0]) + len(row[1]) + sum(map(len, row[2]))
        if len(chunk) == size or characters > _MOST_CHARACTERS:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk


def _strings(texts: Sequence[str]) -> pa.StringArray:
    """As `pa.array` makes it, which would import pandas first: half a second at every start."""
    encoded = [text.encode() for text in texts]
    return pa.StringArray.from_buffers(
        len(encoded), _ends(encoded).buffers()[1], pa.py_buffer(b"".join(encoded))
    )


def _ends(parts: Sequence[Sized]) -> pa.Int32Array:
    """Where each of the parts ends when they stand in a row, and before them 0."""
    ends = np.cumsum([0, *map(len, parts)], dtype=np.int32)
    return pa.Int32Array.from_buffers(pa.int32(), len(ends), [None, pa.py_buffer(ends)])


def pair_table(
    table: pa.Table, source: str, target: str, references: bool, place: str, above: int = 0
) -> tuple[pa.Table, dict[str, int]]:
    """Take two text columns out of a table; return them as a pair table, and the number of rows
    mended by problem.

    A name reaches into a struct with a dot ("translation.es"); "es" alone is also sought in a
    'translation' struct. The table may be a piece of a larger one: `above` is the number of rows
    before it.

    Raises:
        DataError: for a column that is missing or holds no text, and for a row without a value.
    """
    texts = [_text_column(table, name, place, above) for name in (source, target)]
    nuls = pc.or_(*(pc.match_substring(text, "\0") for text in texts))
    mended = pc.sum(nuls).as_py() or 0
    if mended:
        texts = [pc.replace_substring(text, "\0", " ") for text in texts]
    columns = dict(zip(("source", "target"), texts, strict=True))
    if references:
        flat = texts[1].combine_chunks()
        columns["references"] = pa.ListArray.from_arrays(
            pa.array(range(len(flat) + 1), pa.int32()), flat
        )
    return pa.table(columns), {NUL: mended} if mended else {}


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
        raise DataError(f"{place}, row {row:,}: {name!r} is null, where text is needed")
    try:
        return column.cast(pa.string())
    except pa.ArrowException as error:
        raise DataError(f"{place}: the column {name!r} cannot be read as text: {error}") from error


def column_path(schema: pa.Schema, name: str, place: str) -> list[str]:
    """Return the way to a column: its name, or the names of a struct and of the fields within."""
    known = _leaves(schema)
    for candidate in (name, f"translation.{name}"):
        if candidate in known:
            return known[candidate]
    raise DataError(f"{place}: there is no column {name!r}{suggestion(name, known)}")


def _leaves(fields: Iterable[pa.Field], above: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """Return the dotted name of every column that is no struct, with the way to it."""
    known: dict[str, list[str]] = {}
    for field in fields:
        way = (*above, field.name)
        if pa.types.is_struct(field.type):
            known |= _leaves(field.type, way)
        else:
            known[".".join(way)] = list(way)
    return known
