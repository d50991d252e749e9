"""Language identification: the table of cases, sentences of every language, and any text."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seq2seq.text import strip_accents
from seq2seq.text_steps.languages import (
    MAX_WORD,
    MAX_WORDS,
    OTHER,
    UNKNOWN,
    Guess,
    identify,
    identify_among,
    words,
)

FOLDER = Path(__file__).parent / "cases"
CASES = json.loads((FOLDER / "languages.json").read_text("utf-8"))
SENTENCES = json.loads((FOLDER / "language_sentences.json").read_text("utf-8"))
FOREIGN = json.loads((FOLDER / "foreign_sentences.json").read_text("utf-8"))
DATA = Path(__file__).parents[3] / "shared" / "data"

EVERY_SENTENCE = [(text, language) for language, texts in SENTENCES.items() for text in texts]
curious = st.text(st.characters(exclude_categories=()) | st.sampled_from("aé'’<>&;@#¿ \ud800中"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:30])
def test_a_case_of_the_table(case: dict[str, str]) -> None:
    guess = identify(case["text"])
    assert (guess.language, guess.script) == (case["language"], case["script"])


@pytest.mark.parametrize("language", SENTENCES)
def test_forty_sentences_of_each_language_are_recognized(language: str) -> None:
    assert len(SENTENCES[language]) == 40
    found = [identify(text).language for text in SENTENCES[language]]
    assert found == [language] * 40


def test_capitals_change_nothing() -> None:
    for text, _ in EVERY_SENTENCE:
        assert identify(text.lower().replace("ß", "ss")) == identify(text.upper())


def test_sentences_without_accents_are_recognized() -> None:
    found = [identify(strip_accents(text)).language == right for text, right in EVERY_SENTENCE]
    assert found.count(False) <= 1


def test_what_is_copied_has_no_influence() -> None:
    for text, _ in EVERY_SENTENCE:
        decorated = f"<p class='die'>{text} 😀 https://die.de/der @the_girl #avec 3,50 €</p>"
        assert identify(decorated) == identify(text)


@pytest.mark.parametrize("split", ["dev", "test"])
def test_most_sentences_of_other_languages_are_rejected(split: str) -> None:
    texts = [text for found in FOREIGN[split].values() for text in found]
    found = [identify(text).language for text in texts]
    assert found.count(OTHER) >= 0.85 * len(found)


def test_most_names_are_unknown() -> None:
    found = [identify(name).language for name in FOREIGN["names"]]
    assert found.count(UNKNOWN) >= 0.7 * len(found)


def test_a_word_of_several_languages_is_decided_among_those_in_question() -> None:
    assert identify("Me").language == UNKNOWN
    assert identify_among("Me", languages={"de", "en"}).language == "en"
    assert identify_among("Où est la gare ?", languages={"es", "en"}).language in ("es", "en")
    assert identify_among("Привет", languages={"es", "en"}).language == OTHER


def test_among_no_language_nothing_is_found() -> None:
    assert identify_among("hola", languages=["xx"]) == Guess(UNKNOWN, 0.0, "Latin")


def test_longer_text_is_more_certain() -> None:
    start = identify("das")
    assert start.confidence < identify("das ist ein Haus").confidence <= 1


@given(curious)
@example("'" * 5000)
@example("<a" * 5000)
@example("\ud800")
def test_every_text_has_a_guess(text: str) -> None:
    guess = identify(text)
    assert guess.language in (*SENTENCES, OTHER, UNKNOWN)
    assert 0 <= guess.confidence <= 1
    among = identify_among(text, languages=("es", "en"))
    assert among.language in ("es", "en", OTHER, UNKNOWN)
    assert among.script == guess.script


@given(curious)
def test_words_are_stable(text: str) -> None:
    found = words(text)
    assert len(found) <= MAX_WORDS
    assert all(0 < len(word) <= MAX_WORD for word in found)
    assert words(" ".join(found)) == found


@pytest.mark.parametrize("piece", ["a", "<a ", "a@", "'", "¿", "é ", "中", "&x", "a_a ", "\u0301"])
def test_a_long_text_takes_no_longer_than_its_beginning(piece: str) -> None:
    text = piece * 500_000
    began = time.process_time()
    identify(text)
    assert time.process_time() - began < 0.5


@pytest.mark.skipif(not DATA.is_dir(), reason="the Tatoeba files are not beside this checkout")
def test_tatoeba_sentences_of_three_words_or_more_are_recognized() -> None:
    texts: set[tuple[str, str]] = set()
    for language in ("es", "fr", "de"):
        lines = (DATA / f"tatoeba-{language}-en" / "dev.tsv").read_text("utf-8").splitlines()
        for line in lines:
            text, english = line.split("\t")
            texts |= {(text, language), (english, "en")}
    long = [(text, language) for text, language in texts if len(text.split()) >= 3]
    right = [identify(text).language == language for text, language in long]
    assert right.count(True) >= 0.998 * len(right)
