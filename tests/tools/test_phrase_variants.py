"""Variants of the phrase book: other endings, small first letters, and what they do not replace."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from phrase_book import read_phrase_book  # noqa: E402
from phrase_variants import with_variants  # noqa: E402


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        (
            ("Hasta luego.", "See you later."),
            [
                ("Hasta luego", "See you later"),
                ("hasta luego.", "see you later."),
                ("hasta luego", "see you later"),
            ],
        ),
        (
            ("Salida", "Exit"),
            [("Salida.", "Exit."), ("salida", "exit"), ("salida.", "exit.")],
        ),
        (
            ("¿Quién es?", "Who is it?"),
            [
                ("Quién es?", "Who is it?"),
                ("Quién es", "Who is it?"),
                ("¿quién es?", "who is it?"),
                ("quién es?", "who is it?"),
                ("quién es", "who is it?"),
            ],
        ),
        (("Un momento...", "One moment..."), [("un momento...", "one moment...")]),
    ],
)
def test_each_phrase_has_the_forms_that_people_type(pair, expected):
    assert with_variants([pair]) == [pair, *expected]


def test_a_variant_does_not_replace_a_phrase():
    label, verb = ("Abrir", "Open"), ("abrir", "to open")
    found = with_variants([label, verb])
    assert [target for source, target in found if source == "abrir"] == ["to open"]
    assert ("Abrir.", "Open.") in found


def test_names_keep_their_capital():
    found = with_variants([("Me llamo Ana.", "My name is Ana."), ("Ana vive aquí.", "Ana lives.")])
    assert ("Ana vive aquí", "Ana lives") in found
    assert not any(source.startswith("ana") for source, _ in found)


@pytest.mark.parametrize("direction", ["es-en", "en-es"])
def test_no_source_of_the_phrase_book_has_two_translations(direction):
    book = read_phrase_book(direction)
    found = with_variants(book)
    assert found[: len(book)] == book
    assert len({source for source, _ in found[len(book) :]}) == len(found) - len(book)
