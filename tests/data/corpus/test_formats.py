"""Contract of all readers: the same pairs from every format, packed or not, or a DataError.

A format is written by `WRITERS`; a reader without a writer fails the first test.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import logging
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.data.corpus.corpus import Corpus
from seq2seq.data.corpus.formats.xml_pairs import pick_language
from seq2seq.data.corpus.readers import READERS, TextOptions
from seq2seq.errors import DataError
from tests.support.examples import few

Pairs = list[tuple[str, str]]
Write = Callable[[Pairs], bytes]

OPTIONS = TextOptions(source_language="Spanish", target_language="en")


def delimited(separator: str) -> Write:
    def write(pairs: Pairs) -> bytes:
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=separator)
        writer.writerows([("source", "target"), *pairs])
        return text.getvalue().encode()

    return write


def json_lines(pairs: Pairs) -> bytes:
    return "".join(json.dumps({"es": es, "en": en}) + "\n" for es, en in pairs).encode()


def json_array(pairs: Pairs) -> bytes:
    return json.dumps([{"es": es, "en": en} for es, en in pairs], indent=1).encode()


def parquet(pairs: Pairs) -> bytes:
    sink = io.BytesIO()
    sides = [pa.array([pair[side] for pair in pairs], pa.string()) for side in (0, 1)]
    pq.write_table(pa.table({"es": sides[0], "en": sides[1]}), sink)
    return sink.getvalue()


def tmx(pairs: Pairs) -> bytes:
    units = "".join(
        f'<tu><tuv xml:lang="en-GB"><seg>{escape(en)}</seg></tuv>'
        f'<tuv xml:lang="es-ES"><seg>{escape(es)}</seg></tuv></tu>'
        for es, en in pairs
    )
    return f'<tmx version="1.4"><header/><body>{units}</body></tmx>'.encode()


def xliff(pairs: Pairs) -> bytes:
    units = "".join(
        f"<trans-unit><source>{escape(es)}</source><target>{escape(en)}</target></trans-unit>"
        for es, en in pairs
    )
    head = '<file source-language="es" target-language="en"><body>'
    return f'<xliff version="1.2">{head}{units}</body></file></xliff>'.encode()


def po(pairs: Pairs) -> bytes:
    return "\n\n".join(
        f"msgctxt {json.dumps(str(number))}\nmsgid {json.dumps(es, ensure_ascii=False)}\n"
        f"msgstr {json.dumps(en, ensure_ascii=False)}"
        for number, (es, en) in enumerate(pairs)
    ).encode()


def xlsx(pairs: Pairs) -> bytes:
    cells = "".join(
        "<row>"
        + "".join(f'<c t="inlineStr"><is><t>{escape(text)}</t></is></c>' for text in row)
        + "</row>"
        for row in [("es", "en"), *pairs]
    )
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {main} xmlns:r="{office}"><sheets>'
        '<sheet name="M" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": f"<worksheet {main}><sheetData>{cells}</sheetData></worksheet>",
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return packed.getvalue()


WRITERS: dict[str, Write] = {
    ".tsv": delimited("\t"),
    ".tab": delimited("\t"),
    ".txt": delimited("\t"),
    ".csv": delimited(","),
    ".json": json_array,
    ".jsonl": json_lines,
    ".ndjson": json_lines,
    ".parquet": parquet,
    ".tmx": tmx,
    ".xlf": xliff,
    ".xliff": xliff,
    ".sdlxliff": xliff,
    ".mqxliff": xliff,
    ".mxliff": xliff,
    ".po": po,
    ".xlsx": xlsx,
    ".xlsm": xlsx,
}
ELSEWHERE = {".xls", ".xlsb", ".ods", ".sgm", ".sgml", ".xml"}
"""Formats that calamine tells from .xlsx by their content, which need a program to write, and those
of test_test_sets.py, which hold a side each."""

PAIRS = [
    ("La puerta, está «abierta».", "The door is open."),
    ("¿Cuesta 5 < 6 & 7 > 3?", "Does it cost 5 < 6?"),
    ("Дверь 日本 😀", "None"),
    ('Dijo: "ven"', "It's 'fine'"),
]


def needs(suffix: str) -> None:
    """Skip a test whose format needs a library that is not installed."""
    if suffix.startswith(".xls"):
        pytest.importorskip("python_calamine")


def put(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


def test_every_reader_is_tested() -> None:
    own = {name for name in READERS if READERS.origin(name).startswith("seq2seq.")}
    assert own == WRITERS.keys() | ELSEWHERE


@pytest.mark.parametrize("packed", ["", ".gz"])
@pytest.mark.parametrize("suffix", WRITERS)
def test_every_format_gives_the_same_pairs(tmp_path: Path, suffix: str, packed: str) -> None:
    needs(suffix)
    path = put(tmp_path, f"Memory{suffix.upper()}{packed}", WRITERS[suffix](PAIRS))
    assert list(Corpus.load(path, options=OPTIONS).pairs()) == PAIRS
    references = Corpus.load(path, options=OPTIONS, references=True).references()
    assert references == [[target] for _, target in PAIRS]


@pytest.mark.parametrize("suffix", [".tmx", ".xliff", ".po", ".json", ".parquet", ".xlsx", ".tsv"])
@pytest.mark.parametrize("name", ["memory", "memory.bak"])
def test_a_file_without_a_known_name_is_known_by_its_content(
    tmp_path: Path, suffix: str, name: str
) -> None:
    needs(suffix)
    path = put(tmp_path, name, WRITERS[suffix](PAIRS))
    assert list(Corpus.load(path, options=OPTIONS).pairs()) == PAIRS


@pytest.mark.parametrize("suffix", WRITERS)
def test_an_empty_file_holds_no_pairs(tmp_path: Path, suffix: str) -> None:
    needs(suffix)
    for content in (b"", WRITERS[suffix]([])):
        with pytest.raises(DataError, match=rf"x\{suffix}"):
            Corpus.load(put(tmp_path, f"x{suffix}", content), options=OPTIONS)


@few(25)
@given(data=st.data(), suffix=st.sampled_from(sorted(WRITERS)))
def test_damage_is_an_error_that_names_the_file(data: st.DataObject, suffix: str) -> None:
    needs(suffix)
    content = bytearray(WRITERS[suffix](PAIRS))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        if data.draw(st.booleans()):
            content[at] = data.draw(st.integers(0, 255))
        else:
            del content[at : at + data.draw(st.integers(1, 40))]
        content = content or bytearray(b"x")
    with tempfile.TemporaryDirectory() as folder:
        path = put(Path(folder), f"x{suffix}", bytes(content))
        try:
            Corpus.load(path, options=OPTIONS)
        except DataError as error:
            message = str(error)
        else:
            return
    assert str(path) in message


# Languages


@pytest.mark.parametrize(
    ("wanted", "codes", "found"),
    [
        ("es", ["en", "es"], "es"),
        ("Spanish", ["en-US", "es_MX"], "es_MX"),
        ("es", ["es-419", "es-ES", "es"], "es"),
        ("es-MX", ["es-ES", "es"], "es"),
        ("es-MX", ["es-ES"], None),
        ("pt-BR", ["pt-PT", "PT-br"], "PT-br"),
        ("tlh", ["tlh-x"], "tlh-x"),
        ("fr", ["es", "en"], None),
    ],
)
def test_a_code_means_its_variants(wanted: str, codes: list[str], found: str | None) -> None:
    assert pick_language(wanted, codes) == found


TMX = """<?xml version="1.0" encoding="{encoding}"?>
<!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4"><header srclang="es"/><body>
<tu><tuv xml:lang="es-ES"><seg>La <hi>puerta</hi>
  est&#225; <bpt i="1">&lt;b></bpt>abierta<ept i="1">&lt;/b></ept>, señor.</seg></tuv>
<tuv xml:lang="EN_us"><seg>The<ph x="1">{{1}}</ph>door is &amp; open.</seg></tuv></tu>
<tu><tuv xml:lang="es"><seg>Sin traducción</seg></tuv></tu>
</body></tmx>"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1252"])
def test_a_memory_in_its_declared_encoding_without_inline_tags(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, encoding: str
) -> None:
    caplog.set_level(logging.INFO, logger="seq2seq.data")
    path = put(tmp_path, "x.tmx", TMX.format(encoding=encoding).encode(encoding))
    pair = ("La puerta está abierta, señor.", "The door is & open.")
    assert list(Corpus.load(path, options=OPTIONS).pairs()) == [pair]
    assert list(Corpus.load(path, source="en", target="es").pairs()) == [pair[::-1]]
    assert "left out 1 of 2 units" in caplog.text


def test_the_languages_of_a_memory_have_to_be_there(tmp_path: Path) -> None:
    path = put(tmp_path, "x.tmx", tmx(PAIRS))
    with pytest.raises(DataError, match="name the two languages"):
        Corpus.load(path)
    with pytest.raises(DataError, match=r"'es' and in 'de'; its languages are: en-GB, es-ES"):
        Corpus.load(path, source="es", target="de")


def test_a_file_from_the_other_side_is_turned_round(tmp_path: Path) -> None:
    options = TextOptions(source_language="English", target_language="Spanish")
    other = TextOptions(source_language="German", target_language="French")
    header = b'msgid ""\nmsgstr "Language: en\\n"\n\n'
    for path in (put(tmp_path, "x.xlf", xliff(PAIRS)), put(tmp_path, "x.po", header + po(PAIRS))):
        turned = [(en, es) for es, en in PAIRS]
        assert list(Corpus.load(path, options=options).pairs()) == turned
        assert list(Corpus.load(path, options=OPTIONS).pairs()) == PAIRS
        with pytest.raises(DataError, match=r"not (from|into)"):
            Corpus.load(path, options=other)


def test_units_are_divided_and_unfinished_ones_left_out(tmp_path: Path) -> None:
    text = """<xliff version="1.2"><file source-language="es" target-language="en"><body>
    <trans-unit><source>A. B.</source>
      <seg-source><mrk mtype="seg" mid="1">A.</mrk> <mrk mtype="seg" mid="2">B.</mrk></seg-source>
      <target><mrk mtype="seg" mid="1">a.</mrk> <mrk mtype="seg" mid="2">b.</mrk></target>
      <alt-trans><source>old</source><target>old</target></alt-trans></trans-unit>
    <trans-unit translate="no"><source>n</source><target>n</target></trans-unit>
    <group translate="no"><trans-unit><source>n</source><target>n</target></trans-unit></group>
    <trans-unit><source>n</source><target state="new">n</target></trans-unit>
    <trans-unit><source>n</source></trans-unit></body></file></xliff>"""
    path = put(tmp_path, "x.xlf", text.encode())
    assert list(Corpus.load(path).pairs()) == [("A.", "a."), ("B.", "b.")]
    two = """<xliff version="2.0" srcLang="es" trgLang="en"><file><unit>
    <segment><source>Uno<ph id="1"/>dos</source><target>One <pc id="2">two</pc></target></segment>
    <segment state="initial"><source>u</source><target>o</target></segment>
    <ignorable><source> </source></ignorable></unit></file></xliff>"""
    assert list(Corpus.load(put(tmp_path, "x.xliff", two.encode())).pairs()) == [
        ("Uno dos", "One two")
    ]


def test_messages_that_are_fuzzy_or_obsolete_are_left_out(tmp_path: Path) -> None:
    text = """#, fuzzy
msgid "a"
msgstr "b"

msgid "one file"
msgid_plural "%d files"
msgstr[0] "un archivo"
msgstr[1] "%d archivos"

msgid "untranslated"
msgstr ""

#~ msgid "old"
#~ msgstr "viejo"
"""
    path = put(tmp_path, "x.po", text.encode())
    assert list(Corpus.load(path).pairs()) == [
        ("one file", "un archivo"),
        ("%d files", "%d archivos"),
    ]


# What is wrong or hostile


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'[{"source": "a", "target": "b"},\n{"source": "c", "target": }]', "line 2: not JSON"),
        (b'[{"source": "a", "target": "b"},\n{"source": "c"', "line 2: not JSON"),
        (b'[{"source": "a", "target": "b"},\n7]', "line 2: int where a JSON object"),
        (b'[{"source": "a", "target": "b"},\n{"source": 7, "target": "b"}]', "line 2: 'source'"),
        (b'[{"source": "a", "target": "b"}\n', "line 1: the array is not closed"),
        (b"[" * 100_000, "line 1: "),
        (b'[\n{"source": "a", "target": "b\xff"}]', "line 2: holds bytes that are not UTF-8"),
    ],
)
def test_arrays_that_are_wrong_name_the_line(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=rf"x\.json, {message}"):
        Corpus.load(put(tmp_path, "x.json", content))


def test_a_large_array_is_read_piece_by_piece(tmp_path: Path) -> None:
    pairs = [(f"{number} " + "ñ" * 500, "b") for number in range(2000)]
    path = put(tmp_path, "x.json", json_array(pairs))
    assert list(Corpus.load(path, options=OPTIONS).pairs()) == pairs


BOMB = b'<!DOCTYPE tmx [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><tmx><body>&b;</body></tmx>'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (BOMB, "declares entities"),
        (b"<a></a>", "not TMX"),
        (b"<tmx>" + b"<b>" * 300, "nested more than 256 deep"),
        (b"<tmx><!--" + b"x" * 9_000_000, "a tag or comment of more than"),
        (tmx([("x" * 1_100_000, "b")]), "a segment has more than"),
        (tmx(PAIRS)[:-20], "not well-formed XML: .* in line 1"),
        (b"<tmx>\n\xf1</tmx>", "line 2: holds bytes that are not UTF-8"),
        (b"<xliff/>", "not TMX: its first element is xliff"),
    ],
)
def test_hostile_xml_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=rf"x\.tmx[:,] .*{message}"):
        Corpus.load(put(tmp_path, "x.tmx", content), source="es", target="en")


def test_workbooks_that_are_none(tmp_path: Path) -> None:
    needs(".xlsx")
    for content in (b"PK\x03\x04 nothing", b"x", xlsx(PAIRS)[:-200]):
        with pytest.raises(DataError, match=r"x\.xlsx: "):
            Corpus.load(put(tmp_path, "x.xlsx", content))
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 50_000_000)
    with pytest.raises(DataError, match="out of proportion"):
        Corpus.load(put(tmp_path, "x.xlsx", bomb.getvalue()))


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1251"])
def test_a_catalogue_that_is_utf_8_is_read_so_whatever_it_declares(
    tmp_path: Path, encoding: str
) -> None:
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=windows-1251\\n"\n\n'
    text = "Немагчыма адчыніць файл"
    path = tmp_path / "be.po"
    path.write_bytes((header + f'msgid "Cannot open file"\nmsgstr "{text}"\n').encode(encoding))
    assert list(Corpus.load(path).pairs()) == [("Cannot open file", text)]
