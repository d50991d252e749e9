"""Test sets of WMT and IWSLT in their own formats, and by sacreBLEU's names."""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sacrebleu.dataset import DATASETS
from sacrebleu.dataset.fake_sgml import FakeSGMLDataset
from sacrebleu.dataset.wmt_xml import WMTXMLDataset

from seq2seq.data.corpus.corpus import Corpus
from seq2seq.data.corpus.formats import mteval, wmt_xml
from seq2seq.data.corpus.readers import TextOptions
from seq2seq.errors import DataError

WMT = """<?xml version="1.0" encoding="utf-8"?>
<dataset id="newstest2021.es-en">
<collection id="general">
<doc id="a" origlang="es">
<src lang="es"><p><seg id="1">Una  casa &amp; dos.</seg><seg id="2">Sin nada.</seg></p></src>
<ref lang="en" translator="A"><p><seg id="1">A house &amp; two.</seg></p></ref>
<ref lang="en" translator="B"><p><seg id="1">One house.</seg></p></ref>
<hyp lang="en" system="X"><p><seg id="1">wrong</seg><seg id="2">wrong</seg></p></hyp>
</doc>
<doc id="b" origlang="es" testsuite="t">
<src lang="es"><seg id="1">no</seg></src><ref lang="en"><seg id="1">no</seg></ref>
</doc>
<doc id="c" origlang="es">
<src lang="es"><p><seg id="1">Un gato.</seg></p></src>
<ref lang="en" translator="A"><p><seg id="1">A cat.</seg></p></ref>
<ref lang="en" translator="B"><p><seg id="1">One cat.</seg></p></ref>
</doc>
</collection>
</dataset>
"""

SIDES = {
    "src.es": (
        '<srcset setid="t" srclang="any">\n<doc docid="d" origlang="es">\n<hl>\n'
        '<seg id="1">Casa & caf\u00e9 < 3</seg>\n</hl>\n<p>\n<seg id="2">  Un &quot;gato&quot;. '
        "</seg>\n</p>\n</doc>\n</srcset>\n"
    ),
    "ref.en": (
        '<refset setid="t" srclang="any" trglang="en">\n<doc docid="d">\n<hl>\n'
        '<seg id="1">House & coffee < 3</seg>\n</hl>\n<p>\n<seg id="2">A "cat".</seg>\n</p>\n'
        "</doc>\n</refset>\n"
    ),
}


def write_sides(folder: Path, suffix: str) -> str:
    for name, text in SIDES.items():
        (folder / f"news-{name}{suffix}").write_text(text, encoding="utf-8")
    return str(folder / f"news-{{lang}}{suffix}")


def test_a_wmt_set_has_all_references_and_no_segment_without_one(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(WMT, encoding="utf-8")
    corpus = Corpus.load(tmp_path / "a.xml", references=True)
    assert corpus.sources() == ["Una casa & dos.", "Un gato."]
    assert corpus.references() == [["A house & two.", "One house."], ["A cat.", "One cat."]]
    fields = WMTXMLDataset._unwrap_wmt21_or_later(tmp_path / "a.xml")
    assert [WMTXMLDataset._clean(text) for text in fields["src"]] == corpus.sources()
    assert fields["ref:A"] == [one[0] for one in corpus.references()]


def test_references_in_another_language_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(WMT, encoding="utf-8")
    with pytest.raises(DataError, match="no reference in 'de'; its references are: en"):
        Corpus.load(tmp_path / "a.xml", options=TextOptions(target_language="de"))


@pytest.mark.parametrize("suffix", [".sgm", ".xml"])
def test_two_files_that_are_no_xml_are_one_set(tmp_path: Path, suffix: str) -> None:
    place = write_sides(tmp_path, suffix)
    corpus = Corpus.load(place, source="src.es", target="ref.en")
    assert corpus.sources() == ["Casa & caf\u00e9 < 3", 'Un "gato".']
    assert corpus.targets() == ["House & coffee < 3", 'A "cat".']
    FakeSGMLDataset._convert_format(
        FakeSGMLDataset("t"), place.replace("{lang}", "ref.en"), str(tmp_path / "theirs")
    )
    assert (tmp_path / "theirs").read_text().splitlines() == corpus.targets()


def test_one_file_with_both_sides_and_two_references(tmp_path: Path) -> None:
    text = f"<mteval>\n{SIDES['src.es']}{SIDES['ref.en']}{SIDES['ref.en']}</mteval>\n"
    for name in ("both.sgm", "both.xml", "both"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        corpus = Corpus.load(tmp_path / name, references=True)
        assert corpus.references()[0] == ["House & coffee < 3"] * 2


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.sgm", SIDES["src.es"], "holds one side of a test set"),
        ("a.sgm", '<!ENTITY a "aaa">' + SIDES["src.es"], "declares entities"),
        ("a.sgm", SIDES["src.es"][:-40] + '<seg id="3">cut', "the file is cut"),
        ("a.xml", '<!DOCTYPE x [<!ENTITY a "aa">]>' + WMT.split("?>")[1], "declares entities"),
        ("a.xml", WMT[:200], "not well-formed"),
        ("a.xml", "<html><p>no</p></html>", "first element is 'html'"),
        ("a.xml", "", "first element is ''"),
        ("a.xml", "<dataset></dataset>", "holds no pairs"),
    ],
)
def test_what_is_no_test_set_is_an_error_of_one_line(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=said) as error:
        Corpus.load(tmp_path / name)
    assert str(error.value).startswith(str(tmp_path / name))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("module", [mteval, wmt_xml])
def test_a_set_without_end_is_refused(
    tmp_path: Path, module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_SET", 10)
    text = WMT if module is wmt_xml else SIDES["src.es"] + SIDES["ref.en"]
    (tmp_path / "a.xml").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match="more than 10 characters"):
        Corpus.load(tmp_path / "a.xml")


@given(st.text(max_size=60), st.sampled_from([".sgm", ".xml"]))
def test_no_text_makes_a_reader_fail_otherwise(
    tmp_path_factory: pytest.TempPathFactory, text: str, suffix: str
) -> None:
    path = tmp_path_factory.mktemp("sets") / f"a{suffix}"
    path.write_text(f"<mteval><srcset><seg>{text}", encoding="utf-8", errors="replace")
    with pytest.raises(DataError):
        Corpus.load(path)


# sacreBLEU's names


@pytest.fixture
def downloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let sacreBLEU find wmt13/es-en as if it had downloaded it."""
    dataset = DATASETS["wmt13"]
    monkeypatch.setattr(dataset, "_outdir", str(tmp_path))
    monkeypatch.setattr(dataset, "_rawdir", str(tmp_path / "raw"))
    for field in dataset.fieldnames("es-en"):
        path = Path(dataset._get_txt_file_path("es-en", field))
        path.write_text(f"{field} uno\n{field} dos\n", encoding="utf-8")
    return tmp_path


def test_a_set_of_sacrebleu_is_read_by_its_name(downloaded: Path) -> None:
    corpus = Corpus.load("sacrebleu:wmt13/es-en")
    assert list(corpus.pairs()) == [("src uno", "ref uno"), ("src dos", "ref dos")]
    with pytest.raises(DataError, match="no columns to choose"):
        Corpus.load("sacrebleu:wmt13/es-en", source="es")
    Path(DATASETS["wmt13"]._get_txt_file_path("es-en", "ref")).write_text("one\n")
    with pytest.raises(DataError, match="differ in length"):
        Corpus.load("sacrebleu:wmt13/es-en")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("wmt113/es-en", "did you mean 'wmt1"),
        ("wmt13/es-xx", "no language pair 'es-xx'; did you mean 'es-en'"),
        ("wmt13", "no test set"),
        ("", "no test set"),
    ],
)
def test_an_unknown_set_is_an_error_that_names_a_similar_one(name: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        Corpus.load(f"sacrebleu:{name}")


def test_without_a_network_one_line_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = DATASETS["wmt13"]
    monkeypatch.setattr(dataset, "_outdir", str(tmp_path))
    monkeypatch.setattr(dataset, "_rawdir", str(tmp_path / "raw"))
    monkeypatch.setitem(os.environ, "https_proxy", "http://127.0.0.1:9")
    with pytest.raises(DataError, match="cannot be downloaded") as error:
        Corpus.load("sacrebleu:wmt13/es-en")
    assert "sacrebleu -t wmt13 -l es-en" in str(error.value)
    assert "\n" not in str(error.value)
