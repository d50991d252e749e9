"""Splitting a text into sentences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.translation.split_sentences import split_sentences


@given(st.text())
def test_sentences_join_to_the_text(text: str) -> None:
    assert "".join(sentence + space for sentence, space in split_sentences(text)) == text


@given(st.text(alphabet=" .!?…。“”'\"()¿¡abAB1ñÑ中"))
def test_no_sentence_is_blank_unless_the_text_is(text: str) -> None:
    found = [sentence for sentence, _ in split_sentences(text.strip())]
    assert found == [""] or all(sentence.strip() for sentence in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [""]),
        ("Hola.", ["Hola."]),
        ("Hola. ¿Qué tal? ¡Bien!", ["Hola.", "¿Qué tal?", "¡Bien!"]),
        ("Dijo: «Sí.» Y se fue.", ["Dijo: «Sí.»", "Y se fue."]),
        ('"Ven." "No."', ['"Ven."', '"No."']),
        ("Son 3.5 km. Son las 3 p. m. y llueve.", ["Son 3.5 km.", "Son las 3 p. m. y llueve."]),
        (
            "El Sr. Pérez y la Dra. Ruiz llegan. J. Smith no.",
            ["El Sr. Pérez y la Dra. Ruiz llegan.", "J. Smith no."],
        ),
        ("Bueno... no sé… Quizá.", ["Bueno... no sé…", "Quizá."]),
        ("¿Eh?  \tÁfrica.\n2 son dos.", ["¿Eh?", "África.", "2 son dos."]),
        ("东京。大阪！好", ["东京。", "大阪！", "好"]),
        ("Это дом. Он большой.", ["Это дом.", "Он большой."]),
        ("www.a.com es Una web", ["www.a.com es Una web"]),
    ],
)
def test_where_a_sentence_ends(text: str, expected: list[str]) -> None:
    assert [sentence for sentence, _ in split_sentences(text)] == expected
