"""Case of whole lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.text_steps.letter_case import (
    LetterCase,
    in_letter_case,
    in_sentence_case,
    letter_case,
)

TABLE = json.loads(
    (Path(__file__).with_name("cases") / "letter_case.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize(("text", "case", "sentence"), TABLE)
def test_a_line_has_the_case_of_the_table(text: str, case: str, sentence: str) -> None:
    found = letter_case(text)
    assert found.name == case
    if found is not LetterCase.ORDINARY:
        assert in_sentence_case(text) == sentence
        assert in_letter_case(sentence, found) == (sentence if case == "MIXED" else text)


def test_a_translation_gets_the_case_of_its_source() -> None:
    text = "I don't know how to do it in New York."
    assert in_letter_case(text, LetterCase.ORDINARY) == text
    assert in_letter_case(text, LetterCase.CAPITALS) == text.upper()
    assert in_letter_case(text, LetterCase.TITLE) == "I Don't Know how to do it in New York."
    assert in_letter_case(text, LetterCase.FULL_TITLE) == "I Don't Know How To Do It In New York."


@given(st.text(max_size=40))
def test_any_text_has_a_case_and_keeps_its_length_in_words(text: str) -> None:
    case = letter_case(text)
    assert len(in_letter_case(in_sentence_case(text), case).split()) == len(text.split())
