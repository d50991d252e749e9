"""Corpus: every kind of file keeps every text; columns, references, several files.

Files that are wrong are in test_local_files.py, datasets on the Hub in test_hub.py.
"""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from seq2seq.data.corpus.columns import header_columns
from seq2seq.data.corpus.corpus import Corpus
from seq2seq.data.corpus.readers import PairFile
from seq2seq.errors import DataError, StorageError
from tests.support.examples import few

Pairs = list[tuple[str, str]]

TRAPS: Pairs = [
    ('"open quote', "plain"),
    ('a "b" c', '"closed"'),
    ("None", "null"),
    ("NA", "nan"),
    ("007", "1.0"),
    ("", "empty before"),
    ("empty after", ""),
    ("lone\rreturn", "\rat the start"),
    ("u2028\u2028u2029\u2029x", "vt\x0bff\x0cnel\x85fs\x1cgs\x1d"),
    (" blanks around ", "\u3000wide\xa0"),
    ("comma, semicolon;", "back\\slash \\t \\n"),
    ("#comment", "-1"),
    ("\ufeffmark", "mark\ufeff"),
    ("¿Qué?", "日本語 😀 e\u0301"),
]


def tsv(pairs: Pairs) -> bytes:
    return "".join(f"{source}\t{target}\n" for source, target in pairs).encode()


def csv_file(pairs: Pairs) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([("source", "target"), *pairs])
    return text.getvalue().encode()


def jsonl(pairs: Pairs) -> bytes:
    return "".join(
        json.dumps({"source": source, "target": target}) + "\n" for source, target in pairs
    ).encode()


def jsonl_unescaped(pairs: Pairs) -> bytes:
    rows = [{"target": target, "id": 1, "source": source} for source, target in pairs]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def parquet(pairs: Pairs) -> bytes:
    sink = io.BytesIO()
    pq.write_table(
        pa.table({"source": [pair[0] for pair in pairs], "target": [pair[1] for pair in pairs]}),
        sink,
    )
    return sink.getvalue()


KINDS: dict[str, tuple[str, Callable[[Pairs], bytes]]] = {
    "tsv": ("x.tsv", tsv),
    "csv": ("x.csv", csv_file),
    "jsonl": ("x.jsonl", jsonl),
    "json": ("x.json", jsonl_unescaped),
    "parquet": ("x.parquet", parquet),
}


def put(folder: Path, name: str, content: bytes) -> str:
    path = folder / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return str(path)


def put_aligned(folder: Path, pairs: Pairs, packed: bool = False) -> str:
    end = ".gz" if packed else ""
    for side, language in enumerate(("es", "en")):
        put(folder, f"x.{language}{end}", "".join(pair[side] + "\n" for pair in pairs).encode())
    return str(folder / f"x.{{lang}}{end}")


@pytest.mark.parametrize("packed", ["", ".gz"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_keeps_every_trap(tmp_path: Path, kind: str, packed: str) -> None:
    name, write = KINDS[kind]
    corpus = Corpus.load(put(tmp_path, name + packed, write(TRAPS)))
    assert list(corpus.pairs()) == TRAPS
    assert corpus.dataset.features == datasets.Features(
        {"source": datasets.Value("string"), "target": datasets.Value("string")}
    )


@pytest.mark.parametrize("packed", [False, True])
def test_aligned_files_keep_every_trap(tmp_path: Path, packed: bool) -> None:
    pairs = [*TRAPS, ("tab\tinside", "a\tb")]
    corpus = Corpus.load(put_aligned(tmp_path, pairs, packed), source="es", target="en")
    assert list(corpus.pairs()) == pairs


ANY_TEXT = st.text().map(lambda text: text.translate({10: None, 9: None, 0: None}).rstrip("\r"))


@few(60)
@example(pairs=[("", '"'), ("", '"')])
@example(pairs=[("", "'"), ("\r0", "'")])
@example(pairs=[("x", '"a'), ("y", 'b"'), ("z", "c")])
@example(pairs=[("", "\\\\"), ("a,\\\\", "")])
@given(pairs=st.lists(st.tuples(ANY_TEXT, ANY_TEXT), min_size=1, max_size=6))
def test_any_text_survives_every_kind(pairs: Pairs) -> None:
    assume(header_columns(pairs[0], PairFile("x.tsv")) is None)  # names of columns are no pair
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        expected = [
            (source if row else source.removeprefix("\ufeff"), target)
            for row, (source, target) in enumerate(pairs)
        ]
        for kind, (file, write) in KINDS.items():
            path = put(folder, file, write(pairs))
            if kind == "csv" and r"\\" in "".join(itertools.chain(*pairs)):
                with contextlib.suppress(DataError):  # two backslashes may be one, escaped
                    assert list(Corpus.load(path).pairs()) == pairs
                continue
            assert list(Corpus.load(path).pairs()) == (expected if kind == "tsv" else pairs), kind
        aligned = list(Corpus.load(put_aligned(folder, pairs), source="es", target="en").pairs())
        assert aligned == [(source, target.removeprefix("\ufeff") if not row else target)
                           for row, (source, target) in enumerate(expected)]  # fmt: skip


def test_length_columns_and_batches(tmp_path: Path) -> None:
    pairs = [(f"a{number}", f"b{number}") for number in range(2500)]
    corpus = Corpus.load(Path(put(tmp_path, "x.tsv", tsv(pairs))))
    assert len(corpus) == 2500
    assert list(corpus.pairs()) == list(corpus.pairs(batch=7)) == pairs
    assert corpus.sources() == [pair[0] for pair in pairs]
    assert corpus.targets() == [pair[1] for pair in pairs]
    assert corpus.references() == [[pair[1]] for pair in pairs]


def test_what_is_written_is_what_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "written.tsv"
    Corpus.from_pairs(TRAPS).write(path)
    blank = [(source.replace("\r", " "), target.replace("\r", " ")) for source, target in TRAPS]
    assert list(Corpus.load(path).pairs()) == blank
    Corpus.from_pairs([("a\tb\nc\r\nd", "\te\0f\n")]).write(str(path))
    assert list(Corpus.load(path).pairs()) == [("a b c  d", " e f ")]
    path.write_bytes(b"one\tuno\tun\ntwo\tdos\n")
    Corpus.load(path, references=True).write(path)
    assert path.read_bytes() == b"one\tuno\tun\ntwo\tdos\n"


@pytest.mark.parametrize(
    ("name", "said"),
    [("pairs.csv", "name a file .tsv"), ("none/pairs.tsv", "cannot be written: No such file")],
)
def test_a_file_that_cannot_be_written_is_named(name: str, said: str, tmp_path: Path) -> None:
    with pytest.raises((DataError, StorageError), match=f"{name}: .*{said}"):
        Corpus.from_pairs(TRAPS).write(tmp_path / name)


def test_several_files_follow_each_other(tmp_path: Path) -> None:
    first, second = put(tmp_path, "1.tsv", b"a\tb\n"), put(tmp_path, "2.tsv.gz", b"c\td\textra\n")
    corpus = Corpus.load([first, second, first])
    assert list(corpus.pairs()) == [("a", "b"), ("c", "d"), ("a", "b")]
    assert corpus.name == "3 files"
    assert Corpus.load([first]).name == first
    assert Corpus.load([first], name="train").name == "train"
    with pytest.raises(DataError, match="no file or dataset is named"):
        Corpus.load([])


def test_many_rows_are_more_than_one_chunk() -> None:
    pairs = [(str(number), "") for number in range(120_000)]
    assert list(Corpus.from_pairs(pairs).pairs()) == pairs


def test_a_hundred_thousand_lines_take_no_time(tmp_path: Path) -> None:
    path = put(tmp_path, "x.tsv", tsv([("Una frase corta.", "A short sentence.")] * 100_000))
    start = time.process_time()
    assert len(Corpus.load(path)) == 100_000
    assert time.process_time() - start < 3  # here it is about 0.4


# Columns


@pytest.mark.parametrize(("source", "target"), [(2, 0), ("2", "0")])
def test_positions_mean_no_header(tmp_path: Path, source: int | str, target: int | str) -> None:
    for path in (
        put(tmp_path, "x.tsv", b"1\t2\t3\n4\t5\t6\n"),
        put(tmp_path, "x.csv", b"1,2,3\n4,5,6\n"),
    ):
        assert list(Corpus.load(path, source=source, target=target).pairs()) == [
            ("3", "1"),
            ("6", "4"),
        ]


def test_names_mean_a_header(tmp_path: Path) -> None:
    for path in (
        put(tmp_path, "x.tsv", b"id\ten\tes\n1\tb\ta\n"),
        put(tmp_path, "x.csv", b"id,en,es\n1,b,a\n"),
    ):
        assert list(Corpus.load(path, source="es", target="en").pairs()) == [("a", "b")]
        with pytest.raises(DataError, match="the header has no column 'ess'; did you mean 'es'"):
            Corpus.load(path, source="ess", target="en")
        with pytest.raises(DataError, match="give both columns by name"):
            Corpus.load(path, source="es", target=1)
        with pytest.raises(DataError, match="are the same column, 'es'"):
            Corpus.load(path, source="es", target="es")
        with pytest.raises(DataError, match="counted from 0; -1 is none"):
            Corpus.load(path, source=-1, target=1)
        with pytest.raises(
            DataError,
            match=r"line 1: 3 columns where 6 are needed \(columns 0 and 5, counted from 0",
        ):
            Corpus.load(path, source=0, target=5)


def test_csv_has_a_header_unless_columns_have_positions(tmp_path: Path) -> None:
    path = put(tmp_path, "x.csv", b"a,b\n")
    assert list(Corpus.load(path, source=0, target=1).pairs()) == [("a", "b")]
    with pytest.raises(DataError, match="the header has no column 'source'; there are: a, b"):
        Corpus.load(path)


def test_csv_quotes_hold_commas_quotes_and_line_ends(tmp_path: Path) -> None:
    path = put(
        tmp_path, "x.csv", b'\xef\xbb\xbfsource,target\r\n"a, ""b""\r\nc","d\ne"\r\n\r\nf,g\r\n'
    )
    assert list(Corpus.load(path).pairs()) == [
        ('a, "b"\r\nc', "d\ne"),
        ("", ""),
        ("f", "g"),
    ]


def test_nested_translations_are_reached_by_path_and_by_language(tmp_path: Path) -> None:
    row = {"id": "0", "translation": {"es": "a", "en": "b"}}
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([row, row]), sink)
    files = [
        put(tmp_path, "x.jsonl", json.dumps(row).encode()),
        put(tmp_path, "x.parquet", sink.getvalue()),
    ]
    for path in files:
        for source, target in (("translation.es", "translation.en"), ("es", "en")):
            assert next(Corpus.load(path, source=source, target=target).pairs()) == ("a", "b")
        with pytest.raises(DataError, match=r"'translation\.ess'; did you mean 'translation\.es'"):
            Corpus.load(path, source="translation.ess", target="en")
        with pytest.raises(DataError, match="has a name, not the position 0"):
            Corpus.load(path, source=0, target="en")


def test_a_column_of_its_own_comes_before_a_nested_one(tmp_path: Path) -> None:
    row = {"es": "outer", "en": "b", "translation": {"es": "inner", "en": "c"}, "d.e": "dotted"}
    path = put(tmp_path, "x.jsonl", json.dumps(row).encode())
    assert Corpus.load(path, source="es", target="d.e").sources() == ["outer"]
    assert Corpus.load(path, source="es", target="d.e").targets() == ["dotted"]


@pytest.mark.parametrize("kind", [pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
def test_parquet_text_of_any_width(tmp_path: Path, kind: pa.DataType) -> None:
    text = pa.array(["a", "b", "a"]).cast(kind)
    pq.write_table(pa.table({"source": text, "target": text}), tmp_path / "x.parquet")
    assert Corpus.load(str(tmp_path / "x.parquet")).sources() == ["a", "b", "a"]


# References


def test_further_columns_are_references_where_asked_for(tmp_path: Path) -> None:
    path = put(tmp_path, "x.tsv", b"a\tb\tc\t\td\n1\t2\n3\t\t \n")
    corpus = Corpus.load(path, references=True)
    assert corpus.references() == [["b", "c", "d"], ["2"], [""]]
    assert list(corpus.pairs()) == [("a", "b"), ("1", "2"), ("3", "")]
    with pytest.raises(DataError, match=r"line 2: 2 columns where the first row has 5; .*--refer"):
        Corpus.load(path)
    even = put(tmp_path, "even.tsv", b"a\tb\tc\n1\t2\t3\n")
    assert Corpus.load(even).references() == [["b"], ["2"]]
    assert Corpus.load(even).dataset.column_names == ["source", "target"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_references(tmp_path: Path, kind: str) -> None:
    name, write = KINDS[kind]
    corpus = Corpus.load(put(tmp_path, name, write([("a", "b"), ("c", "")])), references=True)
    assert corpus.references() == [["b"], [""]]
    assert corpus.dataset.column_names == ["source", "target", "references"]


def test_local_files_are_read_without_what_takes_long_to_import(tmp_path: Path) -> None:
    (tmp_path / "pairs.tsv").write_text("casa\thouse\thome\n")
    read = (
        "from seq2seq.data.corpus.corpus import Corpus; "
        "Corpus.load('pairs.tsv', references=True).references()"
    )
    ask = "import sys; print({'datasets', 'pandas', 'torch'} & sys.modules.keys())"
    done = subprocess.run(
        [sys.executable, "-c", f"{read}\n{ask}"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stdout == "set()\n", done.stderr
