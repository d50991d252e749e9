"""Splitting a text into sentences, and a sentence that is too long into clauses."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.text import LINE_BREAK
from seq2seq.text_steps import sentence_words
from seq2seq.text_steps.clauses import split_long
from seq2seq.text_steps.sentence_words import abbreviation_kinds, words
from seq2seq.text_steps.sentences import split_sentences

CASES: dict[str, list[dict[str, Any]]] = json.loads(
    Path(__file__).with_name("cases").joinpath("sentences.json").read_text(encoding="utf-8")
)

PIECES = (
    ". ... … ? ! ?! ¡ ¿ : , ; - — ( ) \" “ ” « » ' ’ Hola hola EE. UU. Sr. Ud. p. ej. a. m. No. 5 "
    "1. 2. a) b) 3.5 U.S. J. 😀 :) 。 」 東京 de # @ • <b> </b> www.a.es"
)
WORDS = st.sampled_from(PIECES.split())
TEXTS = st.one_of(
    st.text(),
    st.text(alphabet=" .!?…。“”'\"()¿¡abAB1ñÑ中\n"),
    st.lists(st.tuples(WORDS, st.sampled_from(["", " ", "  ", "\n"])), max_size=30).map(
        lambda pairs: "".join(word + space for word, space in pairs)
    ),
)

UNITS: dict[str, Callable[[str], int]] = {
    "words": lambda text: len(text.split()),
    "characters": len,
}


def sentences(text: str) -> list[str]:
    return [sentence for sentence, _ in split_sentences(text)]


def joined(parts: list[tuple[str, str]]) -> str:
    return "".join(part + space for part, space in parts)


@pytest.mark.parametrize("case", CASES["split_sentences"], ids=lambda case: case["text"][:40])
def test_sentences_end_where_the_table_says(case: dict[str, Any]) -> None:
    assert sentences(case["text"]) == case["sentences"]


@given(TEXTS)
def test_sentences_join_to_the_text(text: str) -> None:
    assert joined(split_sentences(text)) == text


@given(TEXTS)
def test_only_white_space_stands_between_sentences(text: str) -> None:
    found = split_sentences(text)
    assert all(space == "" or space.isspace() for _, space in found)
    assert all(sentence == sentence.rstrip() for sentence, _ in found)
    assert all(sentence for sentence, _ in found[1:])


@given(TEXTS)
def test_line_breaks_end_sentences(text: str) -> None:
    assert not any(LINE_BREAK.search(sentence) for sentence, _ in split_sentences(text))
    assert all(space for _, space in split_sentences("\n".join(["ab", text.strip() or "ab"]))[:1])


@given(TEXTS)
def test_every_sentence_of_several_has_a_letter_or_digit(text: str) -> None:
    line = " ".join(text.split())
    found = sentences(line)
    if len(found) > 1 and "•" not in line:
        assert all(any(letter.isalnum() for letter in sentence) for sentence in found)


@given(st.lists(st.sampled_from(["Tengo hambre.", "¿Vienes?", "¡No!", "We met Dr. Ruiz."])))
def test_glued_sentences_come_apart_again(parts: list[str]) -> None:
    assert sentences(" ".join(parts)) == (parts or [""])


def test_capitals_do_not_change_where_sentences_end() -> None:
    for case in CASES["split_sentences"]:
        if case["about"] in ("several sentences", "lists", "line breaks"):
            assert len(sentences(case["text"].upper())) == len(case["sentences"])


def test_the_words_around_a_mark_are_found_in_their_table() -> None:
    assert abbreviation_kinds("EE.UU") == {"final_before_starter"}
    assert abbreviation_kinds("SR") == {"never_final"}
    assert abbreviation_kinds("casa") == frozenset()
    assert {"und", "pero", "and", "mais"} <= words("conjunctions")


def test_no_word_is_listed_twice_in_a_language() -> None:
    table = Path(sentence_words.__file__).with_name("sentences.json")
    for kind, languages in json.loads(table.read_text(encoding="utf-8")).items():
        for language, listed in languages.items():
            assert len(listed.split()) == len(set(listed.split())), (kind, language)


@pytest.mark.parametrize(
    "unit", [". ", "a. ", "a.) ", "(", "1. ", ". <a", " ", "Sr. ", '. " ', "a) ", "EE. UU. ", "。"]
)
def test_a_long_line_takes_time_in_proportion(unit: str) -> None:
    def seconds(repeats: int) -> float:
        text = unit * repeats
        begin = time.process_time()
        split_long(text, longest=500, length=len)
        split_sentences(text)
        return time.process_time() - begin

    seconds(10)
    assert seconds(20_000) < 30 * seconds(2_000) + 0.1


@pytest.mark.parametrize("case", CASES["split_long"], ids=lambda case: case["about"])
def test_long_sentences_are_cut_where_the_table_says(case: dict[str, Any]) -> None:
    found = split_long(case["text"], longest=case["longest"], length=UNITS[case["unit"]])
    assert [part for part, _ in found] == case["parts"]


@given(TEXTS, st.integers(1, 30))
def test_parts_join_to_the_sentence_and_none_is_too_long(text: str, longest: int) -> None:
    found = split_long(text, longest=longest, length=len)
    assert joined(found) == text
    assert all(len(part) <= longest for part, _ in found)
    assert all(part for part, _ in found[1:])
    assert all(space == "" or space.isspace() for _, space in found)


@given(TEXTS, st.integers(1, 5))
def test_a_sentence_that_fits_is_not_cut(text: str, extra: int) -> None:
    longest = len(text) + extra
    assert len(split_long(text, longest=longest, length=len)) == 1


def test_a_length_that_is_never_small_enough_ends_in_characters() -> None:
    found = split_long("una casa", longest=1, length=lambda text: 100)
    assert [part for part, _ in found] == list("unacasa")


def test_parts_are_balanced_and_the_length_is_called_about_once_per_part() -> None:
    measured: list[str] = []

    def length(text: str) -> int:
        measured.append(text)
        return len(text.split())

    text = " ".join(["la casa, que era grande; el perro y el gato"] * 200)
    found = split_long(text, longest=50, length=length)
    sizes = [len(part.split()) for part, _ in found]
    assert max(sizes) <= 50
    assert min(sizes) >= 25
    assert len(measured) <= 2 * len(found) + 1
