"""Termbases in TBX as glossaries."""

from __future__ import annotations

from pathlib import Path

import pytest

from seq2seq.documents.glossary import Entry, load_glossary
from seq2seq.errors import DataError

VERSION_2 = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE martif SYSTEM "TBXcoreStructV02.dtd">
<martif type="TBX" xml:lang="en">
<martifHeader><fileDesc><sourceDesc><p>Terms</p></sourceDesc></fileDesc></martifHeader>
<text><body>
<termEntry id="c1"><descrip type="subjectField">flats &amp; houses</descrip>
<langSet xml:lang="es-ES">
<tig><term>piso</term><termNote type="administrativeStatus">preferredTerm-admn-sts</termNote></tig>
<ntig><termGrp><term>vivienda <hi>urbana</hi></term></termGrp></ntig>
</langSet>
<langSet xml:lang="en">
<tig><term>flat</term><termNote type="administrativeStatus">deprecatedTerm-admn-sts</termNote></tig>
<tig><term>dwelling</term></tig>
<tig><term>apartment</term>
<termNote type="administrativeStatus">preferredTerm-admn-sts</termNote></tig>
</langSet>
</termEntry>
<termEntry id="c2"><langSet xml:lang="de"><tig><term>Haus</term></tig></langSet></termEntry>
</body></text></martif>
"""

VERSION_3 = """<tbx type="TBX-Basic" style="dct" xml:lang="en" xmlns="urn:iso:std:iso:30042:ed-2"
 xmlns:basic="http://www.tbxinfo.net/ns/basic"><tbxHeader/><text><body>
<conceptEntry id="1">
<langSec xml:lang="en"><termSec><term>R&amp;D</term></termSec></langSec>
<langSec xml:lang="es"><termSec><term>I<![CDATA[+]]>D</term>
<basic:administrativeStatus>preferredTerm-admn-sts</basic:administrativeStatus></termSec></langSec>
</conceptEntry></body></text></tbx>
"""


def saved(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_every_source_term_becomes_the_preferred_target_term(tmp_path: Path) -> None:
    path = saved(tmp_path / "terms.tbx", VERSION_2)
    assert load_glossary(path, "es", "en").entries == [
        Entry("piso", "apartment"),
        Entry("vivienda urbana", "apartment"),
    ]
    turned = load_glossary(path, "en", "es").entries
    assert turned == [Entry(one, "piso") for one in ("flat", "dwelling", "apartment")]


def test_version_3_is_read_whatever_the_file_is_called(tmp_path: Path) -> None:
    path = saved(tmp_path / "terms.xml", VERSION_3)
    assert load_glossary(path, "es", "en").entries == [Entry("I+D", "R&D")]


def test_a_termbase_may_be_in_utf_16(tmp_path: Path) -> None:
    path = tmp_path / "terms.tbx"
    path.write_bytes(VERSION_2.replace("UTF-8", "UTF-16").encode("utf-16"))
    assert load_glossary(path, "es", "en").entries[0] == Entry("piso", "apartment")


@pytest.mark.parametrize(
    ("text", "languages", "message"),
    [
        (VERSION_3, ("es", "fr"), "no concept has terms in es and fr"),
        (VERSION_3, ("", ""), "no concept has terms in the source language and the target"),
        (VERSION_3[:-9], ("es", "en"), "not well-formed XML"),
        (
            VERSION_3.replace("R&amp;D", "x" * 201),
            ("es", "en"),
            "concept 1: a term has at most",
        ),
        ("<tmx/>", ("es", "en"), "not a termbase: its first element is neither martif nor tbx"),
        ("piso\tapartment\n", ("es", "en"), "not well-formed XML"),
        ('<!DOCTYPE martif [<!ENTITY a "b">]><martif/>', ("es", "en"), "declares entities"),
        (
            "<tbx>" + "<a>" * 300 + "</a>" * 300 + "</tbx>",
            ("es", "en"),
            "nested more than 256",
        ),
        ("", ("es", "en"), "not well-formed XML"),
    ],
)
def test_what_is_no_termbase_is_refused_in_one_line(
    tmp_path: Path, text: str, languages: tuple[str, str], message: str
) -> None:
    path = saved(tmp_path / "terms.tbx", text)
    with pytest.raises(DataError, match=message) as caught:
        load_glossary(path, *languages)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
