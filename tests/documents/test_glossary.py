"""Glossaries: where a term occurs, and how many there may be."""

from __future__ import annotations

from pathlib import Path

import pytest

from seq2seq import Translator
from seq2seq.documents.glossary import Entry, Glossary, load_glossary
from seq2seq.documents.plurals import in_number
from seq2seq.documents.term_matching import occurs
from seq2seq.errors import ConfigError, DataError


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("piso", "Mi Piso está cerca.", True),
        ("piso", "Dos pisos.", True),
        ("pisos", "Un piso.", True),
        ("estación", "Las ESTACIONES", True),
        ("luz", "Las luces", True),
        ("box", "two boxes", True),
        ("city", "two cities", True),
        ("piso", "Un pisotón", False),
        ("año", "Un ano", False),
        ("IT", "it is", False),
        ("IT", "the IT team", True),
        ("aire acondicionado", "El aire está acondicionado.", False),
        ("aire acondicionado", "Hay aire acondicionado.", True),
        ("", "nada", False),
    ],
)
def test_a_term_is_found_in_any_case_and_number(term: str, text: str, found: bool) -> None:
    assert occurs(term, text) is found
    assert bool(Glossary([Entry(term, "x")]).find(text)) is found


def test_of_terms_that_overlap_the_longest_counts() -> None:
    short = Entry("aire", "air")
    entries = [short, Entry("aire acondicionado", "air conditioning"), Entry("casa", "house")]
    glossary = Glossary(entries)
    assert glossary.find("La casa sin aire acondicionado, ni aire") == [
        entries[2],
        entries[1],
        short,
    ]


@pytest.mark.parametrize(
    ("source", "target", "text", "language", "expected"),
    [
        ("piso", "apartment", "dos pisos", "en", "apartments"),
        ("ciudad", "city", "las ciudades", "en", "cities"),
        ("piso", "apartment", "un piso", "en", "apartment"),
        ("piso", "apartment", "un piso y dos pisos", "en", "apartment"),
        ("station", "estación", "two stations", "es", "estaciones"),
        ("light", "luz", "the lights", "es", "luces"),
        ("piso", "Wohnung", "dos pisos", "de", "Wohnung"),
        ("aire acondicionado", "air conditioning", "aire acondicionado", "en", "air conditioning"),
    ],
)
def test_a_term_has_the_number_of_its_source(
    source: str, target: str, text: str, language: str, expected: str
) -> None:
    assert in_number(target, source, text, language) == expected


@pytest.mark.parametrize("separator", ["\t", ",", ";"])
def test_a_glossary_is_read_with_any_separator(separator: str, tmp_path: Path) -> None:
    path = tmp_path / "terms"
    rows = ["source,target,note", 'piso,apartment,"a, b"', "", "casa,house"]
    path.write_text("\n".join(row.replace(",", separator) for row in rows), encoding="utf-8-sig")
    assert load_glossary(path).entries == [Entry("piso", "apartment"), Entry("casa", "house")]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("piso\n", "row 1: write a source term and a target term"),
        ("source\ttarget\npiso\t\n", "row 2"),
        ("", "no terms"),
        (f"{'a' * 201}\tb\n", "at most 200 characters"),
    ],
)
def test_a_wrong_glossary_is_refused(text: str, what: str, tmp_path: Path) -> None:
    path = tmp_path / "terms.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=what) as error:
        load_glossary(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("forbidden", ["flat", "flats"])
def test_a_forbidden_term_is_refused_before_anything_is_translated(
    forbidden: str, tmp_path: Path, native_library: Path
) -> None:
    translator = Translator.from_pretrained("es-en", decoding={"forbidden": [forbidden]})
    text = tmp_path / "text.txt"
    text.write_text("El perro duerme.\n")  # no line meets the term
    terms = tmp_path / "terms.tsv"
    terms.write_text("piso\tflat\n")
    message = f"terms.tsv: the term '{forbidden}' must appear, but '{forbidden}' is forbidden"
    with pytest.raises(ConfigError, match=message):
        translator.translate_document(text, tmp_path / "output.txt", glossary=terms)
    assert not (tmp_path / "output.txt").exists()
