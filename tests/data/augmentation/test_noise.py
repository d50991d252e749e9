"""Pairs as people type them: what is dropped, what stays, and that nothing else changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.data.augmentation.noise import add_noise
from seq2seq.text import strip_accents

KNOWN = [
    "He saw Tom.",
    "You and I saw Tom.",
    "That is my house.",
]  # so that Tom and I are known to have a capital


def forms(source: str, target: str, known: list[str] = KNOWN) -> set[tuple[str, str]]:
    """All that becomes of a pair."""
    found = (
        add_noise([source, *known], [target, *known], fraction=1.0, seed=seed) for seed in range(50)
    )
    return {(sources[0], targets[0]) for sources, targets in found}


def test_the_stop_goes_from_both_sides_and_perhaps_the_capital_and_the_accents() -> None:
    assert forms("Él comió una canción.", "The man ate a song.") == {
        ("Él comió una canción", "The man ate a song"),
        ("él comió una canción", "the man ate a song"),
        ("El comio una cancion", "The man ate a song"),
        ("el comio una cancion", "the man ate a song"),
    }


@pytest.mark.parametrize(
    ("first", "kept"), [("I", "I"), ("I'm", "I'm"), ("Tom", "Tom"), ("My", "my"), ("“My", "“my")]
)
def test_a_word_that_has_its_capital_everywhere_keeps_it(first: str, kept: str) -> None:
    assert {target.split()[0] for _, target in forms("Hola.", f"{first} house.")} == {first, kept}


def test_a_question_loses_its_marks_only_in_the_source() -> None:
    assert forms("¿Quién?", "Who?") == {
        ("Quién", "Who?"),
        ("quién", "who?"),
        ("Quien", "Who?"),
        ("quien", "who?"),
    }
    assert {target[-1] for _, target in forms("Ven.", "Will you come?")} == {"?"}
    assert {source[-1] for source, _ in forms("¡Ven!", "Come!")} == {"n"}


def test_a_stop_that_one_side_lacks_stays_where_it_is() -> None:
    assert {source for source, _ in forms("Casa.", "house")} == {"Casa.", "casa."}


def test_a_fraction_of_the_pairs_is_changed_as_the_seed_decides() -> None:
    texts = ["Casa."] * 1000
    first, again, other = (add_noise(texts, texts, fraction=0.3, seed=seed) for seed in (1, 1, 2))
    assert first == again != other
    assert 220 < sum(text != "Casa." for text in first[0]) < 380
    assert add_noise(texts, texts, fraction=0.0, seed=1) == (texts, texts)


@given(
    st.lists(st.tuples(st.text(max_size=12), st.text(max_size=12)), max_size=5), st.integers(0, 9)
)
def test_letters_stay_in_their_order(pairs: list[tuple[str, str]], seed: int) -> None:
    sources, targets = [source for source, _ in pairs], [target for _, target in pairs]
    found = add_noise(sources, targets, fraction=1.0, seed=seed)
    for before, after in zip(targets, found[1], strict=True):
        assert before.rstrip(".。!！").lower() == after.rstrip(".。!！").lower()
        assert bool(before.strip()) == bool(after.strip())
    for before, after in zip(sources, found[0], strict=True):
        assert letters(before) == letters(after)
        assert bool(before.strip()) == bool(after.strip())


def letters(text: str) -> list[str]:
    return [sign for sign in strip_accents(text.lower()) if sign.isalpha()]


def test_only_marks_of_alphabets_are_removed() -> None:
    assert strip_accents("Canción, niño, čeština, ψυχή") == "Cancion, nino, cestina, ψυχη"
    for text in ("が", "ไม่", "हिन्दी", "naive 3 €"):
        assert strip_accents(text) == text
