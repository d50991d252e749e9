"""Vectors of Parquet and JSON files, and the one-line errors about those that are none."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.config.settings import DataConfig
from seq2seq.data.corpus.vectors import (
    MAX_SIZE,
    VectorRows,
    dev_vectors,
    read_vectors,
    training_vectors,
)
from seq2seq.errors import DataError
from tests.support.examples import few

DATA = DataConfig(train="-", dev="--")


def row(vector: Any, text: Any = "a text") -> dict[str, Any]:
    return {"vector": vector, "text": text}


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write rows as Parquet, as JSON lines or as a JSON array, by the suffix."""
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".json":
        path.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    else:
        path.write_text("".join(f"{json.dumps(one)}\n" for one in rows), encoding="utf-8")
    return path


def read(path: Path, data: DataConfig = DATA, size: int | None = None) -> VectorRows:
    parts = list(read_vectors(str(path), data, size=size))
    vectors = np.concatenate([part.vectors for part in parts])
    return VectorRows(vectors, [text for part in parts for text in part.texts])


FLOATS = st.floats(allow_nan=False, allow_infinity=False, width=32)
MATRICES = st.integers(1, 4).flatmap(
    lambda size: st.lists(st.lists(FLOATS, min_size=size, max_size=size), min_size=1)
)


@given(MATRICES)
@few(20)
def test_a_vector_is_the_same_in_every_form(
    tmp_path_factory: pytest.TempPathFactory, vectors: list[list[float]]
) -> None:
    place = tmp_path_factory.mktemp("forms")
    rows = [row(vector, f"text {number}") for number, vector in enumerate(vectors)]
    for name in ("rows.jsonl", "rows.json", "rows.parquet"):
        found = read(write(place / name, rows))
        assert found.vectors.dtype == np.float32
        assert np.array_equal(found.vectors, np.asarray(vectors, np.float32))
        assert found.texts == [one["text"] for one in rows]


def test_lists_of_all_number_types_of_parquet_are_vectors(tmp_path: Path) -> None:
    texts = pa.array(["a", "b"])
    for kind in (pa.uint8(), pa.int64(), pa.float16(), pa.float32(), pa.float64()):
        for lists in (pa.list_(kind), pa.large_list(kind), pa.list_(kind, 2)):
            values = [[np.float16(1), np.float16(2)], [np.float16(3), np.float16(4)]]
            column = pa.array(values, pa.list_(pa.float16())).cast(pa.list_(pa.float32()))
            table = pa.table({"vector": column.cast(lists), "text": texts})
            pq.write_table(table, tmp_path / "rows.parquet")
            assert read(tmp_path / "rows.parquet").vectors.tolist() == [[1, 2], [3, 4]]


def test_columns_have_the_names_that_are_given(tmp_path: Path) -> None:
    data = DataConfig(train="-", dev="--", source="numbers", target="words")
    rows = [{"numbers": [1, 2.5], "words": "one", "text": 3}]
    for suffix in ("jsonl", "parquet"):
        found = read(write(tmp_path / f"rows.{suffix}", rows), data)
        assert found.vectors.tolist() == [[1, 2.5]]
        assert found.texts == ["one"]


def test_files_are_read_one_after_the_other_up_to_the_limit(tmp_path: Path) -> None:
    first = write(tmp_path / "first.jsonl", [row([1]), row([2], " "), row([3], "b")])
    second = write(tmp_path / "second.parquet", [row([4], "c"), row([5], "d")])
    (tmp_path / "first.jsonl.gz").write_bytes(gzip.compress(first.read_bytes()))
    data = DataConfig(
        train=[f"{first}.gz", str(second)], dev=str(second), train_pairs=3, dev_pairs=1
    )
    found = training_vectors(data)
    assert found.vectors.tolist() == [[1], [3], [4]]
    assert found.texts == ["a text", "b", "c"]
    assert dev_vectors(data, 1).texts == ["c"]
    with pytest.raises(DataError, match=r"row 1: 'vector' has 1 numbers, where 2 are needed"):
        dev_vectors(data, 2)


WRONG_JSON = [
    (row([1]), "line 2: 'vector' has 1 numbers, where 2 are needed"),
    (row([1, 2, 3]), "line 2: 'vector' has 3 numbers, where 2 are needed"),
    (row([]), "line 2: 'vector' has 0 numbers"),
    (row([0] * (MAX_SIZE + 1)), "where 1 to 16,384 are allowed"),
    (row([1, "two"]), "line 2: 'vector' holds \"two\", where a number is needed"),
    (row([1, True]), "'vector' holds true, where a number is needed"),
    (row([1, None]), "'vector' holds null, where a number is needed"),
    (row([1, [2]]), r"'vector' holds \[2\], where a number is needed"),
    (row([1, float("nan")]), "line 2: 'vector' holds nan, where a finite number is needed"),
    (row([float("-inf"), 1]), "'vector' holds -inf, where a finite number"),
    (row([1, 1e39]), "'vector' holds inf, where a finite number"),
    (row([1, 10**400]), "'vector' holds inf, where a finite number"),
    (row("1 2"), "line 2: 'vector' is \"1 2\", where a list of numbers is needed"),
    (row(None), "'vector' is null, where a list of numbers is needed"),
    ({"text": "a"}, "line 2: there is no 'vector'; there are: text"),
    ({"vectors": [1, 2], "text": "a"}, "no 'vector'; did you mean 'vectors'"),
    ({"vector": [1, 2]}, "line 2: there is no 'text'"),
    (row([1, 2], 7), "line 2: 'text' is 7, where a text is needed"),
    ([1, 2], "line 2: list where a JSON object is needed"),
]


@pytest.mark.parametrize(("wrong", "message"), WRONG_JSON)
def test_json_that_holds_no_vector_is_refused_in_one_line(
    tmp_path: Path, wrong: Any, message: str
) -> None:
    path = write(tmp_path / "rows.jsonl", [row([1, 2]), wrong])
    with pytest.raises(DataError, match=message) as caught:
        read(path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


WRONG_PARQUET = [
    ({"vector": [[1.0, 2.0], [1.0]]}, "row 2: 'vector' has 1 numbers, where 2 are needed"),
    ({"vector": [[1.0], None]}, "row 2: 'vector' is null, where a list of numbers is needed"),
    ({"vector": [[1.0], [None]]}, "row 2: 'vector' holds null, where a number is needed"),
    ({"vector": [[], []]}, "'vector' is of type list"),
    ({"vector": [["a"], ["b"]]}, "is of type list.*, where a list of numbers is needed"),
    ({"vector": [[True], [False]]}, "is of type list.*, where a list of numbers is needed"),
    ({"vector": [1.0, 2.0]}, "'vector' is of type double, where a list of numbers is needed"),
    ({"vector": [[1.0], [float("inf")]]}, "row 2: 'vector' holds inf, where a finite number"),
    ({"vektor": [[1.0], [1.0]]}, "there is no column 'vector'; did you mean 'vektor'"),
    ({"vector": [[1.0], [1.0]], "text": ["a", None]}, "row 2: 'text' is null, where a text"),
    ({"vector": [[1.0], [1.0]], "text": [1, 2]}, "'text' is of type int64, where a text"),
]


@pytest.mark.parametrize(("columns", "message"), WRONG_PARQUET)
def test_parquet_that_holds_no_vector_is_refused_in_one_line(
    tmp_path: Path, columns: dict[str, Any], message: str
) -> None:
    pq.write_table(pa.table({"text": ["a", "b"]} | columns), tmp_path / "rows.parquet")
    with pytest.raises(DataError, match=message) as caught:
        read(tmp_path / "rows.parquet")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("rows.tsv", b"1 2\ta\n", "vectors are read from .parquet, .json"),
        ("rows.parquet", b"PAR1", "not a Parquet file"),
        ("rows.parquet", b"", "not a Parquet file"),
        ("rows.jsonl", b"", "holds no vector with a text"),
        ("rows.jsonl", b'{"vector": [1', "not a JSON object"),
        ("rows.json", b'[{"vector": [1], "text": "a"}', "array is not closed"),
        ("rows.jsonl", b'{"vector": [1], "text": "caf\xe9"}\n', "not UTF-8|undecodable|encoding"),
        ("rows.jsonl", b'{"vector": [1], "text": "\\ud800"}\n', "half a character"),
        ("rows.jsonl", b'{"vector": [1], "text": " "}\n', "holds no vector with a text"),
        ("rows.jsonl", b"[" * 100_000, "JSON|nested"),
    ],
)
def test_a_file_of_another_kind_is_refused_in_one_line(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        training_vectors(DataConfig(train=str(tmp_path / name), dev="-"))
    assert "\n" not in str(caught.value)


def test_bytes_of_parquet_that_are_not_utf_8_are_refused_or_replaced(tmp_path: Path) -> None:
    raw = pa.array([b"caf\xe9", b"a\0b"], pa.binary())
    texts = pa.StringArray.from_buffers(2, *raw.buffers()[1:])
    pq.write_table(pa.table({"vector": [[1.0], [2.0]], "text": texts}), tmp_path / "rows.parquet")
    with pytest.raises(DataError, match=r"row 1: 'text' holds bytes that are not UTF-8"):
        read(tmp_path / "rows.parquet")
    data = DataConfig(train="-", dev="--", encoding_errors="replace")
    assert read(tmp_path / "rows.parquet", data).texts == ["caf\ufffd", "a b"]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no such file"):
        read(tmp_path / "none.jsonl")
