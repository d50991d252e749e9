"""Shared definitions of text: their differences, and that none of them costs time at import."""

from __future__ import annotations

import re
import sys
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq import text as definitions
from seq2seq.text import (
    COMPOUND_WORD,
    LETTERS,
    LINE_BREAK,
    MAX_MARKS,
    MAYBE_MARKED,
    UNSPACED_LETTER,
    WORD,
    alignment_token,
    combining_marks,
    compose,
    continues_word,
    join_lines,
    mostly_capitalized,
    one_line,
    strip_accents,
    strip_combining,
    vocabulary_token,
)

SENTENCE = "Don't re-read page_2: 3.14 € nai\u0308ve"


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (LETTERS, "Don t re read page nai ve"),
        (WORD, "Don t re read page_2 3 14 nai ve"),
        (COMPOUND_WORD, "Don't re-read page_2 3.14 nai ve"),
        (alignment_token(), "Don't re - read page _ 2 : 3 . 14 € nai\u0308ve"),
        (vocabulary_token(), "Don ' t re - read page_2 : 3 . 14 € nai\u0308ve"),
    ],
)
def test_each_definition_of_a_word_is_as_documented(pattern: re.Pattern[str], words: str) -> None:
    assert [found.group() for found in pattern.finditer(SENTENCE)] == words.split()


def test_all_combining_marks_continue_a_word_of_the_vocabulary() -> None:
    marks = [c for c in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(c)[0] == "M"]
    whole = "a" + "".join(marks)
    assert vocabulary_token().findall(whole) == [whole]
    below = "a" + "".join(mark for mark in marks if mark < "\U00020000")
    assert alignment_token().findall(below + "\U000e0100") == [below, "\U000e0100"]


def test_no_pattern_of_marks_is_built_at_import() -> None:
    constants = [one for one in vars(definitions).values() if isinstance(one, re.Pattern)]
    assert all(len(one.pattern) < 200 for one in constants)


def test_words_that_keep_their_capital_have_it_more_often_than_not() -> None:
    counts = {"Tom": 3, "tom": 2, "May": 1, "may": 1, "I": 1, "": 4, "犬": 2, "house": 5}
    assert mostly_capitalized(counts) == {"Tom", "I"}


@pytest.mark.parametrize("character", "aé9ßжक\u0301ก中かカㄅ々 -_")
def test_letters_of_a_script_without_spaces_do_not_continue_a_word(character: str) -> None:
    assert continues_word(character) == (character in "aé9ßжक\u0301")
    if UNSPACED_LETTER.search(character):
        assert not continues_word(character)


def test_accents_of_european_letters_are_removed_and_other_marks_kept() -> None:
    assert strip_accents("Canción, niño, हिन्दी, שָׁלוֹם") == "Cancion, nino, हिन्दी, שָׁלוֹם"
    assert strip_combining("Canción, שָׁלוֹם") == "Cancion, שלום"


@given(st.text(st.one_of(st.characters(), st.sampled_from("\r\n\u2028\x1c a"))))
def test_a_text_on_one_line_has_no_line_break(text: str) -> None:
    assert len(one_line(text)) == len(text)
    one_line(text).encode()
    assert not LINE_BREAK.search(one_line(text) + join_lines(text))
    assert " ".join(LINE_BREAK.sub("\n", text.replace("\r\n", "\n")).split("\n")).startswith(
        join_lines(text)
    )


MARKS = re.compile(f"[{combining_marks()}]")


def test_the_class_of_marks_holds_all_marks() -> None:
    characters = list(map(chr, range(sys.maxunicode + 1)))
    marks = [one for one in characters if unicodedata.category(one).startswith("M")]
    assert [one for one in characters if MARKS.match(one)] == marks
    assert all(map(MAYBE_MARKED.match, marks))


@given(st.text())
def test_composing_is_nfc(text: str) -> None:
    assert compose(text) == unicodedata.normalize("NFC", text)


@given(st.lists(st.sampled_from("e\u0301\u0316\u0344\u0958"), min_size=50))
def test_a_character_keeps_a_limited_number_of_marks(characters: list[str]) -> None:
    composed = compose("".join(characters))
    assert compose(composed) == composed
    assert not re.search(f"[{combining_marks()}]{{{MAX_MARKS + 1}}}", composed)


def test_composing_long_runs_of_marks_takes_linear_time() -> None:
    began = time.process_time()
    assert len(compose("e" + "\u0301\u0316" * 200_000)) < 40
    assert time.process_time() - began < 2
