"""Filters: each rule alone, the order of counting, and that many pairs take no time."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.data.corpus.corpus import Corpus
from seq2seq.data.corpus.filters import FilterCounts, FilterRules
from seq2seq.errors import ConfigError, DataError

NONE = FilterRules(empty=False, max_characters=None, length_ratio=None, duplicates=False)


def kept(pairs: list[tuple[str, str]], rules: FilterRules) -> list[tuple[str, str]]:
    return list(Corpus.from_pairs(pairs).filter(rules).pairs())


def test_no_rule_drops_nothing() -> None:
    pairs = [("", ""), ("a" * 5000, "b"), ("a", "b"), ("a", "b")]
    assert kept(pairs, NONE) == pairs


def test_empty_drops_what_is_blank_on_either_side() -> None:
    pairs = [("a", "b"), ("", "b"), ("a", ""), (" \t\u3000\xa0", "b"), (".", "?")]
    assert kept(pairs, FilterRules()) == [("a", "b"), (".", "?")]


def test_max_characters_counts_characters_not_bytes() -> None:
    pairs = [("ñ" * 5, "b"), ("ñ" * 6, "b"), ("a", "b" * 6)]
    assert kept(pairs, FilterRules(max_characters=5)) == pairs[:1]


def test_length_ratio_spares_short_pairs_and_takes_either_direction() -> None:
    pairs = [
        ("a", "b" * 20),
        ("a", "b" * 21),
        ("a" * 30, "b" * 20),
        ("a" * 31, "b" * 20),
        ("a" * 20, "b" * 31),
    ]
    assert kept(pairs, FilterRules(length_ratio=1.5)) == [pairs[0], pairs[2]]


def test_length_ratio_drops_text_facing_nothing() -> None:
    rules = FilterRules(empty=False, length_ratio=9.0)
    assert kept([("", "b" * 30), ("", "b")], rules) == [("", "b")]


def test_duplicates_are_of_the_pair_and_the_first_one_stays() -> None:
    pairs = [("a", "b"), ("a", "c"), ("a", "b"), ("b", "a"), ("a", "b"), ("ab", ""), ("a", "b ")]
    assert kept(pairs, FilterRules(empty=False)) == [*pairs[:2], pairs[3], *pairs[5:]]


def test_a_pair_is_counted_under_the_first_rule_it_breaks() -> None:
    pairs = [
        ("", "b" * 99),
        ("", "b" * 99),
        ("a" * 99, "b"),
        ("a", "b" * 40),
        ("a", "b"),
        ("a", "b"),
    ]
    said: list[str] = []
    corpus = Corpus.from_pairs(pairs, name="train").filter(
        FilterRules(max_characters=50, length_ratio=3.0), log=said.append
    )
    assert corpus.counts == FilterCounts(read=6, empty=2, overlong=1, length_ratio=1, duplicates=1)
    assert said == [
        "train: 6 pairs read; "
        "dropped 2 empty, 1 over-long, 1 by length ratio, 1 duplicates; 1 kept",
    ]
    assert corpus.name == "train"


def test_the_log_is_the_packages_own(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="seq2seq.data")
    Corpus.from_pairs([("a", "b")] * 1200, name="dev").filter(FilterRules())
    assert "dev: 1,200 pairs read" in caplog.text
    assert "1,199 duplicates; 1 kept" in caplog.text


def test_nothing_left_is_an_error() -> None:
    with pytest.raises(
        DataError, match=r"train: the filters leave nothing: 1 pairs read; dropped 1 empty"
    ):
        Corpus.from_pairs([(" ", "b")], name="train").filter(FilterRules())


@pytest.mark.parametrize(
    "wrong", [{"max_characters": 0}, {"length_ratio": 0.5}, {"length_ratio": float("nan")}]
)
def test_limits_that_keep_nothing_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=r"must be at least 1"):
        FilterRules(**wrong)  # type: ignore[arg-type]


@given(st.lists(st.tuples(st.text("ab ", max_size=30), st.text("ab ", max_size=30)), max_size=30))
def test_it_agrees_with_the_plain_loop(pairs: list[tuple[str, str]]) -> None:
    rules = FilterRules(max_characters=25, length_ratio=1.5)
    expected: list[tuple[str, str]] = []
    for pair in pairs:
        shorter, longer = sorted(map(len, pair))
        if (
            all(text.strip() for text in pair)
            and longer <= 25
            and (longer <= 20 or longer <= 1.5 * shorter)
        ):
            expected += [pair] if pair not in expected else []
    if expected:
        assert kept(pairs, rules) == expected
    else:
        with pytest.raises(DataError):
            kept(pairs, rules)


def test_a_hundred_thousand_pairs_take_no_time() -> None:
    draw = random.Random(1)
    pairs = [
        (f"una frase {draw.randrange(10**5)}", f"a sentence {draw.randrange(10)}")
        for _ in range(100_000)
    ]
    corpus = Corpus.from_pairs(pairs)
    start = time.process_time()
    left = corpus.filter(FilterRules(length_ratio=3.0))
    assert time.process_time() - start < 3  # a row at a time takes longer; here it is about 0.2
    assert len(left) == len(set(pairs))
