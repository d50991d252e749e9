"""Inline markup in translations: always balanced and complete, and where the alignment says."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.documents.markup import Mark, Piece, joined, marks_of, tagged, text_of, untagged
from seq2seq.documents.placing import element_texts, place_marks, spread


def is_balanced(pieces: tuple[Piece, ...]) -> bool:
    waiting: list[str] = []
    for mark in marks_of(pieces):
        if mark.kind == "open":
            waiting.append(mark.name)
        elif mark.kind == "close" and (not waiting or waiting.pop() != mark.name):
            return False
    return not waiting


def wrapped(parts: list[tuple[Piece, ...]]) -> tuple[Piece, ...]:
    """Return pieces in an element."""
    inner = [piece for part in parts for piece in part]
    return (Mark("<b>", "open", "b"), *inner, Mark("</b>", "close", "b"))


WORDS = st.lists(st.sampled_from(["casa", "el", "(gato),", "3", "¿qué?"]), max_size=4)
TEXTS = WORDS.map(lambda words: (" ".join(words),))
ALONE = st.just((Mark("<x/>"),))
TREES = st.recursive(
    st.one_of(TEXTS, ALONE), lambda inner: st.lists(inner, max_size=3).map(wrapped), max_leaves=8
)
LINKS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 8)), max_size=12)


@given(st.lists(TREES, max_size=4), WORDS, LINKS, WORDS)
def test_marks_stay_complete_and_balanced(
    parts: list[tuple[Piece, ...]],
    words: list[str],
    links: list[tuple[int, int]],
    by_itself: list[str],
) -> None:
    pieces = joined([piece for part in parts for piece in part])
    target = " ".join(words)
    links = [(i, j) for i, j in links if i < len(text_of(pieces).split())]
    alone = dict.fromkeys(element_texts(pieces), " ".join(by_itself))
    placed = place_marks(pieces, target, links, alone)
    assert Counter(marks_of(placed)) == Counter(marks_of(pieces))
    assert is_balanced(placed)
    assert text_of(placed).replace(" ", "") == target.replace(" ", "")


@given(st.lists(TREES, max_size=4))
def test_a_text_that_does_not_change_keeps_its_markup(parts: list[tuple[Piece, ...]]) -> None:
    pieces = joined([piece for part in parts for piece in part])
    assert place_marks(pieces, text_of(pieces), ()) == pieces


@pytest.mark.parametrize(
    ("source", "target", "links", "expected"),
    [
        (
            '<b>Atención:</b> el <a href="x">tren</a> sale.',
            "Attention: the train leaves.",
            [(0, 0), (1, 1), (2, 2), (3, 3)],
            '<b>Attention:</b> the <a href="x">train</a> leaves.',
        ),
        (
            "La <b>casa</b> <i>blanca</i>.",
            "The white house.",
            [(0, 0), (2, 1), (1, 2)],
            "The <i>white</i> <b>house</b>.",
        ),
        ("¿<b>Cómo</b> estás?", "How are you?", [(0, 0), (1, 1)], "<b>How</b> are you?"),
        ("Hola<br/> amigo", "Hello friend", [(0, 0), (1, 1)], "Hello<br/> friend"),
        ("a la <b>fiesta</b>", "to the party", [(0, 0), (2, 1), (2, 2)], "to the <b>party</b>"),
        ("<b>a <i>b</b> c</i>", "x y z", [(0, 0), (1, 1), (2, 2)], "<b>x <i>y</b> z</i>"),
    ],
)
def test_markup_follows_its_words(
    source: str, target: str, links: list[tuple[int, int]], expected: str
) -> None:
    assert untagged(place_marks(tagged(source), target, links)) == expected


def test_neighbours_without_a_word_get_one() -> None:
    assert spread([(1, 0), (1, 1)], 2) == [(0, 0), (1, 1)]
    assert spread([(0, 0), (0, 1)], 2) == [(0, 0), (1, 1)]
    assert spread([(0, 0), (1, 1)], 2) == [(0, 0), (1, 1)]


@pytest.mark.parametrize(
    ("source", "target", "links", "alone", "expected"),
    [
        # Attention says "foreign", the phrase by itself "languages".
        (
            "dos <b>lenguas</b> extranjeras",
            "two foreign languages.",
            [(0, 0), (1, 1), (2, 2)],
            "Languages",
            "two foreign <b>languages</b>.",
        ),
        # Of several, the one that attention prefers.
        (
            "el perro y el <b>perro</b>",
            "the dog and the dog",
            [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4)],
            "dog",
            "the dog and the <b>dog</b>",
        ),
        # Part of it, if that is a long word.
        (
            "No <b>quiero</b> ir",
            "I don't want to go",
            [(2, 3)],
            "I want",
            "I don't <b>want</b> to go",
        ),
        # What does not occur says nothing.
        ("La <b>casa</b>", "The home", [(0, 0), (1, 1)], "house", "The <b>home</b>"),
    ],
)
def test_markup_goes_where_the_translation_of_its_text_is(
    source: str, target: str, links: list[tuple[int, int]], alone: str, expected: str
) -> None:
    pieces = tagged(source)
    [text] = element_texts(pieces)
    assert untagged(place_marks(pieces, target, links, {text: alone})) == expected


def test_only_short_elements_within_a_segment_are_translated_by_themselves() -> None:
    assert element_texts(tagged("<b>La <i>casa</i> roja</b>")) == ["casa"]
    assert element_texts(tagged("Hola <i>uno dos tres cuatro cinco</i> <b/><u></u>")) == []
    assert element_texts(tagged("Hola")) == []
