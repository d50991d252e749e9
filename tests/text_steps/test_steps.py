"""All text steps together, and the words of a text before and after them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.text_steps.letter_case import LetterCase
from seq2seq.text_steps.protection import PLACEHOLDERS
from seq2seq.text_steps.steps import NO_STEPS, Prepared, TextSteps
from seq2seq.text_steps.word_maps import source_word_map, target_word_map

ALL = TextSteps(signs=True, protect=True, case_marks=True)
KNOWN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ .,-'\"?!0123456789") | set(
    ALL.symbols
)
TYPED = st.text(st.sampled_from("abC D1.,-“’12\u00a0\u200b—<b>👍@x:/"), max_size=30)


def prepared(text: str) -> Prepared:
    return ALL.source(text, known=frozenset(KNOWN), places=PLACEHOLDERS)


def test_a_text_without_steps_stays_and_keeps_its_case() -> None:
    assert NO_STEPS.symbols == ()
    assert NO_STEPS.training_pair("Son 12 “a”", "Is 12 “a”") == ("Son 12 “a”", "Is 12 “a”")
    assert NO_STEPS.finish("Is it", Prepared("Son")) == "Is it"


def test_both_sides_of_a_training_pair_go_through_the_steps_of_translating() -> None:
    source, target = ALL.training_pair("“Hola”, son 12.", "“Hi”, it is 12.")
    assert source == prepared("“Hola”, son 12.").text
    assert target == source.replace("hola", "hi").replace("son", "it is")


@given(TYPED)
def test_an_echoed_translation_is_the_text_with_plain_characters(text: str) -> None:
    ready = prepared(text)
    echoed = ALL.finish(ready.text, ready)
    if ready.case is LetterCase.ORDINARY:
        assert (
            echoed.split()
            == ALL_BUT_CASE.finish(
                ALL_BUT_CASE.source(text, known=frozenset(KNOWN), places=PLACEHOLDERS).text,
                ALL_BUT_CASE.source(text, known=frozenset(KNOWN), places=PLACEHOLDERS),
            ).split()
        )


ALL_BUT_CASE = TextSteps(signs=True, protect=True)


def test_a_line_in_capitals_is_read_as_a_sentence_and_answered_in_capitals() -> None:
    ready = prepared("TENGO 12 PERROS EN https://example.org/Casa")
    assert ready.case is LetterCase.CAPITALS
    translation = ready.text.replace("tengo", "i have").replace("perros en", "dogs in")
    assert ALL.finish(translation, ready) == "I HAVE 12 DOGS IN https://example.org/Casa"


def test_a_quoted_line_is_read_bare_and_answered_in_quotes() -> None:
    ready = prepared("“TENGO 12 PERROS”.")
    assert ready.text.startswith(prepared("Tengo").text)
    assert ready.case is LetterCase.CAPITALS
    translation = ready.text.replace("tengo", "i have").replace("perros", "dogs")
    assert ALL.finish(translation, ready) == '"I HAVE 12 DOGS".'
    kept = ALL.source("“Hola.”", known=KNOWN, places=PLACEHOLDERS, keep_marks=True)
    assert kept.text.startswith('"')
    assert not kept.quotes.closing


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("SON 12 PERROS.", "IT IS 12 DOGS."),
        ("“Son 12 perros.”", "“It is 12 dogs.”"),
        ("«SON 12 PERROS»", '"IT IS 12 DOGS"'),
    ],
)
def test_a_pair_is_scored_as_it_is_translated(source: str, target: str) -> None:
    scored = ALL.pair_to_score(source, target, known=KNOWN, places=PLACEHOLDERS)
    ready = prepared(source)
    assert scored[0] == ready.text
    assert ALL.finish(scored[1], ready) == target.replace("“", '"').replace("”", '"')


def test_a_pair_of_unlike_sides_is_scored_as_it_is() -> None:
    pair = ("“SON PERROS.”", "It is dogs.")
    scored = ALL_BUT_CASE.pair_to_score(*pair, known=KNOWN, places=PLACEHOLDERS)
    assert scored == ('"SON PERROS."', "It is dogs.")


@given(TYPED)
def test_every_prepared_word_comes_from_a_typed_word(text: str) -> None:
    places = source_word_map(text, known=frozenset(KNOWN), places=PLACEHOLDERS, protects=True)
    assert places == sorted(places)
    assert not places or places[-1] < len(text.split())


def test_words_are_counted_as_typed() -> None:
    text = "Llama al +34 612 34 56 78 hoy"
    ready = prepared(text)
    places = source_word_map(text, known=frozenset(KNOWN), places=PLACEHOLDERS, protects=True)
    assert places == [0, 1, 2, 7]
    translation = ready.text.replace("llama al", "call").replace("hoy", "today")
    assert target_word_map(translation, ready.items) == [0, 1, 6]
