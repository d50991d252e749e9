"""Quotation marks around a whole sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.text_steps.outer_quotes import OuterQuotes, split_outer_quotes, with_outer_quotes

TABLE = json.loads(
    (Path(__file__).with_name("cases") / "outer_quotes.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize(("text", "bare", "opening", "closing"), TABLE)
def test_a_sentence_has_the_quotes_of_the_table(
    text: str, bare: str, opening: str, closing: str
) -> None:
    assert split_outer_quotes(text) == OuterQuotes(bare, opening, closing)


@given(st.text(st.sampled_from("\"'“”«» ab5.,!é")))
def test_a_sentence_is_joined_with_its_quotes_again(text: str) -> None:
    found = split_outer_quotes(text)
    stop = found.closing[1:]
    joined = found.opening + found.text.removesuffix(stop) + found.closing
    assert joined.replace(" ", "") == text.replace(" ", "")
    assert bool(found.dropped_words) == (
        len(found.text.split()) < len(text.split()) and found.opening[-1:] == " "
    )


@pytest.mark.parametrize(
    ("source", "translation", "quoted"),
    [
        ("“Hola.”", "Hello.", '"Hello."'),
        ("«Hola».", "Hello.", '"Hello".'),
        ("«Hola».", "Hello!", '"Hello!"'),
        ("«Hola»,", "hello,", '"hello",'),
        ("« Hola »", "Hello", '"Hello"'),
        ("‘Hola.’", "Hello.", "'Hello.'"),
        ("“Hola.", "Hello.", '"Hello.'),
        ("Hola.”", "Hello.", 'Hello."'),
        ("Hola.", "Hello.", "Hello."),
        ("“Hola.”", "", ""),
    ],
)
def test_a_translation_gets_plain_quotes(source: str, translation: str, quoted: str) -> None:
    assert with_outer_quotes(translation, split_outer_quotes(source)) == quoted
