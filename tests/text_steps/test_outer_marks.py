"""Tags and emphasis marks around a whole sentence."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.text_steps.outer_marks import OuterMarks, split_outer_marks, with_outer_marks

TABLE = json.loads(
    (Path(__file__).with_name("cases") / "outer_marks.json").read_text(encoding="utf-8")
)
PARTS = ["<b>", "</b>", "<p x='1 2'>", "</p>", "<br/>", "*", "**", "_", " ", ".", ",", "hola", "5"]
TEXTS = st.lists(st.sampled_from(PARTS), max_size=12).map("".join)


@pytest.mark.parametrize(("text", "bare", "opening", "closing", "stop"), TABLE)
def test_a_sentence_has_the_marks_of_the_table(
    text: str, bare: str, opening: str, closing: str, stop: str
) -> None:
    assert split_outer_marks(text) == OuterMarks(bare, opening, closing, stop)


@given(TEXTS)
def test_a_sentence_is_joined_with_its_marks_again(text: str) -> None:
    found = split_outer_marks(text)
    bare = found.text.removesuffix(found.stop) if found.stop else found.text
    assert found.opening + bare + found.closing + found.stop == text


@given(TEXTS)
def test_the_words_before_the_bare_sentence_are_counted(text: str) -> None:
    found = split_outer_marks(text.strip())
    word = found.text.split()[0] if found.text.split() else ""
    assert word in " ".join(text.split()[found.dropped_words : found.dropped_words + 1]) or (
        found.stop  # a stop that stands after the closing marks
    )


@pytest.mark.parametrize(
    ("source", "translation", "marked"),
    [
        ("<b>Hola.</b>", "Hello.", "<b>Hello.</b>"),
        ("<b>Hola</b>.", "Hello.", "<b>Hello</b>."),
        ("<b>Hola</b>.", "Hello!", "<b>Hello!</b>"),
        ("<p>Hola.", "Hello.", "<p>Hello."),
        ("**Hola**", "Hello", "**Hello**"),
        ("Hola.", "Hello.", "Hello."),
        ("<b>Hola.</b>", "", ""),
    ],
)
def test_a_translation_gets_the_marks(source: str, translation: str, marked: str) -> None:
    assert with_outer_marks(translation, split_outer_marks(source)) == marked


@pytest.mark.parametrize(
    "text", ["<b>" * 50_000 + "x" * 50_000, "x" * 50_000 + "</b>" * 50_000, "<a " * 50_000]
)
def test_many_tags_take_linear_time(text: str) -> None:
    begin = time.process_time()
    split_outer_marks(text)
    assert time.process_time() - begin < 2
