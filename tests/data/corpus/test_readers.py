"""Readers: found by suffix, of rows or of tables, and as lazy as their files are long."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pyarrow as pa
import pytest

from seq2seq.data.corpus.corpus import Corpus
from seq2seq.data.corpus.local_files import read_tables, suffix
from seq2seq.data.corpus.readers import READERS, PairFile, Row, TextOptions
from seq2seq.errors import DataError

XLIFF = """<xliff version="1.2"><file><body>
<trans-unit><source>uno</source><target>one</target></trans-unit>
<trans-unit><source>dos</source><target>two</target></trans-unit>
</body></file></xliff>"""


@pytest.fixture
def readers() -> Iterator[None]:
    """Readers from outside, which the test takes back."""

    @READERS.register(".ttx")
    def read_ttx(file: PairFile) -> Iterator[Row]:
        for unit in ElementTree.parse(file.open()).iter("trans-unit"):
            yield unit.findtext("source", ""), unit.findtext("target", ""), ()

    @READERS.register(".arrow-pairs")
    def read_arrow(file: PairFile) -> Iterator[pa.Table]:
        yield pa.table({"source": ["uno"], "target": ["one"]})

    @READERS.register(".equal")
    def read_equal(file: PairFile) -> Iterator[Row]:
        for line in file.lines():
            source, target, *others = line.split(" = ")
            yield source, target, others

    yield
    for name in (".ttx", ".arrow-pairs", ".equal"):
        del READERS._entries[name]


@pytest.mark.parametrize("gz", [False, True])
def test_one_function_reads_a_further_format(readers: None, tmp_path: Path, gz: bool) -> None:
    path = tmp_path / ("Pairs.TTX.gz" if gz else "Pairs.TTX")
    path.write_bytes(gzip.compress(XLIFF.encode()) if gz else XLIFF.encode())
    corpus = Corpus.load(path)
    assert (corpus.sources(), corpus.targets()) == (["uno", "dos"], ["one", "two"])


def test_a_reader_may_yield_tables(readers: None, tmp_path: Path) -> None:
    assert Corpus.load(tmp_path / "x.arrow-pairs").targets() == ["one"]


def test_lines_are_repaired_and_references_kept(
    readers: None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "x.equal"
    path.write_bytes(b"uno = one = a\ndos\0 = two\xff\n")
    options = TextOptions(encoding_errors="replace")
    [table] = read_tables(str(path), None, None, references=True, options=options)
    assert table.to_pylist() == [
        {"source": "uno", "target": "one", "references": ["one", "a"]},
        {"source": "dos ", "target": "two\ufffd", "references": ["two\ufffd"]},
    ]
    assert "NUL in 1 line, undecodable bytes in 1 line" in caplog.text


def test_a_file_without_pairs_is_an_error(readers: None, tmp_path: Path) -> None:
    path = tmp_path / "x.ttx"
    path.write_text("<xliff/>")
    with pytest.raises(DataError, match="holds no pairs"):
        Corpus.load(path)


def test_rows_are_read_as_they_are_wanted(tmp_path: Path) -> None:
    path = tmp_path / "x.tsv"
    path.write_text("uno\tone\n" * 60_000 + "no tab\n")
    tables = read_tables(str(path), None, None)
    assert next(tables).num_rows == 50_000
    with pytest.raises(DataError, match="line 60,001"):
        next(tables)


def test_the_longest_suffix_is_the_one(readers: None) -> None:
    assert suffix("a/B.TSV.GZ") == ".tsv"
    assert suffix("x.y.jsonl") == ".jsonl"
    assert suffix("x.arrow-pairs") == ".arrow-pairs"
    assert suffix("folder.tsv/name") == ""
    assert suffix("Helsinki-NLP/opus-100") == ""


def test_an_unknown_format_lists_those_that_are_known(readers: None, tmp_path: Path) -> None:
    path = tmp_path / "x.odt"
    path.write_text("nothing")
    with pytest.raises(DataError, match=r"\.tsv, .*\.tmx, .*\.ttx, .*\.equal, or"):
        Corpus.load(path)
