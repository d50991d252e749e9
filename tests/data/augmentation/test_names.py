"""Made-up names: the same on both sides, new each time, and only where both sides share a name."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seq2seq.data.augmentation.names import augment_names, find_names

SOURCES = ["Tom vio a Tom.", "No vino a casa.", "¿Dónde está Ana, Tom?", "Estoy en Londres."]
TARGETS = ["You and Tom saw Tom.", "No, he saw Ana.", "Where is Ana, Tom?", "I am in London."]


def test_a_name_has_a_capital_mid_sentence_too() -> None:
    assert find_names(TARGETS) == {"Tom", "Ana", "London"}
    assert find_names(["I saw The man, the man.", "He and I."]) == {"I"}
    assert find_names(["Er hat das Haus, ein Haus."]) == {"Haus"}


def test_a_made_up_name_is_the_same_on_both_sides() -> None:
    (first, second, third, fourth), targets = augment_names(SOURCES, TARGETS, fraction=1.0, seed=1)
    name = first.split()[0]
    assert name not in {"Tom", "No"}
    assert (first, targets[0]) == (f"{name} vio a {name}.", f"You and {name} saw {name}.")
    ana, tom = third.removeprefix("¿Dónde está ").removesuffix("?").split(", ")
    assert targets[2] == f"Where is {ana}, {tom}?"
    assert not {ana, tom} & {"Ana", "Tom"}
    assert (second, fourth) == (SOURCES[1], SOURCES[3])
    assert (targets[1], targets[3]) == (TARGETS[1], TARGETS[3])


def test_a_fraction_of_the_pairs_is_changed_as_the_seed_decides() -> None:
    sources, targets = (
        [*SOURCES[:1] * 1000, "biblioteca ventana madera azul"],
        [*TARGETS[:1] * 1000, ""],
    )
    first, again, other = (
        augment_names(sources, targets, fraction=0.3, seed=seed) for seed in (1, 1, 2)
    )
    assert first == again != other
    changed = [text for text in first[0] if text != SOURCES[0]]
    assert 220 < len(changed) < 380
    assert len(set(changed)) > 10, "each time it is another one"
    assert augment_names(sources, targets, fraction=0.0, seed=1) == (sources, targets)


@given(
    st.lists(
        st.tuples(st.text("Aa bñ.,", max_size=12), st.text("Aa bñ.,", max_size=12)), max_size=5
    )
)
def test_everything_but_names_stays(pairs: list[tuple[str, str]]) -> None:
    sources, targets = [source for source, _ in pairs], [target for _, target in pairs]
    found = augment_names(sources, targets, fraction=1.0, seed=1)
    for before, after in zip(sources + targets, found[0] + found[1], strict=True):
        assert [sign for sign in before if sign in " .,"] == [
            sign for sign in after if sign in " .,"
        ]
