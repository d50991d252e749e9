"""Local files that cannot be read, or only after mending: every message names the file and, where
it can, the line."""

from __future__ import annotations

import gzip
import io
import logging
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from seq2seq.data.corpus.corpus import Corpus, is_local
from seq2seq.data.corpus.formats import parquet as parquet_reader
from seq2seq.data.corpus.readers import TextOptions
from seq2seq.errors import DataError

REPLACE = TextOptions(encoding_errors="replace")


def put(folder: Path, name: str, content: bytes) -> str:
    path = folder / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return str(path)


def parquet(pairs: list[tuple[str, str]]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(
        pa.table({"source": [pair[0] for pair in pairs], "target": [pair[1] for pair in pairs]}),
        sink,
    )
    return sink.getvalue()


def test_a_line_without_two_columns(tmp_path: Path) -> None:
    path = put(tmp_path, "x.tsv", b"a\tb\n" * 16 + b"only one\n")
    with pytest.raises(DataError) as caught:
        Corpus.load(path)
    assert str(caught.value) == f"{path}, line 17: 1 column where 2 are needed (source TAB target)"
    with pytest.raises(
        DataError, match=r"x\.csv, line 3: 1 column where 2 are needed \(source comma target\)"
    ):
        Corpus.load(put(tmp_path, "x.csv", b"source,target\na,b\nc\n"))


def test_aligned_files_of_different_length(tmp_path: Path) -> None:
    put(tmp_path, "x.es", b"a\n" * 3)
    put(tmp_path, "x.en", b"b\n")
    with pytest.raises(DataError) as caught:
        Corpus.load(str(tmp_path / "x.{lang}"), source="es", target="en")
    assert f"{tmp_path}/x.es has 3 lines and {tmp_path}/x.en has 1" in str(caught.value)
    with pytest.raises(DataError, match=r"x\.fr: there is no such file"):
        Corpus.load(str(tmp_path / "x.{lang}"), source="es", target="fr")
    for target in (None, "es"):
        with pytest.raises(DataError, match="say which two languages"):
            Corpus.load(str(tmp_path / "x.{lang}"), source="es", target=target)


@pytest.mark.parametrize("name", ["x.tsv", "x.csv", "x.jsonl", "x.tsv.gz"])
def test_an_empty_file_holds_no_pairs(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match=rf"{name}: holds no pairs"):
        Corpus.load(put(tmp_path, name, b""))


def test_headers_alone_hold_no_pairs(tmp_path: Path) -> None:
    for path in (
        put(tmp_path, "x.csv", b"source,target\n"),
        put(tmp_path, "x.parquet", _no_rows()),
    ):
        with pytest.raises(DataError, match="holds no pairs"):
            Corpus.load(path)


def _no_rows() -> bytes:
    sink = io.BytesIO()
    pq.write_table(
        pa.table({"source": pa.array([], pa.string()), "target": pa.array([], pa.string())}), sink
    )
    return sink.getvalue()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"{", "line 2: not a JSON object on one line"),
        (b"[" * 100_000, "line 2: not a JSON object on one line"),
        (b'["a", "b"]', "line 2: list where a JSON object"),
        (b'{"source": "a"}', "line 2: there is no 'target'; there are: source"),
        (b'{"source": 7, "target": "b"}', "line 2: 'source' is 7, where a text is needed"),
        (
            b'{"source": "a", "target": null}',
            "line 2: 'target' is null, .*; remove the row",
        ),
        (b'{"source": "a", "target": {"x": 1}}', "line 2: 'target' is .*, where a text"),
    ],
)
def test_json_lines_that_are_wrong(tmp_path: Path, line: bytes, message: str) -> None:
    path = put(tmp_path, "x.jsonl", b'{"source": "a", "target": "b"}\n' + line + b"\n")
    with pytest.raises(DataError, match=rf"x\.jsonl, {message}"):
        Corpus.load(path)


def test_blank_json_lines_are_none(tmp_path: Path) -> None:
    assert len(Corpus.load(put(tmp_path, "x.jsonl", b'\n{"source": "a", "target": "b"}\n \n'))) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'source,target\na,"b\nc,d\n', "line 2: not proper CSV"),
        (b'source,target\na,"b"c\n', "line 2: not proper CSV"),
        (b'source,target\na,b\n"c' + b"x\n" * 600_000, "line 3: not proper CSV"),
        (b"source,target\na," + b"x" * 1_100_000, "line 2: longer than"),
        (b"source,target\ra,b\r", "line 1: not proper CSV"),
    ],
)
def test_csv_that_is_wrong(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=rf"x\.csv, {message}"):
        Corpus.load(put(tmp_path, "x.csv", content))


def test_a_long_csv_field_is_read(tmp_path: Path) -> None:
    path = put(tmp_path, "x.csv", b"source,target\na," + b"x" * 500_000 + b"\n")
    assert len(Corpus.load(path).targets()[0]) == 500_000


def test_parquet_that_is_wrong(tmp_path: Path) -> None:
    whole = parquet([("a", "b")] * 1000)
    for content in (b"", b"PAR1 nothing", whole[:-40], whole[: len(whole) // 2]):
        with pytest.raises(DataError, match=r"bad\.parquet: not a Parquet file, or a damaged one"):
            Corpus.load(put(tmp_path, "bad.parquet", content))
    path = str(tmp_path / "x.parquet")
    pq.write_table(pa.table({"source": ["a", None], "target": ["b", "c"], "id": [1, 2]}), path)
    with pytest.raises(DataError, match=r"x\.parquet, row 2: 'source' is null, .*; remove the row"):
        Corpus.load(path)
    with pytest.raises(
        DataError, match=r"x\.parquet: the column 'id' holds int64, where text is needed"
    ):
        Corpus.load(path, source="id", target="target")
    with pytest.raises(DataError, match=r"no column 'sourse'; did you mean 'source'"):
        Corpus.load(path, source="sourse", target="target")


def test_a_damaged_gzip_is_named(tmp_path: Path) -> None:
    whole = gzip.compress(b"".join(b"%d\tb\n" % number for number in range(5000)))
    path = put(tmp_path, "cut.tsv", whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"cut\.tsv: damaged or incomplete gzip"):
        Corpus.load(path)


def test_a_missing_file_is_not_taken_for_a_dataset(tmp_path: Path) -> None:
    for where in (
        "data/nowhere.tsv",
        "nowhere.parquet",
        "./nowhere",
        "../x/nowhere",
        "/nowhere",
        "a/b/c",
        "~/nowhere",
    ):
        with pytest.raises(
            DataError, match=r"nowhere.*: there is no such file|a/b/c: there is no such file"
        ):
            Corpus.load(where)
    with pytest.raises(DataError, match="not a kind of file known here"):
        Corpus.load(put(tmp_path, "x.docx", b"PK"))
    with pytest.raises(DataError, match="is a directory"):
        Corpus.load(tmp_path)


def test_what_is_local_and_what_is_on_the_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("opus_books", "Helsinki-NLP/opus-100", "wmt/wmt14"):
        assert not is_local(place)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "opus_books").touch()
    assert is_local("opus_books")


# What is mended, with a warning


def test_mended_lines_are_kept_and_counted_in_one_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="seq2seq.data")
    long = b"x" * (1 << 20)
    path = put(tmp_path, "x.tsv", b"a\xff\tb\nc\0\td\n\xfe\0\te\nf\tg" + long + b"\n")
    corpus = Corpus.load(path, options=REPLACE)
    assert list(corpus.pairs())[:3] == [("a\ufffd", "b"), ("c ", "d"), ("\ufffd ", "e")]
    (record,) = caplog.records
    message = record.getMessage()
    assert message.startswith(
        f"{path}: NUL in 2 lines, cut at 1,048,576 bytes in 1 line, undecodable bytes in 2 lines "
        "(kept;"
    )


def test_escapes_that_no_encoding_holds(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = put(tmp_path, "x.jsonl", rb'{"source": "a\ud800b \ud83d\ude00", "target": "c\u0000d"}')
    with pytest.raises(DataError, match="line 1: an escape stands for half a character"):
        Corpus.load(path)
    assert list(Corpus.load(path, options=REPLACE).pairs()) == [("a\ufffdb 😀", "c d")]
    assert "NUL in 1 line, undecodable bytes in 1 line (kept;" in caplog.text


def test_nul_in_csv_and_parquet(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    files = [
        put(tmp_path, "x.csv", b"source,target\na\0,b\n"),
        put(tmp_path, "x.parquet", parquet([("a\0", "b")])),
    ]
    for path in files:
        assert list(Corpus.load(path).pairs()) == [("a ", "b")]
    assert caplog.text.count("NUL in 1 line (kept;") == 2


def undecodable(texts: list[bytes]) -> pa.StringArray:
    ends = pa.array([0, *np.cumsum([len(text) for text in texts])], pa.int32())
    return pa.StringArray.from_buffers(len(texts), ends.buffers()[1], pa.py_buffer(b"".join(texts)))


def test_parquet_that_is_not_utf8_is_repaired_as_lines_are(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    table = pa.table({"source": undecodable([b"\xff\xfe", b"bien"]), "target": ["a", "b"]})
    path = str(tmp_path / "x.parquet")
    pq.write_table(table, path)
    with caplog.at_level(logging.WARNING):
        assert Corpus.load(path, options=REPLACE).sources() == ["\ufffd\ufffd", "bien"]
    with pytest.raises(DataError, match="rows 1 to 2 hold bytes that are not UTF-8"):
        Corpus.load(path)
    assert "undecodable bytes in 1 line" in caplog.text


def test_parquet_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "x.parquet")
    text = pa.array(["x" * (1 << 20) + "y"])
    pq.write_table(pa.table({"source": text, "target": ["a"]}), path)
    with pytest.raises(DataError, match=r"'source' has a text of 1,048,577 bytes, above 1,048,576"):
        Corpus.load(path)
    monkeypatch.setattr(parquet_reader, "_PARQUET_FREE", 1000)
    pq.write_table(
        pa.table({"source": [str(n) * 900_000 for n in range(2)], "target": ["a", "b"]}),
        path,
        compression="zstd",
        use_dictionary=False,
    )
    with pytest.raises(DataError, match="times the size of the file"):
        Corpus.load(path)
    monkeypatch.setattr(parquet_reader, "_PARQUET_UNPACKED", 1000)
    packed = put(tmp_path, "x.parquet.gz", Path(path).read_bytes() + b"\0" * 2000)
    with pytest.raises(DataError, match="unpacks to more than 1,000 bytes"):
        Corpus.load(packed)
