"""Dialects of tables: each is found, said, and read as it is written, or the line is named."""

from __future__ import annotations

import logging
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given

from seq2seq.data.corpus.corpus import Corpus
from seq2seq.data.corpus.readers import TextOptions
from seq2seq.errors import DataError
from tests.support.examples import few

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tools"))

from check_tables import outcome
from table_cases import Table, tables


def put(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


@few(60)
@given(tables())
def test_any_table_is_read_as_it_is_written_or_refused(table: Table) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert not outcome(table, Path(folder)).startswith(("misread", "missed"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("source;target\na, b;c\n", 'separator semicolon, quotation mark "'),
        ("source\ttarget\na, b\tc\n", 'separator TAB, quotation mark "'),
        ("source|target\na, b|c\n", 'separator bar, quotation mark "'),
        ("source,target\n'a, b',c\n", "separator comma, quotation mark '"),
        ("sep=;\r\nsource;target\r\na, b;c\r\n", 'separator semicolon, quotation mark "'),
        ('"source", "target"\n"a, b", "c"\n', 'separator comma, quotation mark "'),
        ("source,target\na\\, b,c\n", 'separator comma, quotation mark ", escaped with \\'),
    ],
)
def test_a_dialect_is_recognized_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str, said: str
) -> None:
    caplog.set_level(logging.INFO, logger="seq2seq.data")
    path = put(tmp_path, "x.csv", text)
    assert list(Corpus.load(path).pairs()) == [("a, b", "c")]
    assert f"{path}: read with {said}" in caplog.text


def test_the_usual_dialects_are_not_worth_a_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="seq2seq.data")
    Corpus.load(put(tmp_path, "x.csv", 'source,target\n"a, b",c\n'))
    Corpus.load(put(tmp_path, "x.tsv", 'a "b"\tc\n'))
    assert not caplog.text


def test_backslashes_escape_quotes(tmp_path: Path) -> None:
    path = put(tmp_path, "x.csv", 'source,target\n"a \\"b\\", c",d\n')
    assert list(Corpus.load(path).pairs()) == [('a "b", c', "d")]
    path = put(tmp_path, "x.csv", 'source,target\n"a \\"b\\n",d\n')
    with pytest.raises(DataError, match="line 2: "):
        Corpus.load(path)


def test_quotes_of_a_tsv_are_text_unless_all_of_it_is_quoted(tmp_path: Path) -> None:
    quoted = '"Sí"\t"Yes"\n"Di ""hola"""\t"Say\nhi"\n'
    assert list(Corpus.load(put(tmp_path, "x.tsv", quoted)).pairs()) == [
        ("Sí", "Yes"),
        ('Di "hola"', "Say\nhi"),
    ]
    plain = '"Sí"\t"Yes"\n"Hola", dijo.\tHe said "hi".\n'
    assert list(Corpus.load(put(tmp_path, "x.tsv", plain)).pairs()) == [
        ('"Sí"', '"Yes"'),
        ('"Hola", dijo.', 'He said "hi".'),
    ]


def test_a_table_that_reads_in_two_ways_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path, "x.csv", "Hola; amigo,Hello; friend\n")
    with pytest.raises(DataError, match=r"line 1: can be read with separator comma.* semicolon"):
        Corpus.load(path, source=0, target=1)


@pytest.mark.parametrize("name", ["x.csv", "x.tsv"])
def test_a_row_has_as_many_fields_as_the_first(tmp_path: Path, name: str) -> None:
    separator = "," if name == "x.csv" else "\t"
    rows = [["source", "target"], ["a", "b"], ["c", "d", "e"], ["f"]]

    def read(rows: list[list[str]]) -> list[tuple[str, str]]:
        lines = [separator.join(row) for row in rows]
        return list(Corpus.load(put(tmp_path, name, "\n".join(lines) + "\n")).pairs())

    with pytest.raises(DataError, match="line 3: 3 columns where the first row has 2"):
        read(rows)
    with pytest.raises(DataError, match="line 3: 1 column where 2 are needed"):
        read([*rows[:2], *rows[3:]])
    assert read([*rows[:2], ["c", "d", "", ""]]) == [("a", "b"), ("c", "d")]


def test_a_text_with_an_unquoted_comma_is_an_error_with_its_line(tmp_path: Path) -> None:
    path = put(tmp_path, "x.csv", "source,target\nSí, claro.,Yes, of course.\nNo.,No.\n")
    with pytest.raises(DataError, match="line 2: 4 columns where the first row has 2"):
        Corpus.load(path)


@pytest.mark.parametrize(("name", "separator"), [("x.csv", ","), ("x.tsv", "\t")])
def test_a_blank_line_is_an_empty_pair_but_not_at_the_end(
    tmp_path: Path, name: str, separator: str
) -> None:
    path = put(
        tmp_path, name, f"source{separator}target\na{separator}b\n\n \nc{separator}d\n\n\x1a"
    )
    assert list(Corpus.load(path).pairs()) == [("a", "b"), ("", ""), ("", ""), ("c", "d")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("name", ["x.tsv", "x.csv", "x.jsonl", "x.json", "x.{lang}"])
def test_a_byte_order_mark_tells_the_encoding(tmp_path: Path, name: str, encoding: str) -> None:
    texts = {
        "x.tsv": "Sí\tДа 😀\nNo\tНет",
        "x.csv": "source,target\nSí,Да 😀\nNo,Нет",
        "x.jsonl": '{"source": "Sí", "target": "Да 😀"}\n{"source": "No", "target": "Нет"}',
        "x.json": '[{"source": "Sí", "target": "Да 😀"},\n{"source": "No", "target": "Нет"}]',
    }
    if name in texts:
        path = put(tmp_path, name, texts[name], encoding)
        corpus = Corpus.load(path)
    else:
        put(tmp_path, "x.es", "Sí\nNo\n", encoding)
        put(tmp_path, "x.ru", "Да 😀\nНет\n", encoding)
        corpus = Corpus.load(tmp_path / name, source="es", target="ru")
    assert list(corpus.pairs()) == [("Sí", "Да 😀"), ("No", "Нет")]


def test_utf16_without_a_mark_is_named_and_asked_for(tmp_path: Path) -> None:
    for encoding in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
        path = put(tmp_path, "x.tsv", "Sí, claro\tYes\nNo\tНет, нет\n", encoding)
        with pytest.raises(DataError, match=rf"looks like {encoding.upper()} without .*{encoding}"):
            Corpus.load(path)
        corpus = Corpus.load(path, options=TextOptions(encoding=encoding))
        assert corpus.targets() == ["Yes", "Нет, нет"]


SPANISH = "".join(f"Mañana irá a León {n} años después.\tTomorrow {n}\n" for n in range(20))


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (SPANISH, "windows-1252"),
        ("Дверь открыта, мы должны поговорить об этом.\tThe door\n" * 3, "cp1251"),
        ("Дверь открыта, мы должны поговорить об этом.\tThe door\n" * 3, "koi8-r"),
        ("彼は明日の朝、京都へ行きます。\tTomorrow\n" * 3, "euc_jp"),
    ],
)
def test_another_encoding_is_named_with_an_example(
    tmp_path: Path, text: str, encoding: str
) -> None:
    pytest.importorskip("chardet")
    path = put(tmp_path, "x.tsv", text, encoding)
    with pytest.raises(DataError, match=rf"line 1: .*not UTF-8, but perhaps {encoding}, as in"):
        Corpus.load(path)
    assert Corpus.load(path, options=TextOptions(encoding=encoding)).sources()[0] in text


def test_a_broken_line_in_a_file_of_utf8_is_no_other_encoding(tmp_path: Path) -> None:
    path = tmp_path / "x.tsv"
    path.write_bytes("Mañana\tTomorrow\n".encode() * 10 + b"Ma\xf1ana\tx\n")
    with pytest.raises(DataError, match=r"line 11: .* not UTF-8, as most of the file is; correct"):
        Corpus.load(path)
    found = Corpus.load(path, options=TextOptions(encoding_errors="replace"))
    assert found.sources()[-1] == "Ma\ufffdana"


def test_bytes_that_a_named_encoding_does_not_know(tmp_path: Path) -> None:
    path = tmp_path / "x.tsv"
    path.write_bytes(b"a\tb\nc\x81\td\n")
    with pytest.raises(DataError, match="line 2: holds bytes that are not WINDOWS-1252; to read"):
        Corpus.load(path, options=TextOptions(encoding="windows-1252"))
    options = TextOptions(encoding="windows-1252", encoding_errors="replace")
    assert Corpus.load(path, options=options).sources() == ["a", "c\ufffd"]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"PK\x03\x04....word/document.xml", "a Word document"),
        (b"%PDF-1.7", "a PDF"),
        (b"\x7fELF\t\t", "a program"),
        (b"BZh91AY&SY", "a bzip2 file"),
    ],
)
def test_what_is_no_text_is_refused_by_what_it_is(
    tmp_path: Path, content: bytes, what: str
) -> None:
    for name in ("x.csv", "x.tsv", "x.json", "x.docx", "x"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match=rf"is {what}"):
            Corpus.load(tmp_path / name)


@pytest.mark.parametrize("field", ['"d1', 'd1"', '"d""1', "d1"])
@pytest.mark.parametrize("row", [0, 2, 5])
def test_a_missing_quotation_mark_in_a_quoted_tsv_is_found(
    tmp_path: Path, field: str, row: int
) -> None:
    lines = [f'"s{number}"\t"d{number}"\n' for number in range(6)]
    lines[row] = f'"s1"\t{field}\n'
    path = tmp_path / "x.tsv"
    path.write_text("".join(lines), encoding="utf-8")
    if field.count('"') % 2:
        with pytest.raises(DataError, match=rf"x\.tsv, line {row + 1}: .*quotation mark"):
            Corpus.load(path)
    else:
        assert len(Corpus.load(path)) == 6


def test_marks_that_open_in_one_cell_and_close_in_another_row_are_text(tmp_path: Path) -> None:
    path = tmp_path / "x.tsv"
    rows = [("«a", '"b'), ('c"', 'd"'), ('"e"', '"f"'), ("g", "h")]
    path.write_text("".join(f"{one}\t{two}\n" for one, two in rows), encoding="utf-8")
    assert list(Corpus.load(path).pairs()) == rows


def test_a_quoted_word_at_the_end_of_the_sample_is_text(tmp_path: Path) -> None:
    pairs = [("hola", "hello")] * 980 + [("natto", '"Natto" smells awful')] + [("sol", "sun")] * 30
    path = tmp_path / "x.tsv"
    path.write_text("".join(f"{one}\t{two}\n" for one, two in pairs), encoding="utf-8")
    assert list(Corpus.load(str(path)).pairs()) == pairs


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        pytest.param("x.tsv", ['"c"\t"d\ne"\t"more"', '"f"\t"g"'], id="line-end-and-extra-field"),
        pytest.param("x.tsv", ['"c\td"', '"f"\t"g"'], id="tab-and-missing-field"),
        pytest.param("x.csv", ["c,'d\ne',more", "'''Tis a pity.',g"], id="line-ends-of-two-kinds"),
    ],
)
def test_a_wrong_row_does_not_make_quotation_marks_text(
    tmp_path: Path, name: str, rows: list[str]
) -> None:
    header = '"source"\t"target"' if name == "x.tsv" else "source,target"
    with pytest.raises(DataError, match=rf"{name}, line 2: \d columns? where"):
        Corpus.load(put(tmp_path, name, "\r\n".join([header, *rows, ""])))
