"""Contracts of every registered format: what is not translated stays, and what is can be read."""

from __future__ import annotations

from pathlib import Path

import pytest

import seq2seq.documents.recognise
from seq2seq.documents.document import FORMATS, Document, ReadOptions, Segment, Target
from seq2seq.documents.markup import Piece
from tests.support.format_contract import check_format
from tests.support.office_samples import office_file

FILES = Path(__file__).parent / "files"
OFFICE = {Path("letter.docx"): office_file("docx"), Path("prices.xlsx"): office_file("xlsx")}
SAMPLES = [*sorted(FILES.iterdir()), *OFFICE]
COLUMNS = {".csv": ("text",), ".tsv": ("2",)}


def read(data: bytes, path: Path) -> Document:
    name = seq2seq.documents.recognise.format_of(path)
    options = ReadOptions(COLUMNS.get(path.suffix, ()), True, "es", "en")
    return FORMATS[name]().read(data, options)


def content(path: Path) -> bytes:
    return OFFICE[path] if path in OFFICE else path.read_bytes()


def louder(segment: Segment) -> Target:
    """Return a translation that differs in every word, with characters that need an escape."""

    def changed(piece: Piece) -> Piece:
        if not isinstance(piece, str):
            return piece
        words = piece.split(" ")
        return " ".join(f"{word.upper()}ñ&" if word.isalpha() else word for word in words)

    return Target(tuple(map(changed, segment.pieces)))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_an_identity_translation_gives_the_file_back_and_damage_is_refused(path: Path) -> None:
    name = seq2seq.documents.recognise.format_of(path)
    options = ReadOptions(COLUMNS.get(path.suffix, ()), True, "es", "en")
    check_format(FORMATS[name](), content(path), options)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_translation_is_what_is_read_again(path: Path) -> None:
    document = read(content(path), path)
    targets = [louder(one) for one in document.segments]
    again = read(document.write(targets), path)
    assert [one.current for one in again.segments] == [one.pieces for one in targets]


def test_every_format_has_a_sample() -> None:
    names = {seq2seq.documents.recognise.format_of(path) for path in SAMPLES}
    assert names == set(FORMATS)


def test_office_files_keep_what_is_no_text() -> None:
    texts = [one.text for one in read(OFFICE[Path("letter.docx")], Path("letter.docx")).segments]
    assert texts == [
        "Una casa muy blanca, dice Ana.",
        "Nombre",
        "Fecha de hoy",
        "Véase el capítulo en la página  del libro.",
        "Antes",
        "Después",
        "Dentro",
    ]
    cells = [one.text for one in read(OFFICE[Path("prices.xlsx")], Path("prices.xlsx")).segments]
    assert cells == ["El gato & el perro", "Una casa grande", "12", "Buenos días"]


@pytest.mark.parametrize("name", ["lang", "xml:lang"])
def test_a_language_is_added_to_a_memory_as_its_version_names_it(name: str) -> None:
    unit = f'<tmx><body><tu><tuv {name}="en"><seg>Edit</seg></tuv></tu></body></tmx>'
    document = FORMATS["tmx"]().read(unit.encode(), ReadOptions((), False, "en", "es"))
    written = document.write([Target(("Editar",))]).decode()
    added = f'<tuv {name}="es"><seg>Editar</seg></tuv>'
    assert written == unit.replace("</tu>", f"{added}</tu>")
