"""Case marks: capitals as marks before lowercase words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.text_steps.case_marks import (
    CAPITAL,
    CAPITALS,
    CASE_MARKS,
    SMALL,
    mark_case,
    mark_case_inside,
    restore_case,
)

TABLE = json.loads(
    (Path(__file__).with_name("cases") / "case_marks.json").read_text(encoding="utf-8")
)
LETTERS = "aAbBßİı Éé.,-'1_ǅΣσς\ue010"


@pytest.mark.parametrize(("text", "marked"), TABLE["cases"])
def test_a_text_is_marked_as_in_the_table(text: str, marked: str) -> None:
    expected = marked.replace("^^", CAPITALS).replace("^", CAPITAL).replace("_v", SMALL)
    assert mark_case(text) == expected
    assert restore_case(expected) == text


@given(st.text(st.sampled_from(LETTERS), max_size=14) | st.text(max_size=20))
def test_restoring_gives_the_text_back(text: str) -> None:
    unmarked = "".join(letter for letter in text if letter not in CASE_MARKS)
    assert restore_case(mark_case(text)) == unmarked


@given(st.text(st.sampled_from(LETTERS + CASE_MARKS * 3), max_size=20))
def test_no_mark_is_left_whatever_a_model_writes(text: str) -> None:
    assert not set(restore_case(text)) & set(CASE_MARKS)


@given(st.text(st.sampled_from("abC D'é"), min_size=1, max_size=10))
def test_a_phrase_is_marked_as_inside_a_text(phrase: str) -> None:
    whole = mark_case(f"Word {phrase}")
    assert whole == "word" + mark_case_inside(phrase)


def test_a_marked_word_has_the_same_spelling_in_any_case() -> None:
    words = {mark_case(f"Yo {word}").split()[1] for word in ("hambre", "Hambre", "HAMBRE")}
    assert words == {"hambre"}
