"""Near-duplicates: MinHash finds what a comparison of all texts finds; splits respect groups."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.data.inspection.groups import group_pairs
from seq2seq.data.inspection.leaks import leaking
from seq2seq.data.inspection.near_duplicates import (
    SIMILARITY,
    folded,
    near_duplicates,
    similarity,
)
from seq2seq.data.inspection.split import DEV, TEST, TRAIN, split_groups
from seq2seq.errors import DataError


def sentences(count: int) -> list[str]:
    """Return different sentences, many of which are nearly equal."""
    chance = random.Random(5)
    words = ["casa", "perro", "grande", "comer", "mañana", "siempre", "ciudad", "libro", "nunca"]
    found = []
    for _ in range(count):
        found.append(" ".join(chance.choices(words, k=6)))
        place = chance.randrange(len(found[-1]))
        found.append(found[-1][:place] + "x" + found[-1][place + 1 :])
    return list(dict.fromkeys(map(folded, found)))


def test_minhash_finds_what_a_comparison_of_all_texts_finds() -> None:
    texts = sentences(60)
    wanted = {
        (one, other)
        for one, other in itertools.combinations(range(len(texts)), 2)
        if similarity(texts[one], texts[other]) >= SIMILARITY
    }
    found = {(min(pair), max(pair)) for pair in near_duplicates(texts)}
    assert found <= wanted
    assert len(found) >= 0.95 * len(wanted) > 20


@pytest.mark.parametrize("texts", [[], [""], ["a"], ["", "a", "b"]])
def test_few_and_empty_texts_have_no_near_duplicates(texts: list[str]) -> None:
    assert not list(near_duplicates(texts))


@given(st.text(st.characters(max_codepoint=0x17F)))
def test_folding_a_folded_text_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)


def test_case_accents_punctuation_and_digits_do_not_matter() -> None:
    assert folded("¿DÓNDE están los 3 perros?") == folded("donde estan los 4 perros")


def test_pairs_that_share_a_sentence_or_nearly_are_in_one_group() -> None:
    sources = ["El perro duerme en la casa.", "El perro duerme en la casa", "Otra cosa.", "Ya."]
    targets = ["The dog sleeps.", "A dog sleeps.", "the dog, sleeps", "Now."]
    groups = group_pairs(sources, targets).tolist()
    assert groups[0] == groups[1] == groups[2] != groups[3]


def test_leaks_are_found_on_either_side() -> None:
    pairs = (["uno dos tres cuatro", "a", "b"], ["x", "siete ocho nueve diez", "y"])
    held = (["UNO, dos, tres, cuatro!"], ["siete ocho nueve diezz"])
    assert leaking(pairs, held).tolist() == [True, True, False]


@given(
    st.lists(st.integers(0, 30), min_size=40, max_size=80),
    st.integers(0, 15),
    st.integers(0, 15),
    st.integers(0, 3),
)
def test_a_group_is_in_one_part(groups: list[int], dev: int, test: int, seed: int) -> None:
    numbers = np.array(groups)
    parts = split_groups(numbers, dev=dev, test=test, seed=seed)
    for group in set(groups):
        assert len(set(parts[numbers == group].tolist())) == 1
    assert (parts == DEV).sum() <= dev
    assert (parts == TEST).sum() <= test
    assert (parts == TRAIN).any()


def test_too_few_pairs_to_split_are_refused() -> None:
    with pytest.raises(DataError, match="lower --dev"):
        split_groups(np.arange(10), dev=5, test=5, seed=1)
