"""Tables of pairs built row by row: what goes in comes out, in tables that are not too large."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.data.corpus import pair_table
from seq2seq.data.corpus.pair_table import pair_tables

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(
    st.lists(st.tuples(texts, texts, st.lists(texts, max_size=3)), max_size=9), st.integers(1, 4)
)
def test_what_goes_in_comes_out(rows: list[tuple[str, str, list[str]]], size: int) -> None:
    tables = list(pair_tables(rows, references=True, size=size))
    found = [
        row
        for table in tables
        for row in zip(*(column.to_pylist() for column in table.columns), strict=True)
    ]
    assert found == [(a, b, [b, *(text for text in more if text.strip())]) for a, b, more in rows]
    assert all(len(table) == size for table in tables[:-1])
    for table in tables:
        table.validate(full=True)


def test_a_table_has_no_more_text_than_its_offsets_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pair_table, "_CHUNK_CHARACTERS", 20)
    rows = [("ñ" * 7, "b" * 7, ())] * 5
    assert [len(table) for table in pair_tables(rows)] == [2, 2, 1]
