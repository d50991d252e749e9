"""Protection of what must survive translation."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.text_steps.item_patterns import KINDS, may_have_items
from seq2seq.text_steps.protection import (
    PLACEHOLDERS,
    PLACES,
    find_items,
    lost_items,
    protect,
    protect_pair,
    restore,
    with_lost_items,
)

TABLE = json.loads(
    (Path(__file__).with_name("cases") / "protection.json").read_text(encoding="utf-8")
)
ANY = st.text(st.sampled_from("a1B.,:/@#%<>{}$&;-_()\\ \ue010é€👍x\u00a0") | st.characters())


@pytest.mark.parametrize(("text", "items"), TABLE["items"])
def test_the_items_of_a_text_are_those_of_the_table(text: str, items: list[str]) -> None:
    assert [item.text for item in find_items(text)] == items
    assert may_have_items(text) or not items


@pytest.mark.parametrize(("source", "target", "pairs"), TABLE["pairs"])
def test_both_sides_of_a_pair_share_placeholders(
    source: str, target: str, pairs: list[list[str]]
) -> None:
    protected = protect_pair(source, target)
    items = list(zip(PLACEHOLDERS[2 * PLACES :], pairs, strict=False))
    if pairs and pairs[0][0].startswith("http"):
        items = list(zip(PLACEHOLDERS, pairs, strict=False))
    for side, text in enumerate((source, target)):
        assert restore(protected[side], [(place, pair[side]) for place, pair in items]) == text
        assert sum(letter in PLACEHOLDERS for letter in protected[side]) == len(pairs)


@given(ANY)
def test_restoring_gives_the_text_back(text: str) -> None:
    protected = protect(text)
    assert restore(protected.text, protected.items) == text
    assert not lost_items(protected.text, protected.items)


@given(ANY)
def test_a_kind_without_placeholders_stays(text: str) -> None:
    assert protect(text, places="").text == text
    for kind in range(len(KINDS)):
        places = PLACEHOLDERS[kind * PLACES : kind * PLACES + 2]
        protected = protect(text, places=places)
        assert restore(protected.text, protected.items) == text
        assert {place for place, _ in protected.items} <= set(places)


def test_more_items_than_placeholders_are_restored_in_turn() -> None:
    text = " y ".join(str(number) for number in range(10, 40))
    protected = protect(text)
    assert len(protected.items) == 30
    assert restore(protected.text, protected.items) == text


def test_a_placeholder_that_stands_for_nothing_is_dropped() -> None:
    [(place, item)] = protect("Son 12.").items
    assert restore(f"It is {place}{place}.", [(place, item)]) == "It is 12."


def test_lost_items_are_inserted_where_they_stand_in_the_source() -> None:
    items = protect("10 a b 20 c d 30").items
    first, middle, last = (place for place, _ in items)
    assert lost_items(f"A {middle} B", items) == [items[0], items[2]]
    whole = with_lost_items(f"A B {middle} C D", items)
    assert not lost_items(whole, items)
    assert whole.index(first) < whole.index(middle) < whole.index(last)
    assert with_lost_items(whole, items) == whole


@pytest.mark.parametrize("piece", ["<a", "1 ", "a_", "/a", "a.", "-", "A1-", "%", "{", "@a", "1."])
def test_finding_items_takes_time_in_proportion_to_the_text(piece: str) -> None:
    def seconds(count: int) -> float:
        text = piece * count
        begun = time.process_time()
        find_items(text)
        return time.process_time() - begun

    seconds(100)
    assert seconds(16_000) < 12 * max(seconds(4_000), 0.002)
