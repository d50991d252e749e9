"""Tables of text pairs: built row by row, or taken out of an Arrow table by the names of its columns.

Knows Arrow; knows neither file formats nor the Hub. Every table that leaves this file has the string columns
'source' and 'target', and 'references' (a list of strings) where it was asked for.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from seq2seq.data.lines import NUL
from seq2seq.errors import DataError
from seq2seq.registry import suggestion

_CHUNK = 50_000  # rows held as Python objects before they become Arrow: bounds the memory, costs no time
_REFERENCES = pa.list_(pa.string())


class PairTable:
    """Collects pairs; `table` returns them as an Arrow table."""

    def __init__(self, references: bool = False) -> None:
        fields = [pa.field("source", pa.string()), pa.field("target", pa.string())]
        self._schema = pa.schema([*fields, pa.field("references", _REFERENCES)] if references else fields)
        self._references = references
        self._batches: list[pa.RecordBatch] = []
        self._sources: list[str] = []
        self._targets: list[str] = []
        self._further: list[list[str]] = []

    def add(self, source: str, target: str, further: Iterable[str] = ()) -> None:
        """Append a pair; `further` are references beside the target, of which the blank ones are left out."""
        self._sources.append(source)
        self._targets.append(target)
        if self._references:
            self._further.append([target, *(text for text in further if text.strip())])
        if len(self._sources) == _CHUNK:
            self._flush()

    def _flush(self) -> None:
        columns = [self._sources, self._targets, *([self._further] if self._references else [])]
        arrays = [pa.array(column, field.type) for column, field in zip(columns, self._schema, strict=True)]
        self._batches.append(pa.record_batch(arrays, schema=self._schema))
        self._sources, self._targets, self._further = [], [], []

    def table(self) -> pa.Table:
        self._flush()
        return pa.Table.from_batches(self._batches, schema=self._schema)


def pair_table(
    table: pa.Table, source: str, target: str, references: bool, place: str
) -> tuple[pa.Table, dict[str, int]]:
    """Take two text columns out of a table; return them as a pair table, and the number of rows mended by problem.

    A name reaches into a struct with a dot ("translation.es"); "es" alone is also sought in a 'translation' struct.

    Raises:
        DataError: for a column that is missing or holds no text, and for a row without a value.
    """
    texts = [_text_column(table, name, place) for name in (source, target)]
    nuls = pc.or_(*(pc.match_substring(text, "\0") for text in texts))
    mended = pc.sum(nuls).as_py() or 0
    if mended:
        texts = [pc.replace_substring(text, "\0", " ") for text in texts]
    columns = dict(zip(("source", "target"), texts, strict=True))
    if references:
        flat = texts[1].combine_chunks()
        columns["references"] = pa.ListArray.from_arrays(pa.array(range(len(flat) + 1), pa.int32()), flat)
    return pa.table(columns), {NUL: mended} if mended else {}


def _text_column(table: pa.Table, name: str, place: str) -> pa.ChunkedArray:
    path = column_path(table.schema, name, place)
    column = table.column(path[0])
    for field in path[1:]:
        column = pc.struct_field(column, field)
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)):
        raise DataError(f"{place}: the column {name!r} holds {column.type}, where text is needed")
    if column.null_count:
        row = pc.index(pc.is_null(column), True).as_py() + 1
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
